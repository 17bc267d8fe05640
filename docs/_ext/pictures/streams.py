"""Pictures of how one stream follows another, on the session's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pictures import svg
from pictures.scripted import Run, speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pictures.scripted import Heard, Spoken, Stream

__all__ = ("PICTURES",)

_WIDTH, _HEIGHT = 740, 288
_LEFT = 92  # what stands before the rows
_AXIS, _SAID, _OLD, _NEW, _RESULTS = 22, 58, 120, 178, 236
_PILL, _BAR = 24, 40
_CHARACTER = 6.4  # the width of a letter of a note

_FILLER = "and so it goes on and on without a pause for anybody to take breath "


@dataclass(frozen=True)
class _Scene:
    """What is shown of a run.

    Attributes:
        name: The picture's name.
        description: For those who do not see it.
        run: The run.
        start: Session time at the left edge.
        seconds: From there to the right edge.
        again: What to call the audio that both streams are sent.
        joins: Whether the streams are joined in the middle of it.
    """

    name: str
    description: str
    run: Run
    start: float
    seconds: float
    again: str
    joins: bool = False

    def x(self, time: float) -> float:
        """Where a time is."""
        inside = min(max(time - self.start, 0.0), self.seconds)
        return _LEFT + inside / self.seconds * (_WIDTH - _LEFT - 8)

    def shows(self, start: float, end: float) -> bool:
        """Whether a stretch of time is in the picture, all of it."""
        return self.start <= start and end <= self.start + self.seconds


def _good_place() -> _Scene:
    words = _talk(until=231.0)
    words += speech("so much for the weather - and now the news of the day", words[-1].end + 6.6)
    run = Run(words, until=247.0)
    return _Scene(
        "good-place",
        "A stream is cancelled after a final result, and the next begins where that final ended",
        run,
        239.2,
        6.2,
        "sent again",
    )


def _forced() -> _Scene:
    words = _talk(until=228.0)
    words += speech(f"{_FILLER * 9} let us meet at the station on Thursday at half past seven", 233.55)
    run = Run(words, until=290.0)
    return _Scene(
        "renewal",
        "Two streams hear the last seconds before a forced cut, and are joined in the middle of them",
        run,
        282.0,
        6.2,
        "overlap: both hear it",
        joins=True,
    )


def _recovery() -> _Scene:
    words = speech("good morning to you - the next train leaves from platform four today", 0.6)
    run = Run(words, until=9.0, breaks_at=4.32)
    return _Scene(
        "recovery",
        "A stream breaks, and the next one begins where the audio is not settled",
        run,
        0.5,
        6.2,
        "sent again",
    )


PICTURES: dict[str, Callable[[], str]] = {
    "good-place": lambda: _draw(_good_place()),
    "renewal": lambda: _draw(_forced()),
    "recovery": lambda: _draw(_recovery()),
}
"""By name: what draws it."""


def _talk(until: float) -> list[Spoken]:
    """Small talk, with pauses."""
    words: list[Spoken] = []
    position = 0.5
    while position < until:
        words += speech("so we were saying this and that about the weather -", position)
        position = words[-1].end + 1.0
    return words


def _draw(scene: _Scene) -> str:
    old, new = _pair(scene)
    return svg.document(
        scene.name,
        _WIDTH,
        _HEIGHT,
        scene.description,
        [*_band(scene, old, new), *_rows(scene, old, new), *_results(scene), *_marks(scene, old, new)],
    )


def _pair(scene: _Scene) -> tuple[Stream, Stream]:
    """The two streams that are in the picture."""
    pairs = zip(scene.run.streams, scene.run.streams[1:], strict=False)
    (pair,) = [pair for pair in pairs if scene.shows(pair[1].start, pair[0].end)]
    return pair


def _band(scene: _Scene, old: Stream, new: Stream) -> Iterator[str]:
    """The time line, and the audio that both streams get."""
    for second in range(int(scene.start) + 1, int(scene.start + scene.seconds) + 1):
        x = scene.x(second)
        yield svg.line(x, _AXIS + 6, x, _RESULTS + _PILL / 2 + 6, "grid")
        yield svg.label(x, _AXIS, f"{second} s", "small")
    yield svg.label(0, _AXIS, "session time", "small", anchor="start")
    left, right = scene.x(new.start), scene.x(old.end)
    yield svg.box(left, _OLD - 38, right - left, _NEW - _OLD + 66, "band")
    text = f"{scene.again}, {old.end - new.start:.1f} s"
    yield svg.label((left + right) / 2, _OLD - 26, text, "small")


def _rows(scene: _Scene, old: Stream, new: Stream) -> Iterator[str]:
    yield svg.label(0, _SAID + 4, "said", "note", anchor="start")
    for word in scene.run.words:
        if scene.shows(word.start, word.end):
            yield from _pill(scene, _SAID, word.start, word.end, word.text, "said")
    for y, stream, style in ((_OLD, old, "old"), (_NEW, new, "new")):
        yield svg.label(0, y + 4, f"stream {stream.number}", f"note {style}", anchor="start")
        left, right = scene.x(stream.start), scene.x(stream.end)
        yield svg.box(left, y - _BAR / 2, right - left, _BAR, f"bar {style}", radius=6)
        for heard in scene.run.heard(stream):
            if scene.shows(heard.start, heard.end):
                counts = _counts(scene, stream, heard)
                kind = style if counts else f"{style} unused"
                kind = kind if heard.is_whole else f"{kind} part"
                yield from _pill(scene, y, heard.start, heard.end, heard.text, kind)


def _results(scene: _Scene) -> Iterator[str]:
    y = _RESULTS
    yield svg.label(0, y + 4, "you get", "note", anchor="start")
    for time, final in scene.run.finals:
        shown = []
        for word in final.words:
            number, text = word.text.split(":")
            start, end = word.start or 0.0, word.end or 0.0
            style = "old" if number == str(_pair(scene)[0].number) else "new"
            if scene.shows(start, end):
                shown.append((start, end))
                yield from _pill(scene, y, start, end, text, style)
        if shown:
            left, right = scene.x(shown[0][0]), scene.x(shown[-1][1])
            low = y + _PILL / 2 + 5
            yield svg.path(f"M{left:.1f} {low:g} v5 H{right:.1f} v-5", "brace")
            text = f"final, at {time:.1f} s"
            middle = max((left + right) / 2, _LEFT + len(text) * _CHARACTER / 2)
            yield svg.label(middle, low + 18, text, "small")


def _marks(scene: _Scene, old: Stream, new: Stream) -> Iterator[str]:
    """What happened, and when."""
    x = scene.x(old.end) + 8
    yield svg.label(x, _OLD - 3, f"{old.how}", "small old", anchor="start")
    yield svg.label(x, _OLD + 11, f"at {old.ended:.1f} s", "small old", anchor="start")
    x = scene.x(new.start) - 8
    yield svg.label(x, _NEW - 3, f"opened at {new.opened:.1f} s,", "small new", anchor="end")
    yield svg.label(x, _NEW + 11, f"begins at {new.start:.1f} s", "small new", anchor="end")
    if scene.joins:
        point = max(final.end for _, final in scene.run.finals if final.end < old.end)
        x = scene.x(point)
        yield svg.line(x, _OLD - 20, x, _RESULTS + _PILL / 2, "join")
        yield svg.label(
            x + 6, (_OLD + _NEW) / 2 + 4, f"joined at {point:.2f} s", "small", anchor="start"
        )


def _counts(scene: _Scene, stream: Stream, heard: Heard) -> bool:
    """Whether it is this stream's word that the user gets."""
    return any(
        word.text == f"{stream.number}:{heard.text}" and abs((word.start or 0.0) - heard.start) < 1e-3  # noqa: PLR2004
        for _, final in scene.run.finals
        for word in final.words
    )


def _pill(  # noqa: PLR0917 - a stretch of a row
    scene: _Scene, y: float, start: float, end: float, text: str, style: str
) -> Iterator[str]:
    left, right = scene.x(start), scene.x(end)
    yield svg.box(left, y - _PILL / 2, right - left, _PILL, f"word {style}", radius=5)
    yield svg.label((left + right) / 2, y + 4, text, f"word-text {style}")
