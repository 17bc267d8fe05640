"""How far a session is as time goes on: taken, sent and settled; and whose clock counts what.

Two pictures of the run that `pictures.streams` shows as a stream that breaks. In the first, the clock on
the wall runs from left to right, and the session's audio upwards.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pictures import svg
from pictures.scripted import Run, speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pictures.scripted import Moment, Stream

__all__ = ("draw_clocks", "draw_settling")

_UNTIL = 8.0
_BREAKS_AT = 4.32

_WIDTH, _HEIGHT = 740, 430
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 26, 720, 380
_WORD = 9  # the height of a mark of a word, on the axis

_CLOCKS_HEIGHT = 250
_CLOCKS_LEFT = 92
_CLOCKS_UNTIL = 7.0
_SESSION, _FIRST, _SECOND = 40, 120, 200
_BAR = 34


def _run() -> Run:
    words = speech("good morning to you - the next train leaves from platform four today", 0.6)
    return Run(words, until=_UNTIL + 1, breaks_at=_BREAKS_AT)


# What is taken, sent and settled.


def draw_settling() -> str:
    """The lines of what is taken, sent and settled."""
    run = _run()
    return svg.document(
        "settling",
        _WIDTH,
        _HEIGHT,
        "What is settled follows what is sent in steps, one for each final; a stream that breaks falls"
        " back to what is settled and catches up",
        [*_axes(run), *_courses(run), *_notes(run)],
    )


def _x(time: float) -> float:
    return _LEFT + min(time, _UNTIL) / _UNTIL * (_RIGHT - _LEFT)


def _y(position: float) -> float:
    return _BOTTOM - min(position, _UNTIL) / _UNTIL * (_BOTTOM - _TOP)


def _axes(run: Run) -> Iterator[str]:
    for second in range(int(_UNTIL) + 1):
        yield svg.line(_x(second), _TOP, _x(second), _BOTTOM, "grid")
        yield svg.line(_LEFT, _y(second), _RIGHT, _y(second), "grid")
        yield svg.label(_x(second), _BOTTOM + 18, f"{second} s", "small")
        if second:
            yield svg.label(_LEFT - 18, _y(second) + 4, f"{second} s", "small", anchor="end")
    yield svg.label(_RIGHT, _BOTTOM + 38, "time on the wall", "note", anchor="end")
    yield svg.label(0, _TOP - 12, "session time", "note", anchor="start")
    for word in run.words:
        top = _y(word.end)
        yield svg.box(_LEFT - 12, top, _WORD, _y(word.start) - top, "word said", radius=2, tip=word.text)


def _courses(run: Run) -> Iterator[str]:
    course = [moment for moment in run.course if moment.now <= _UNTIL]
    accepted = _steps(course, lambda moment: moment.accepted)
    settled = _steps(course, lambda moment: moment.settled)
    back = " ".join(f"L{x:.1f} {y:.1f}" for x, y in reversed(settled))
    yield svg.path(f"{_way(accepted)} {back} Z", "kept")
    yield svg.path(_way(accepted), "course accepted")
    yield svg.path(_way(settled), "course settled")
    for stream, style in zip(run.streams, ("old", "new"), strict=True):
        sent = _steps(list(_life(course, stream)), lambda moment: moment.sent)
        yield svg.path(_way(sent), f"course {style}")


def _life(course: list[Moment], stream: Stream) -> Iterator[Moment]:
    """The moments at which a stream was the last that was opened, up to its end."""
    ended = _UNTIL if stream.ended is None else stream.ended
    return (moment for moment in course if stream.opened <= moment.now < ended)


def _steps(course: list[Moment], value: Callable[[Moment], float]) -> list[tuple[float, float]]:
    """The corners of a line that stays where it is until something happens."""
    points = [(_x(course[0].now), _y(value(course[0])))]
    for before, after in pairwise(course):
        if value(after) != value(before):
            points += [(_x(after.now), _y(value(before))), (_x(after.now), _y(value(after)))]
    points.append((_x(course[-1].now), _y(value(course[-1]))))
    return points


def _way(points: list[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _notes(run: Run) -> Iterator[str]:
    """What the lines are, and what happens."""
    (first, final), *_ = run.finals
    yield svg.label(_x(first) + 8, _y(final.end) + 16, "a final settles", "small", anchor="start")
    yield svg.label(_x(first) + 8, _y(final.end) + 30, "what it covers", "small", anchor="start")
    last = run.finals[-1][0]
    middle = (first + last) / 2 + 0.9
    height = (_y(middle) + _y(final.end)) / 2
    yield svg.label(_x(middle), height, "kept: taken and not settled", "note")
    broken, fresh = run.streams
    yield svg.line(_x(broken.ended or 0), _y(broken.end) - 46, _x(broken.ended or 0), _BOTTOM, "join")
    x = _x(broken.ended or 0) - 8
    yield svg.label(
        x, _y(broken.end) - 38, f"stream 0 breaks, {broken.ended:.1f} s", "small old", anchor="end"
    )
    x = _x(fresh.opened) + 8
    text = f"stream 1 begins at {fresh.start:.1f} s, and catches up"
    yield svg.label(x, _y(fresh.start) + 18, text, "small new", anchor="start")
    yield svg.label(_x(1.35), _y(2.4), "taken, and sent", "note", anchor="end")
    yield svg.label(_x(1.5), _BOTTOM - 8, "settled", "note")


# Whose clock.


def draw_clocks() -> str:
    """The clocks of two streams, and that of the session."""
    run = _run()
    old, new = run.streams
    return svg.document(
        "clocks",
        _WIDTH,
        _CLOCKS_HEIGHT,
        "Each stream counts from its own beginning; the session's time is that plus where it began",
        [
            *_ruler(_SESSION, 0.0, _CLOCKS_UNTIL, "session", "session"),
            *_own_clock(run, old, _FIRST, "old"),
            *_own_clock(run, new, _SECOND, "new"),
        ],
    )


def _cx(time: float) -> float:
    return _CLOCKS_LEFT + time / _CLOCKS_UNTIL * (_WIDTH - _CLOCKS_LEFT - 14)


def _ruler(y: float, start: float, end: float, name: str, style: str) -> Iterator[str]:
    """A bar with its own seconds above it."""
    yield svg.label(0, y + 4, name, f"note {style}", anchor="start")
    yield svg.box(_cx(start), y - _BAR / 2, _cx(end) - _cx(start), _BAR, f"bar {style}", radius=6)
    for second in range(int(end - start) + 1):
        x = _cx(start + second)
        yield svg.line(x, y - _BAR / 2, x, y - _BAR / 2 - 5, "tick")
        yield svg.label(x, y - _BAR / 2 - 9, f"{second} s", f"small {style}")


def _own_clock(run: Run, stream: Stream, y: float, style: str) -> Iterator[str]:
    end = min(stream.end, _CLOCKS_UNTIL)
    yield from _ruler(y, stream.start, end, f"stream {stream.number}", style)
    final = next(final for _, final in run.finals if final.words[0].text.startswith(f"{stream.number}:"))
    for word in final.words:
        _, text = word.text.split(":")
        left, right = _cx(word.start or 0.0), _cx(word.end or 0.0)
        for row, kind in ((y, style), (_SESSION, style)):
            yield svg.box(left, row - 12, right - left, 24, f"word {kind}", radius=5)
            yield svg.label((left + right) / 2, row + 4, text, f"word-text {kind}")
    first = final.words[0]
    x, at = _cx(first.start or 0.0), first.start or 0.0
    yield svg.line(x, _SESSION + 12, x, y - 12, "join")
    text = f"{at - stream.start:.2f} s on stream {stream.number}"
    if stream.start:
        text += f" + {stream.start:.2f} s, where that begins, = {at:.2f} s"
    else:
        text += f" = {at:.2f} s"
    yield svg.label(x, y + _BAR / 2 + 16, text, f"small {style}", anchor="start")
