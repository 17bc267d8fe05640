"""The diagram of a session's phases, drawn from the table that the engine goes by.

Where a phase stands is set here, and so is which way a step takes if it is not a straight one. Which
steps there are, and what they are called, comes from `TRANSITIONS` alone: a phase without a place, and a
step that would not be drawn as it is, fail the build.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncspeech.core.phases import TRANSITIONS, Phase, Trigger
from pictures import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("draw",)

_NAME = "phases"
_WIDTH, _HEIGHT = 740, 600
_BOX = (132, 50)
_ROW = 13  # a box with two rows of small text is higher by so much
_MOST_IN_ROW = 3

# The middles of the phases' boxes.
_PLACES = {
    Phase.WAITING: (100, 92),
    Phase.PARKED: (100, 292),
    Phase.LIVE: (468, 92),
    Phase.FLUSHING: (336, 222),
    Phase.RENEWING: (600, 222),
    Phase.RECOVERING: (468, 352),
    Phase.DRAINING: (468, 490),
    Phase.ENDED: (100, 490),
}


@dataclass(frozen=True)
class _Frame:
    """Phases from which the same steps lead out: an arrow from the frame is one from each of them."""

    title: str
    phases: frozenset[Phase]
    x: float
    y: float
    width: float
    height: float


_AT_REST = _Frame("at rest: no stream", frozenset({Phase.WAITING, Phase.PARKED}), 20, 36, 160, 308)
_AT_WORK = _Frame(
    "at work: streams are open, or about to be",
    frozenset({Phase.LIVE, Phase.FLUSHING, Phase.RENEWING, Phase.RECOVERING}),
    240,
    36,
    480,
    370,
)
_FRAMES = (_AT_REST, _AT_WORK)
_ANY = (_PLACES[Phase.ENDED][0], 574)


@dataclass(frozen=True)
class _Way:
    """How an arrow runs, and where its text stands: at its start, in its middle or at its end."""

    points: tuple[tuple[float, float], ...]
    text: tuple[float, float]
    anchor: str = "middle"


# A key of two phases, or of a frame and a phase.
_WAYS: Mapping[tuple[object, Phase], _Way] = {
    (_AT_REST, Phase.LIVE): _Way(((180, 92), (402, 92)), (291, 84)),
    (_AT_REST, Phase.ENDED): _Way(((100, 344), (100, 465)), (108, 420), "start"),
    (_AT_WORK, Phase.DRAINING): _Way(((468, 406), (468, 459)), (476, 437), "start"),
    (Phase.LIVE, Phase.FLUSHING): _Way(((420, 117), (362, 197)), (381, 154), "end"),
    (Phase.FLUSHING, Phase.RENEWING): _Way(((402, 222), (534, 222)), (424, 215)),
    (Phase.RENEWING, Phase.LIVE): _Way(((574, 197), (516, 117)), (555, 154), "start"),
    (Phase.LIVE, Phase.RECOVERING): _Way(((452, 117), (452, 327)), (446, 178), "end"),
    (Phase.RECOVERING, Phase.LIVE): _Way(((484, 327), (484, 117)), (490, 178), "start"),
    (Phase.FLUSHING, Phase.RECOVERING): _Way(((362, 247), (420, 327)), (384, 290), "end"),
    (Phase.RENEWING, Phase.RECOVERING): _Way(((574, 247), (508, 327)), (534, 290), "end"),
    (Phase.RECOVERING, Phase.RENEWING): _Way(((532, 327), (600, 247)), (581, 290), "start"),
    (Phase.FLUSHING, Phase.PARKED): _Way(((270, 232), (166, 278)), (212, 248), "middle"),
    (Phase.RECOVERING, Phase.PARKED): _Way(((402, 346), (166, 306)), (296, 318), "middle"),
    (Phase.DRAINING, Phase.ENDED): _Way(((402, 490), (166, 490)), (284, 482)),
    (None, Phase.ENDED): _Way(((100, 562), (100, 515)), (108, 543), "start"),
}


def draw(meanings: Mapping[str, str]) -> str:
    """The diagram.

    Args:
        meanings: What a phase or a trigger means, by its name, to be shown to a mouse that rests on it.

    Raises:
        LookupError: A phase has no place, or a step no way.
    """
    if lost := [phase.name for phase in Phase if phase not in _PLACES]:
        raise LookupError(f"no place in the diagram for {', '.join(lost)}")
    inside, arrows = _steps()
    if missing := [key for key in arrows if key not in _WAYS]:
        raise LookupError(f"no way in the diagram for {missing}")
    parts = [
        part
        for frame in _FRAMES
        for part in (
            svg.box(frame.x, frame.y, frame.width, frame.height, "frame", radius=10),
            svg.label(frame.x + 12, frame.y - 8, frame.title, "note", anchor="start"),
        )
    ]
    for key, triggers in arrows.items():
        parts += _arrow(_WAYS[key], triggers, meanings)
    parts += [
        svg.box(_ANY[0] - 56, _ANY[1] - 12, 112, 25, "frame", radius=12),
        svg.label(_ANY[0], _ANY[1] + 5, "any phase", "note"),
    ]
    for phase in Phase:
        parts += _phase(phase, inside[phase], meanings)
    return svg.document(
        _NAME, _WIDTH, _HEIGHT, "The phases of a session and the steps between them", parts
    )


def _steps() -> tuple[dict[Phase, list[Trigger]], dict[tuple[object, Phase], list[Trigger]]]:
    """The steps of the table: those that stay where they are, and the arrows.

    Steps that all phases of a frame share are one arrow from the frame, and those of all phases but
    `ENDED` are one from any phase.
    """
    inside: dict[Phase, list[Trigger]] = defaultdict(list)
    arrows: dict[tuple[object, Phase], list[Trigger]] = defaultdict(list)
    going_on = frozenset(Phase) - {Phase.ENDED}
    for trigger in Trigger:
        targets = {start: end for (start, by), end in TRANSITIONS.items() if by is trigger}
        for sources, origin in [(going_on, None), *((frame.phases, frame) for frame in _FRAMES)]:
            ends = {targets.get(phase) for phase in sources}
            end = ends.pop()
            if end is not None and not ends and end not in sources:
                arrows[origin, end].append(trigger)
                targets = {phase: end for phase, end in targets.items() if phase not in sources}
        for start, end in targets.items():
            if start is end:
                inside[start].append(trigger)
            else:
                arrows[start, end].append(trigger)
    return inside, arrows


def _phase(phase: Phase, inside: list[Trigger], meanings: Mapping[str, str]) -> Iterator[str]:
    x, y = _PLACES[phase]
    names = [trigger.name.lower() for trigger in inside]
    half = len(names) if len(names) <= _MOST_IN_ROW else _MOST_IN_ROW - 1
    rows = [" · ".join(row) for row in (names[:half], names[half:]) if row]
    width, height = _BOX[0], _BOX[1] + _ROW * max(0, len(rows) - 1)
    style = "phase end" if phase is Phase.ENDED else "phase"
    yield svg.box(
        x - width / 2, y - height / 2, width, height, style, radius=8, tip=meanings[phase.name]
    )
    top = y + 5 - len(rows) * (_ROW + 3) / 2
    yield svg.label(x, top, phase.name.lower(), "name")
    for number, row in enumerate(rows):
        text = row if number else f"\u21bb {row}"
        yield svg.label(x, top + 17 + number * _ROW, text, "small")


def _arrow(way: _Way, triggers: list[Trigger], meanings: Mapping[str, str]) -> Iterator[str]:
    (x, y), *rest = way.points
    yield svg.path(f"M{x:g} {y:g} " + " ".join(f"L{x:g} {y:g}" for x, y in rest), "arrow", head=_NAME)
    text = ", ".join(trigger.name.lower() for trigger in triggers)
    tip = " ".join(meanings[trigger.name] for trigger in triggers)
    yield svg.label(*way.text, text, "trigger", anchor=way.anchor, tip=tip)
