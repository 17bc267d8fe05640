"""From what was spoken to captions: short texts of few lines, each with the time at which it is shown.

What is usual among those who caption for a living, and mostly the default here:

- two lines of at most 42 characters, at least 5/6 s (here 1 s) and at most 7 s on the screen, two frames
  between two captions, and one line where one is enough (Netflix, Timed Text Style Guide: General
  Requirements, and English Template). That template wants 17 characters a second at most, and 13 for
  children; the default here is 20, as nothing is shortened to get there;
- one sentence to a caption where that is possible, breaks at a full stop rather than at a comma and
  there rather than anywhere else, and never within a word (BBC Subtitle Guidelines, sections 3 and 4).
  160 to 180 words a minute, which the BBC wants, are 16 to 18 characters a second.

Nothing that was said is left out, so who speaks too fast is captioned too fast. A caption appears with
its first word. It stays for as long as it takes to read, as far as the pause after it allows, but not
into the next caption; people who speak at once, on channels of their own, have captions that overlap.

**How captions are divided.** A segment's text is a row of tokens, each of which cannot be divided. Of
all ways to cut the row into captions that fit, one costs least: a caption costs something, so there are
few; a break costs the more, the less it is one of the language; and a caption too short to be read costs
as well. It is found by dynamic programming, which takes time proportional to the number of tokens, as
only so many fit into one caption.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import ceil, inf
from types import MappingProxyType
from typing import TYPE_CHECKING

from asyncspeech.config.values import check_above_zero, check_not_negative, check_range
from asyncspeech.errors import ConfigurationError
from asyncspeech.output.lines import fill
from asyncspeech.output.scripts import columns
from asyncspeech.output.segments import runs
from asyncspeech.output.speakers import labels
from asyncspeech.output.tokens import Break, tokens
from asyncspeech.wording import brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from asyncspeech.model import Result
    from asyncspeech.output.spoken import Spoken
    from asyncspeech.output.tokens import Token

__all__ = ("Caption", "CaptionStyle", "captions")

# What a caption costs, and what may be wrong with it; see the theory above.
_CAPTION = 1.0
_BREAK = {Break.SENTENCE: 0.0, Break.CLAUSE: 0.5, Break.WORD: 1.5, Break.INSIDE: 3.0}
# Two sentences in one caption cost more than two captions, unless one is too short to be read.
_SENTENCE_INSIDE = 1.6
_UNREADABLE = 2.0
# Times the square of the share that is left empty, so that of two captions none is nearly empty.
_EMPTY = 0.5

# A gap that is shorter, in milliseconds, is seen as a flicker, and the caption stays until the next
# (Netflix, Subtitle Timing Guidelines: gaps of up to 12 frames of 24 a second are closed to two).
_FLICKER = 500

# Milliseconds; beyond what any caption lasts.
_NEVER = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionStyle:
    """How captions are divided, timed and labelled.

    Attributes:
        max_lines: Lines of a caption.
        max_line_length: Columns of a line. Chinese, Japanese and Korean characters take two, so 42 are
            21 of them. Only a word that is longer by itself makes a longer line.
        min_seconds: For how long a caption stays at least, if nothing else is said before.
        max_seconds: For how long it stays at most.
        max_columns_per_second: How fast people read. A caption stays for as long as it takes, if nothing
            else is said before; its text is never shortened.
        gap: Seconds without a caption before one that follows at once, so that the change is seen; two
            frames of 24 a second.
        pause: A caption ends where nobody speaks for so many seconds.
        names: Names to show for speakers and channels, by the label that is shown without one:
            ``{"Speaker 1": "Anna", "Channel 2": "Customer"}``.

    Raises:
        ConfigurationError: A value is out of range, or ``min_seconds`` is above ``max_seconds``.
    """

    max_lines: int = 2
    max_line_length: int = 42
    min_seconds: float = 1.0
    max_seconds: float = 7.0
    max_columns_per_second: float = 20.0
    gap: float = 0.083
    pause: float = 1.0
    names: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_range("max_lines", self.max_lines, range(1, 1_001))
        check_range("max_line_length", self.max_line_length, range(1, 10_001))
        check_not_negative(self, "min_seconds", "gap", "pause")
        check_above_zero(self, "max_seconds", "max_columns_per_second")
        if self.min_seconds > self.max_seconds:
            raise ConfigurationError(
                "min_seconds", f"{self.min_seconds:g} is above max_seconds, {self.max_seconds:g}"
            )
        try:
            names = {str(label): str(name) for label, name in dict(self.names).items()}
        except (TypeError, ValueError):
            raise ConfigurationError(
                "names", f"{brief(self.names)} is no mapping of labels to names"
            ) from None
        object.__setattr__(self, "names", MappingProxyType(names))


@dataclass(frozen=True, slots=True)
class Caption:
    """A text on the screen.

    Attributes:
        start: Session time in milliseconds at which it appears.
        end: Session time in milliseconds at which it goes, after ``start``.
        lines: Its lines, at least one.
        label: Who speaks; empty where there is only one.
        channel: That of the results; None where channels are not recognised apart.
    """

    start: int
    end: int
    lines: tuple[str, ...]
    label: str
    channel: int | None


def captions(
    results: Iterable[Result], style: CaptionStyle, *, labels_in_text: bool
) -> tuple[Caption, ...]:
    """The captions of ``results``, sorted by their start.

    Args:
        results: The results, in order.
        style: How they are divided, timed and labelled.
        labels_in_text: Whether a caption whose speaker is not that of the one before begins with the
            label, for forms that have no other place for it.
    """
    found = runs(results, style.pause)
    who = labels(found, style.names)
    prefixes = _prefixes(found, who) if labels_in_text else [("", "")] * len(found)
    drafts = [
        draft
        for run, label, prefix in zip(found, who, prefixes, strict=True)
        for draft in _drafts(run, label, prefix, style)
    ]
    return _timed(drafts, style)


def _prefixes(found: Sequence[Sequence[Spoken]], who: Sequence[str]) -> list[tuple[str, str]]:
    """What the first caption of each run begins with, and what the others do.

    The others need a label only if somebody else's captions may come between them.
    """
    prefixes = []
    busy_until = -inf
    for index, (run, label) in enumerate(zip(found, who, strict=True)):
        end = max(bit.end for bit in run)
        following = found[index + 1][0].start if index + 1 < len(found) else inf
        is_alone = busy_until <= run[0].start and end <= following
        prefix = f"{label}: " if label else ""
        is_new = not index or who[index - 1] != label or not is_alone
        prefixes.append((prefix if is_new else "", "" if is_alone else prefix))
        busy_until = max(busy_until, end)
    return prefixes


@dataclass(slots=True)
class _Draft:
    """A caption that has not been given its time yet. Times are in milliseconds."""

    start: int
    spoken_until: int
    width: int
    lines: tuple[str, ...]
    label: str
    channel: int | None


def _drafts(
    run: Sequence[Spoken], label: str, prefixes: tuple[str, str], style: CaptionStyle
) -> Iterator[_Draft]:
    row = tokens(run, style.max_line_length)
    first_prefix, prefix = prefixes
    first = 0
    for last in _cuts(row, columns(first_prefix), columns(prefix), style):
        taken = row[first:last]
        text = prefix if first else first_prefix
        if text:
            taken[0] = replace(taken[0], text=text + taken[0].text, width=columns(text) + taken[0].width)
        lines = tuple(fill(taken, style.max_line_length))
        yield _Draft(
            start=taken[0].start,
            spoken_until=max(token.end for token in taken),
            width=sum(map(columns, lines)) + len(lines) - 1,
            lines=lines,
            label=label,
            channel=run[0].result.channel,
        )
        first = last


def _cuts(row: Sequence[Token], first_prefix: int, prefix: int, style: CaptionStyle) -> list[int]:
    """Where captions end in a row of tokens: the indices after their last.

    Args:
        row: The tokens; at least one.
        first_prefix: Columns of what is put before the first of all.
        prefix: Columns of what is put before the first of every further caption.
        style: What fits into a caption.
    """
    # The inner loop runs some fifteen times a token: what does not change is looked up before it.
    most_lines, most_columns = style.max_lines, style.max_line_length
    longest = style.max_seconds * 1000
    shortest, per_column = style.min_seconds * 1000, 1000 / style.max_columns_per_second
    whole = most_lines * most_columns
    count = len(row)
    starts = [token.start for token in row]
    ends = [token.end for token in row]
    widths = [token.width for token in row]
    steps = [token.space + token.width for token in row]
    breaks = [_BREAK[token.after] for token in row[:-1]] + [0.0]
    inside = [_SENTENCE_INSIDE if token.after is Break.SENTENCE else 0.0 for token in row]
    costs = [0.0] + [inf] * count
    begins = [0] * (count + 1)
    for first in range(count):
        start, lines = starts[first], 1
        line = width = widths[first] + (prefix if first else first_prefix)
        base = costs[first] + _CAPTION
        for last in range(first, count):
            if last > first:
                width += steps[last]
                line += steps[last]
                if line > most_columns:
                    lines, line = lines + 1, widths[last]
                if lines > most_lines or ends[last] - start > longest:
                    break
                base += inside[last - 1]
            cost = base + breaks[last]
            if cost >= costs[last + 1]:
                continue  # what is to be added is not below zero
            cost += _EMPTY * (1 - width / whole) ** 2
            if last + 1 < count:
                shown = starts[last + 1] - start
                wanted = max(width * per_column, shortest)
                if shown < wanted:
                    cost += _UNREADABLE * (1 - shown / wanted)
            if cost < costs[last + 1]:
                costs[last + 1], begins[last + 1] = cost, first
    return _traced(begins)


def _traced(begins: Sequence[int]) -> list[int]:
    """The ends of captions, in order, from where one that ends at each place would begin."""
    cuts = []
    end = len(begins) - 1
    while end:
        cuts.append(end)
        end = begins[end]
    return cuts[::-1]


def _timed(drafts: Iterable[_Draft], style: CaptionStyle) -> tuple[Caption, ...]:
    """The captions of drafts, sorted by their start; no two of a channel overlap."""
    drafts = _one_after_another(drafts)
    starts = [draft.start for draft in drafts]
    found: list[Caption] = []
    following: dict[int | None, int] = {}
    for draft in reversed(drafts):
        of_channel = following.get(draft.channel, _NEVER)
        of_any = bisect_left(starts, max(draft.spoken_until, draft.start + 1))
        next_of_any = starts[of_any] if of_any < len(starts) else _NEVER
        end = _end(draft, of_channel, min(of_channel, next_of_any), style)
        found.append(Caption(draft.start, end, draft.lines, draft.label, draft.channel))
        following[draft.channel] = draft.start
    return tuple(reversed(found))


def _one_after_another(drafts: Iterable[_Draft]) -> list[_Draft]:
    """Drafts sorted by their start, of which no two of a channel are the same."""
    last: dict[int | None, int] = {}
    moved = []
    for draft in sorted(drafts, key=_start):
        start = max(draft.start, last.get(draft.channel, -1) + 1)
        last[draft.channel] = start
        moved.append(draft if start == draft.start else replace(draft, start=start))
    return sorted(moved, key=_start)


def _start(draft: _Draft) -> int:
    return draft.start


def _end(draft: _Draft, of_channel: int, of_any: int, style: CaptionStyle) -> int:
    """When a caption goes.

    Args:
        draft: The caption.
        of_channel: When the next one of the channel appears, which is not to overlap.
        of_any: When the next one appears after what was spoken; it may be another channel's.
        style: How captions are timed.
    """
    gap = round(style.gap * 1000)
    needed = max(style.min_seconds, draft.width / style.max_columns_per_second) * 1000
    wanted = max(draft.spoken_until, draft.start + ceil(needed))
    if of_any - wanted < _FLICKER:
        wanted = max(draft.spoken_until, of_any - gap)
    latest = of_channel - gap if of_channel - gap > draft.start else of_channel
    return max(min(wanted, latest, draft.start + int(style.max_seconds * 1000)), draft.start + 1)
