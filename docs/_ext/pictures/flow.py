"""The way of a sound: from whoever speaks down to the service, and back up as results.

What stands where is set here. Each part names the module that does it, and a module that does not exist
fails the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pictures import svg

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("draw",)

_NAME = "flow"
_WIDTH, _HEIGHT = 740, 656
_DOWN, _UP = "old", "new"  # audio goes down in the one colour, results come up in the other


@dataclass(frozen=True)
class _Band:
    """A layer: what runs where."""

    title: str
    y: float
    height: float
    x: float = 16.0


@dataclass(frozen=True)
class _Part:
    """A module and what it does; ``module`` is empty for what is not ours."""

    module: str
    name: str
    text: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float = 50
    style: str = ""

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


_BANDS = (
    _Band("your program", 4, 86),
    _Band("worker threads", 112, 86),
    _Band("the session's task, on the event loop", 220, 254, 272),
    _Band("the wire", 496, 86),
    _Band("Google, or the emulator", 604, 48),
)

_SOURCES = _Part(
    "", "a recording, a stream, a microphone", ("or chunks of your own: send()",), 26, 30, 316
)
_READER = _Part("", "async for result in session", ("events() · transcript · stats",), 398, 30, 316)
_OPENING = _Part(
    "asyncspeech.audio.opening", "audio", ("read, decode, resample, mix",), 26, 138, 196, style=_DOWN
)
_INTAKE = _Part("asyncspeech.intake", "intake", ("treatments, who speaks",), 240, 138, 178, style=_DOWN)
_SUPERVISOR = _Part(
    "asyncspeech.supervisor",
    "supervisor",
    ("does what the engine", "asks for; one timer"),
    26,
    246,
    170,
    64,
)
_MAILBOX = _Part(
    "asyncspeech.mailbox",
    "mailbox",
    ("all finals, the newest", "interim of a segment"),
    544,
    246,
    170,
    64,
    style=_UP,
)
_RECORDER = _Part(
    "asyncspeech.telemetry.recorder", "telemetry", ("statistics, metrics, spans",), 314, 246, 194, 64
)
_ENGINE = _Part("asyncspeech.core.engine", "core: the engine decides, purely", (), 26, 334, 688, 126)
_INNER = (
    _Part("asyncspeech.core.replay", "replay", ("audio that is not", "settled"), 44, 374, 150, 66),
    _Part(
        "asyncspeech.core.outlet", "outlet", ("what goes out,", "and how fast"), 210, 374, 126, 66, _DOWN
    ),
    _Part(
        "asyncspeech.core.renewal", "renewal, retry", ("when to change", "the stream"), 352, 374, 126, 66
    ),
    _Part(
        "asyncspeech.core.timeline",
        "timeline",
        ("stream time to", "session time"),
        494,
        374,
        104,
        66,
        _UP,
    ),
    _Part("asyncspeech.core.seam", "seam", ("no word", "twice"), 614, 374, 84, 66, _UP),
)
_CALL = _Part(
    "asyncspeech.transport.call",
    "call",
    ("a queue, then messages of up to 25,600 bytes",),
    26,
    522,
    316,
    style=_DOWN,
)
_MESSAGES = _Part(
    "asyncspeech.transport.messages",
    "messages",
    ("protobuf to values; offsets to frames",),
    398,
    522,
    316,
    style=_UP,
)
_SERVICE = _Part("", "StreamingRecognize: streams of up to five minutes", (), 170, 612, 400, 32)

_PARTS = (
    _SOURCES, _READER, _OPENING, _INTAKE, _SUPERVISOR, _MAILBOX, _RECORDER, _ENGINE, *_INNER, _CALL,
    _MESSAGES, _SERVICE,
)  # fmt: skip


def draw() -> str:
    """The whole way.

    Raises:
        LookupError: A part names a module that does not exist.
    """
    if missing := [part.module for part in _PARTS if part.module and find_spec(part.module) is None]:
        raise LookupError(f"no module is called {', '.join(missing)}")
    parts = [shape for band in _BANDS for shape in _band(band)]
    parts += _arrows()
    parts += [shape for part in _PARTS for shape in _part(part)]
    return svg.document(
        _NAME,
        _WIDTH,
        _HEIGHT,
        "Audio goes down from your program through worker threads, the session and the wire to the"
        " service; results come back up",
        parts,
    )


def _band(band: _Band) -> Iterator[str]:
    yield svg.box(4, band.y, _WIDTH - 8, band.height, "layer", radius=8)
    yield svg.label(band.x, band.y + 17, band.title, "band-name", anchor="start")


def _part(part: _Part) -> Iterator[str]:
    yield svg.box(
        part.x, part.y, part.width, part.height, f"part {part.style}", radius=6, tip=part.module
    )
    is_frame = part is _ENGINE
    rows = len(part.text)
    top = part.y + 24 if is_frame else part.y + part.height / 2 + 5 - rows * 8
    yield svg.label(part.middle, top, part.name, "name")
    for number, text in enumerate(part.text):
        yield svg.label(part.middle, top + 17 + 14 * number, text, "small")


def _arrows() -> Iterator[str]:
    """Audio on its way down, results on their way up."""
    yield _arrow(_OPENING.middle, _SOURCES.bottom, _OPENING.y, _DOWN)
    yield from _across()
    yield _arrow(_SUPERVISOR.middle, _SUPERVISOR.bottom, _ENGINE.y, _DOWN)
    yield svg.label(_SUPERVISOR.middle + 8, _ENGINE.y - 7, "audio(), wake()", "trigger", anchor="start")
    outlet = _INNER[1]
    yield _arrow(outlet.middle, outlet.bottom, _CALL.y, _DOWN)
    yield svg.label(outlet.middle + 8, _CALL.y - 29, "open, send, half-close", "trigger", anchor="start")
    yield _arrow(_SERVICE.x + 60, _CALL.bottom, _SERVICE.y, _DOWN)
    yield _arrow(_SERVICE.x + _SERVICE.width - 60, _SERVICE.y, _MESSAGES.bottom, _UP)
    timeline = _INNER[3]
    yield _arrow(timeline.middle, _MESSAGES.y, timeline.bottom, _UP)
    yield svg.label(timeline.middle + 8, _CALL.y - 29, "handle(answer)", "trigger", anchor="start")
    yield _arrow(_MAILBOX.middle, _ENGINE.y, _MAILBOX.bottom, _UP)
    yield svg.label(_MAILBOX.middle - 8, _ENGINE.y - 7, "deliver", "trigger", anchor="end")
    yield _arrow(_MAILBOX.middle, _MAILBOX.y, _READER.bottom, _UP)
    yield _arrow(_RECORDER.middle, _ENGINE.y, _RECORDER.bottom, "")


def _across() -> Iterator[str]:
    """The way on from the two parts that work in threads; the second only if there is work for it."""
    y = _OPENING.y + _OPENING.height / 2
    yield svg.path(
        f"M{_OPENING.x + _OPENING.width:g} {y:g} H{_INTAKE.x:g}", f"arrow {_DOWN}", head=_NAME
    )
    yield _arrow(_OPENING.middle, _OPENING.bottom, _SUPERVISOR.y, _DOWN)
    x, y = _INTAKE.middle - 80, _SUPERVISOR.y + 20
    edge = _SUPERVISOR.x + _SUPERVISOR.width
    yield svg.path(f"M{x:g} {_INTAKE.bottom:g} V{y:g} H{edge:g}", f"arrow {_DOWN}", head=_NAME)


def _arrow(x: float, start: float, end: float, style: str) -> str:
    return svg.path(f"M{x:g} {start:g} V{end:g}", f"arrow {style}", head=_NAME)
