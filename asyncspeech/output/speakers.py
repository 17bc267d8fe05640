"""What speakers are called: by channel and label, and by name where names are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncspeech.output.scripts import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asyncspeech.output.spoken import Spoken

__all__ = ("labels",)


def labels(runs: Sequence[Sequence[Spoken]], names: Mapping[str, str]) -> list[str]:
    """Who speaks in each run; empty texts if it is the same one in all.

    Args:
        runs: Runs of one speaker on one channel each.
        names: Names by what is shown without one: ``"Speaker 1"``, ``"Channel 2"``, or both with a
            comma.
    """
    speakers = [(run[0].result.channel, run[0].speaker) for run in runs]
    if len(set(speakers)) < 2:  # noqa: PLR2004 - several are two
        return [""] * len(runs)
    several_channels = len({channel for channel, _ in speakers}) > 1
    return [
        _label(channel if several_channels else None, speaker, names) for channel, speaker in speakers
    ]


def _label(channel: int | None, speaker: str | None, names: Mapping[str, str]) -> str:
    parts = [] if channel is None else [f"Channel {channel}"]
    if speaker is not None:
        # The service counts its speakers; other recognisers have words for them.
        parts.append(f"Speaker {speaker}" if speaker.isdecimal() else one_line(speaker))
    label = ", ".join(filter(None, parts))
    return names.get(label) or ", ".join(names.get(part, part) for part in parts)
