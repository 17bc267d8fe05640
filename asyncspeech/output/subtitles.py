"""Captions as files: SubRip (.srt) and WebVTT (.vtt), written by pysubs2.

SubRip has no markup that all players agree on, so a change of speaker is a label in the text ("Anna: "),
and text goes out as it is. WebVTT has ``<v Anna>``, which says it without a word on the screen, and
wants ``&``, ``<`` and ``>`` escaped (https://www.w3.org/TR/webvtt1/#file-structure); a ``-->`` in the
text is then none.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from asyncspeech.errors import ConfigurationError
from asyncspeech.output.captions import CaptionStyle, captions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncspeech.model import Result

__all__ = ("srt", "vtt")

# Milliseconds: 99:59:59.999 is the last time that has its place in either form as pysubs2 writes it.
_LAST_TIME = 100 * 3_600_000 - 1

# pysubs2 takes text in SubStation's form, in which a backslash begins a command and cannot be escaped.
# This is a noncharacter, which Unicode keeps for use within a program.
_BACKSLASH = "\ufdd0"


def srt(results: Iterable[Result], style: CaptionStyle | None = None) -> str:
    """``results`` as SubRip captions.

    Raises:
        ConfigurationError: A caption is later than 100 hours.
    """
    found = captions(results, style or CaptionStyle(), labels_in_text=True)
    return _written("srt", [(caption.start, caption.end, list(caption.lines)) for caption in found])


def vtt(results: Iterable[Result], style: CaptionStyle | None = None) -> str:
    """``results`` as WebVTT captions.

    Raises:
        ConfigurationError: A caption is later than 100 hours.
    """
    found = captions(results, style or CaptionStyle(), labels_in_text=False)
    cues = []
    for caption in found:
        lines = [escape(line, quote=False) for line in caption.lines]
        if caption.label:
            lines[0] = f"<v {escape(caption.label, quote=False)}>{lines[0]}"
        cues.append((caption.start, caption.end, lines))
    return _written("vtt", cues)


def _written(form: str, cues: Iterable[tuple[int, int, list[str]]]) -> str:
    from pysubs2 import SSAEvent, SSAFile  # noqa: PLC0415 - only those pay for it who write captions

    file = SSAFile()
    for start, end, lines in cues:
        if end > _LAST_TIME:
            raise ConfigurationError(
                "results",
                f"a caption at {end / 3_600_000:.0f} hours is later than captions can be, 100 hours",
                hint="save as .json, .csv or .txt, or the results of a part of the time",
            )
        # SubStation breaks lines by a command of its own; what is text has no backslash by then.
        text = "\n".join(lines).replace("\\", _BACKSLASH)
        file.append(SSAEvent(start=start, end=end, text=text))
    return file.to_string(form, keep_ssa_tags=True).replace(_BACKSLASH, "\\")
