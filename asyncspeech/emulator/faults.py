"""`Faults`: what goes wrong, on purpose and always in the same way.

A plan is a list of faults. Each says which stream it befalls, counted from 1 in the order of their
opening, and when: once that stream has sent so many seconds of audio (``at``, exact and independent of
the clock), so many seconds after it was opened (``after``), or, with neither, as it is opened::

    Faults(
        Abort("UNAVAILABLE", stream=1, at=3.0, retry_delay=0.5),
        Stall(stream=2, at=10.0),
        Delay(1.5),  # every stream
    )

`Faults.seeded` draws a plan by lot: the same for the same seed. Printed, a plan is text that
`parse_fault` (and ``asyncspeech emulator --fault``) reads again::

    abort:UNAVAILABLE,stream=1,at=3.0,retry_delay=0.5
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

import grpc

from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from dataclasses import Field

__all__ = (
    "Abort",
    "Blackhole",
    "Close",
    "CutConnection",
    "Delay",
    "DuplicateInterims",
    "Fault",
    "Faults",
    "RefuseConnections",
    "Stall",
    "parse_fault",
)

_CODES = frozenset(code.name for code in grpc.StatusCode if code is not grpc.StatusCode.OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with a stream; the classes below say what.

    Attributes:
        stream: Which stream, from 1; None for every one.
        at: When: once the stream has sent so many seconds of audio.
        after: When: so many seconds after it was opened. With neither, as it is opened.

    Raises:
        ConfigurationError: A value that makes no sense.
    """

    kind: ClassVar[str]

    stream: int | None = None
    at: float | None = None
    after: float | None = None

    def __post_init__(self) -> None:
        if self.stream is not None and self.stream < 1:
            raise ConfigurationError("stream", f"streams are counted from 1, not {self.stream}")
        if self.at is not None and self.after is not None:
            raise ConfigurationError("after", "a fault has one time: either 'at' or 'after'")
        for name in _SECONDS:
            value = getattr(self, name, None)
            if value is not None and not 0 <= value <= _LONGEST:
                raise ConfigurationError(name, f"seconds are from 0 to {_LONGEST}, not {value!r}")

    def __str__(self) -> str:
        """The fault as `parse_fault` reads it."""
        positional = [_text(getattr(self, item.name)) for item in fields(self) if not item.kw_only]
        named = [
            f"{item.name}={_text(getattr(self, item.name))}"
            for item in fields(self)
            if item.kw_only and getattr(self, item.name) != item.default
        ]
        row = io.StringIO()
        csv.writer(row, lineterminator="").writerow(positional + named)
        return ":".join(filter(None, (self.kind, row.getvalue())))


_SECONDS = ("at", "after", "seconds", "jitter", "retry_delay")
_LONGEST = 1_000_000_000  # thirty years; a protobuf Duration has its bounds, too


@dataclass(frozen=True, slots=True)
class Abort(Fault):
    """The service ends the stream with an error.

    Attributes:
        code: The status code's name, such as "UNAVAILABLE".
        message: The status's text; if empty, what the service is known to say with that code.
        retry_delay: Seconds that the client is told to wait (``google.rpc.RetryInfo``); None for no
            such advice.
        mid_write: Whether to abort while a write of the client's is under way and cannot be completed:
            the emulator stops reading, and aborts when the writes have backed up.

    A client that is writing as an abort arrives may see something else: grpc.aio hides the status of
    most aborts that come into a burst of writes behind "Internal error from Core" (grpc#36066).
    """

    kind: ClassVar[str] = "abort"

    code: str
    message: str = field(default="", kw_only=True)
    retry_delay: float | None = field(default=None, kw_only=True)
    mid_write: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        if self.code not in _CODES:
            hint = "for an end without an error there is Close" if self.code == "OK" else ""
            known = ", ".join(sorted(_CODES))
            raise ConfigurationError("code", f"{self.code!r} is none of {known}", hint=hint)
        try:
            self.message.encode()
        except UnicodeEncodeError as error:
            raise ConfigurationError("message", f"it is no Unicode text: {error}") from error


@dataclass(frozen=True, slots=True)
class Close(Fault):
    """The service ends the stream with OK, before the client has half-closed it.

    What it had not yet said it does not say.
    """

    kind: ClassVar[str] = "close"


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """The service falls silent.

    Attributes:
        seconds: How long; what it would have said comes then. None for the rest of the stream.
        reads: Whether it goes on reading. If not, the client's writes back up.
    """

    kind: ClassVar[str] = "stall"

    seconds: float | None = field(default=None, kw_only=True)
    reads: bool = field(default=True, kw_only=True)


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """The service answers late, from then on; in the right order.

    Attributes:
        seconds: How late, at least.
        jitter: How much later at most, by lot for every response.
    """

    kind: ClassVar[str] = "delay"

    seconds: float
    jitter: float = field(default=0.0, kw_only=True)


@dataclass(frozen=True, slots=True)
class DuplicateInterims(Fault):
    """The service says every interim result again, from then on.

    Attributes:
        times: How often in all.
    """

    kind: ClassVar[str] = "duplicate-interims"

    times: int = field(default=2, kw_only=True)


@dataclass(frozen=True, slots=True)
class CutConnection(Fault):
    """The connection that carries the stream breaks (TCP RST), and with it all streams on it."""

    kind: ClassVar[str] = "cut-connection"


@dataclass(frozen=True, slots=True)
class Blackhole(Fault):
    """The connection that carries the stream stays up and carries nothing, either way.

    Attributes:
        seconds: How long; what was on its way arrives then. None for ever.
    """

    kind: ClassVar[str] = "blackhole"

    seconds: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class RefuseConnections(Fault):
    """The service takes no new connections for a while; those that are up stay up.

    They are reset as they come, which to a gRPC client is as if nobody listened.

    Without ``stream`` it is the emulator's own start that ``after`` counts from.

    Attributes:
        seconds: How long.
    """

    kind: ClassVar[str] = "refuse-connections"

    seconds: float

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        if self.stream is None and self.at is not None:
            raise ConfigurationError("at", "without a stream there is no audio to count")


class Faults:
    """A plan of what goes wrong. Immutable.

    Args:
        script: The faults, in any order.
        seed: What random delays are drawn from.
    """

    def __init__(self, *script: Fault, seed: int = 0) -> None:
        self._script = script
        self._seed = seed

    @classmethod
    def seeded(
        cls,
        seed: int,
        *,
        probability: float = 0.5,
        within: float = 10.0,
        streams: int = 100,
        kinds: Sequence[type[Fault]] = (Abort, Close, CutConnection, Delay, DuplicateInterims, Stall),
    ) -> Faults:
        """A plan drawn by lot, which a client that gets over every fault survives without a loss.

        Args:
            seed: The same seed gives the same plan.
            probability: How many of the streams something befalls, 0 to 1.
            within: It does so before the stream has sent this many seconds of audio.
            streams: How many streams the plan covers; nothing befalls later ones.
            kinds: What may go wrong. Errors are of the kind that passes, stalls and delays are short.

        Raises:
            ConfigurationError: A probability out of range, or nothing to choose from.
        """
        if not 0 <= probability <= 1:
            raise ConfigurationError("probability", f"it is 0 to 1, not {probability}")
        unknown = [kind.__name__ for kind in kinds if kind not in _DRAWS]
        if unknown or not kinds:
            raise ConfigurationError("kinds", f"{unknown} cannot be drawn" if unknown else "none given")
        lot = random.Random(seed)  # noqa: S311 - reproducible, not secret
        script = []
        for stream in range(1, streams + 1):
            # Drawn for every stream, so that those of one do not depend on what befell the others.
            befalls, kind = lot.random() < probability, lot.choice(kinds)
            at, length = round(lot.uniform(0, within), 1), round(lot.uniform(0.1, 2.0), 1)
            code, advice = lot.choice(_PASSING), lot.choice((None, length))
            if befalls:
                script.append(_DRAWS[kind](stream, at, length, code, advice))
        return cls(*script, seed=seed)

    @property
    def script(self) -> tuple[Fault, ...]:
        """The faults, as given."""
        return self._script

    @property
    def seed(self) -> int:
        """What random delays are drawn from."""
        return self._seed

    def of_stream(self, number: int) -> tuple[Fault, ...]:
        """The faults that befall a stream, in the plan's order."""
        return tuple(fault for fault in self._script if _befalls(fault, number))

    def of_emulator(self) -> tuple[RefuseConnections, ...]:
        """The faults that befall the emulator itself."""
        return tuple(
            fault
            for fault in self._script
            if isinstance(fault, RefuseConnections) and fault.stream is None
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Faults):
            return NotImplemented
        return (self._script, self._seed) == (other._script, other._seed)

    def __hash__(self) -> int:
        return hash((self._script, self._seed))

    def __repr__(self) -> str:
        return f"Faults({', '.join(map(repr, self._script))})"

    def __str__(self) -> str:
        """The plan, a line for each fault."""
        return "\n".join(map(str, self._script)) or "no faults"


def _befalls(fault: Fault, number: int) -> bool:
    if fault.stream is None:
        return not isinstance(fault, RefuseConnections)
    return fault.stream == number


# What a drawn plan is made of. Codes that pass: a new stream may well succeed.
_PASSING = ("ABORTED", "CANCELLED", "INTERNAL", "UNAVAILABLE")
_DRAWS: Mapping[type[Fault], Callable[[int, float, float, str, float | None], Fault]] = {
    Abort: lambda stream, at, _length, code, advice: Abort(
        code, stream=stream, at=at, retry_delay=advice
    ),
    Blackhole: lambda stream, at, length, *_: Blackhole(stream=stream, at=at, seconds=length),
    Close: lambda stream, at, *_: Close(stream=stream, at=at),
    CutConnection: lambda stream, at, *_: CutConnection(stream=stream, at=at),
    Delay: lambda stream, at, length, *_: Delay(length, stream=stream, at=at),
    DuplicateInterims: lambda stream, at, *_: DuplicateInterims(stream=stream, at=at),
    RefuseConnections: lambda stream, at, length, *_: RefuseConnections(length, stream=stream, at=at),
    Stall: lambda stream, at, length, *_: Stall(stream=stream, at=at, seconds=length),
}
_KINDS = {kind.kind: kind for kind in _DRAWS}


def parse_fault(text: str) -> Fault:
    """Read a fault from text: ``KIND[:VALUE][,NAME=VALUE...]``, as printing one gives it.

    Raises:
        ConfigurationError: It is none.
    """
    name, _, rest = text.partition(":")
    kind = _KINDS.get(name.strip())
    if kind is None:
        known = ", ".join(sorted(_KINDS))
        raise ConfigurationError("fault", f"{name!r} is no kind of fault", hint=f"known are {known}")
    by_name = {item.name: item for item in fields(kind)}
    positional = [item for item in fields(kind) if not item.kw_only]
    values: dict[str, str] = {}
    # As CSV, so that a message may have a comma in it, if it is quoted.
    for number, part in enumerate(next(csv.reader([rest]), [])):
        key, equals, value = part.partition("=")
        if not equals:
            key, value = (positional[0].name, part) if number == 0 and positional else ("", part)
        if key.strip() not in by_name:
            raise ConfigurationError(
                "fault", f"{name} has no {part.strip()!r}", hint=f"it has {', '.join(by_name)}"
            )
        values[key.strip()] = value.strip()
    missing = [item.name for item in positional if item.name not in values]
    if missing:
        raise ConfigurationError(
            "fault", f"{name} needs {missing[0]}", hint=f"{name}:{missing[0].upper()}"
        )
    return kind(**{key: _value(by_name[key], value) for key, value in values.items()})


def _value(item: Field[Any], text: str) -> Any:
    # Annotations are text here: "float | None" and the like.
    try:
        match str(item.type).partition(" ")[0]:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return {"true": True, "false": False}[text.lower()]
    except (ValueError, KeyError) as error:
        raise ConfigurationError("fault", f"{text!r} is no value for {item.name}") from error
    return text


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
