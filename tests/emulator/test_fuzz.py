"""Whatever clients send, and however they leave: the emulator answers as the service, and lives on.

The sequences of requests are valid ones and mutations of them: of single fields, of the order of the
messages, and of the serialised bytes. Calls are made in batches, at the same time and on the same
emulator, over channels that send any bytes.

More examples than the default run has, and others every time::

    FUZZ_EXAMPLES=5000 python -m pytest tests/emulator/test_fuzz.py --timeout 3600
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import sys
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.cloud.location import locations_pb2
from google.cloud.speech_v2 import types
from google.protobuf.descriptor import FieldDescriptor
from grpc._cython import cygrpc  # type: ignore[attr-defined]  # its stubs leave it out
from grpc_status import rpc_status
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from asyncspeech.emulator import (
    Abort,
    Assumptions,
    Blackhole,
    Close,
    Coded,
    CutConnection,
    Delay,
    DuplicateInterims,
    Emulator,
    Faults,
    Limits,
    RefuseConnections,
    Stall,
    coded,
)
from tests.support.bare import RECOGNIZER, audio_requests, config_request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    from asyncspeech.emulator import Fault

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))

_SPEECH = "/google.cloud.speech.v2.Speech"
_STREAM = f"{_SPEECH}/StreamingRecognize"
_LOCATIONS = "/google.cloud.location.Locations"
_Response = types.StreamingRecognizeResponse.pb()
_Request = types.StreamingRecognizeRequest.pb()
_Code = grpc.StatusCode

# What the service answers by itself. INTERNAL is not among it: the emulator has to be told to break.
# Left to gRPC, bytes that are no message would be UNKNOWN, and an error in the log.
CODES = {
    _Code.OK,
    _Code.INVALID_ARGUMENT,
    _Code.ABORTED,
    _Code.NOT_FOUND,
    _Code.OUT_OF_RANGE,
    _Code.RESOURCE_EXHAUSTED,
    _Code.PERMISSION_DENIED,
    _Code.UNAUTHENTICATED,
    _Code.CANCELLED,
    _Code.UNAVAILABLE,
}
# What the emulator says that it does not do.
NOT_EMULATED = ("The emulator does not ", "audio in Cloud Storage")

RATE = 8_000
RECORDING = coded.encode(3, sample_rate_hertz=RATE, words_per_utterance=2, pause_seconds=0.6)
# Short, so that silence is over soon; long enough for a machine that is busy.
LIMITS = Limits(idle_seconds=0.3, stream_seconds=2.0, recognizers=50, concurrent_sessions=12)
PATIENCE = 10.0


def fuzz(examples: int) -> settings:
    """The settings of a test with so many examples, if no others are asked for."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        # What several calls do at the same time is hardly ever the same again, so to shrink is to wait.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


# What is sent.

Field = tuple[FieldDescriptor, ...]


def fields_of(descriptor: Any, above: Field = ()) -> Iterator[Field]:
    """The paths to all fields of a message and of those in it."""
    for field in descriptor.fields:
        yield (*above, field)
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            yield from fields_of(field.message_type, (*above, field))


NAMES = [
    RECOGNIZER,
    "projects/p/locations/global",
    "projects/p",
    "projects/p/locations/us/recognizers/_",
    "projects/p/locations/global/recognizers/fuzz-1",
    "projects/p/locations/global/recognizers/_\n",
    "projects/\n/locations/\0/recognizers/\u2028",
    "projects//locations//recognizers/",
    "fuzz-1",
    "long",
    "latest_short",
    "chirp_2",
    "chirp_3",
    "en-US",
    "de-DE",
    "auto",
    "*",
    "features",
    "features.",
    "features.max_alternatives",
    "explicit_decoding_config.encoding",
    "auto_decoding_config",
    "adaptation.phrase_sets.phrase_set",
    "translation_config.target_language.x",
    "5",
    "-1",
    "٣",
    "9" * 4_301,
    "ÿ\U0001f600 é",
    "%00%",
    " ",
    "x" * 101,
    "é" * 3_000,
]
TEXTS = st.one_of(st.sampled_from(["", *NAMES]), st.text(max_size=6))
FLOATS = st.sampled_from([0.0, -0.0, -1.0, 1e-30, 20.0, 20.1, 3e38, math.inf, -math.inf, math.nan])
SIZES = st.one_of(st.integers(0, 400), st.sampled_from([1_601, 3_200, 25_600, 25_601, 40_000]))
COUNTS = st.sampled_from([1, 1, 1, 2, 3, 101])


@st.composite
def audio(draw: DrawFn) -> bytes:
    """Audio of any size: what is coded, cut anywhere, or what is no speech."""
    size = draw(SIZES)
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return bytes(size)
    if kind == 1:
        return draw(st.binary(min_size=16, max_size=16)) * (size // 16) + bytes(size % 16)
    start = draw(st.integers(0, len(RECORDING.audio) - 1))
    return (RECORDING.audio * 4)[start : start + size]


def integers(low: int, high: int) -> SearchStrategy[int]:
    edges = [-1, 0, 1, 2, 3, 8, 9, 31, 500_000_000, 999_999_999, 1_000_000_000, low, high]
    return st.one_of(
        st.sampled_from([edge for edge in edges if low <= edge <= high]), st.integers(low, high)
    )


VALUES: dict[int, SearchStrategy[Any]] = {
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_DOUBLE: FLOATS,
    FieldDescriptor.CPPTYPE_FLOAT: FLOATS,
    FieldDescriptor.CPPTYPE_ENUM: integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT32: integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: integers(0, 2**64 - 1),
}


def set_field(draw: DrawFn, message: Any, path: Field) -> None:
    """Set a field, and the messages around it, to something."""
    *above, field = path
    for outer in above:
        inner = getattr(message, outer.name)
        message = (inner[0] if inner else inner.add()) if outer.is_repeated else inner
    if field.message_type is not None:
        if not field.is_repeated:
            getattr(message, field.name).SetInParent()
        elif not field.message_type.GetOptions().map_entry:
            for _ in range(draw(COUNTS)):
                getattr(message, field.name).add()
        return
    if field.type == FieldDescriptor.TYPE_BYTES:
        value: Any = draw(audio())
    else:
        value = draw(VALUES.get(field.cpp_type, TEXTS))
    if field.is_repeated:
        getattr(message, field.name).extend([value] * draw(COUNTS))
    else:
        setattr(message, field.name, value)


def set_fields(draw: DrawFn, message: Any, paths: Sequence[Field]) -> Any:
    for path in draw(st.lists(st.sampled_from(paths), max_size=4)):
        set_field(draw, message, path)
    return message


@st.composite
def mangled(draw: DrawFn, data: bytes) -> bytes:
    """Serialised bytes with something wrong."""
    at = draw(st.integers(0, max(0, min(len(data), 300) - 1)))
    match draw(st.sampled_from(["flip", "cut", "insert", "replace", "nothing"])):
        case "flip" if data:
            return data[:at] + bytes([data[at] ^ 1 << draw(st.integers(0, 7))]) + data[at + 1 :]
        case "cut":
            return data[:at]
        case "insert":
            return data[:at] + draw(st.binary(min_size=1, max_size=8)) + data[at:]
        case "replace":
            return draw(st.binary(max_size=30))
        case _:
            return b""


REQUEST_FIELDS = [
    path for path in fields_of(_Request.DESCRIPTOR) if path[0].name in {"recognizer", "streaming_config"}
]


@st.composite
def configs(draw: DrawFn) -> bytes:
    """A first message: one that is taken, or with some fields that are anything."""
    events = draw(st.booleans())
    features: dict[str, Any] = {"enable_voice_activity_events": events, "interim_results": True}
    if events and draw(st.booleans()):
        features["voice_activity_timeout"] = {"speech_end_timeout": "0.6s"}
    channels = draw(st.sampled_from([1, 1, 2, 3]))
    wanted: dict[str, Any] = {"enable_word_time_offsets": True, "multi_channel_mode": int(channels > 1)}
    request = _Request()
    request.CopyFrom(
        types.StreamingRecognizeRequest.pb(
            config_request(
                decoding={
                    "encoding": draw(st.sampled_from(["LINEAR16", "LINEAR16", "MULAW", "ALAW"])),
                    "sample_rate_hertz": RATE,
                    "audio_channel_count": channels,
                },
                features=wanted,
                model=draw(st.sampled_from(["long", "short", "latest_short", "latest_long"])),
            )
        )
    )
    pb_features = request.streaming_config.streaming_features
    pb_features.enable_voice_activity_events = events
    pb_features.interim_results = True
    if "voice_activity_timeout" in features:
        pb_features.voice_activity_timeout.speech_end_timeout.nanos = 600_000_000
    if draw(st.integers(0, 2)):
        set_fields(draw, request, REQUEST_FIELDS)
    return bytes(request.SerializeToString())


class Message(bytes):
    """Serialised bytes, printed in part."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} bytes: {bytes(self[:100])!r}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # what Hypothesis prints
        del cycle
        printer.text(repr(self))


HEALTHY = tuple(
    Message(type(request).serialize(request))
    for request in (
        config_request(decoding={"sample_rate_hertz": RATE}),
        *audio_requests(RECORDING.audio, 6_400),
    )
)


@dataclass(frozen=True)
class Call:
    """A stream: what is sent, and how the client ends it.

    Attributes:
        messages: What is sent, as bytes.
        ending: "half-close", "leave" or "wait".
        stays: Seconds until the client leaves.
        pause: Seconds between messages.
    """

    messages: tuple[Message, ...]
    ending: str = "half-close"
    stays: float = 0.0
    pause: float | None = None


@st.composite
def calls(draw: DrawFn) -> Call:
    messages = [draw(configs())]
    messages += [
        _Request(audio=draw(audio())).SerializeToString() for _ in range(draw(st.integers(0, 6)))
    ]
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(messages) - 1)) if messages else 0
        match draw(st.sampled_from(["drop", "repeat", "mangle", "again", "empty"])):
            case "drop":
                del messages[at : at + 1]
            case "repeat":
                messages[at:at] = messages[at : at + 1]
            case "mangle" if messages:
                messages[at] = draw(mangled(messages[at]))
            case "again":
                messages.insert(at, draw(configs()))
            case _:
                messages.insert(at, b"")
    ending = draw(st.sampled_from(["half-close"] * 20 + ["leave"] * 6 + ["wait"]))
    stays = draw(st.sampled_from([0.0, 0.001, 0.005, 0.02]))
    pause = draw(st.sampled_from([None, None, 0.0]))
    return Call(tuple(map(Message, messages)), ending, stays, pause)


# How it is sent, and what is answered.


@dataclass(frozen=True)
class Answer:
    """How a call ended, and what came before."""

    code: grpc.StatusCode
    details: str
    responses: tuple[Any, ...]


async def end_of(call: Any) -> tuple[grpc.StatusCode, str]:
    """The status of a call, whose details are what they are to be."""
    code, details = await call.code(), await call.details()
    trailers = await call.trailing_metadata()
    # It takes the trailer apart, and compares it with the status.
    ended: Any = _Ended(code, details, trailers)
    rpc_status.from_call(ended)
    return code, details


@dataclass(frozen=True)
class _Ended:
    """A call, in the form of the blocking API."""

    end_code: grpc.StatusCode
    end_details: str
    trailers: Any

    def code(self) -> grpc.StatusCode:
        return self.end_code

    def details(self) -> str:
        return self.end_details

    def trailing_metadata(self) -> Any:
        return tuple(self.trailers or ())


async def stream(channel: grpc.aio.Channel, plan: Call) -> Answer:
    """Make a call."""
    method: Any = channel.stream_stream(_STREAM, None, None)
    call = method(timeout=PATIENCE)
    writing = asyncio.create_task(_write(call, plan))
    leaving = None
    if plan.ending == "leave":
        leaving = asyncio.get_running_loop().call_later(plan.stays, call.cancel)
    responses = []
    try:
        while (data := await call.read()) is not cygrpc.EOF:
            responses.append(_Response.FromString(data))
    except grpc.aio.AioRpcError:
        pass
    except asyncio.CancelledError:  # that is how a call that was left ends
        if leaving is None:
            raise
    finally:
        writing.cancel()
        await asyncio.wait([writing])
    return Answer(*await end_of(call), tuple(responses))


async def _write(call: Any, plan: Call) -> None:
    # `call.write` would hide the status of a call that ends meanwhile behind an INTERNAL of its own.
    try:
        for message in plan.messages:
            await call._cython_call.send_serialized_message(bytes(message))
            if plan.pause is not None:
                await asyncio.sleep(plan.pause)
        if plan.ending == "half-close":
            await call._cython_call.send_receive_close()
    except (cygrpc.InternalError, cygrpc.ExecuteBatchError, asyncio.InvalidStateError):
        pass


def seconds(duration: Any) -> float:
    return float(duration.seconds + duration.nanos / 1e9)


def check_responses(responses: Sequence[Any]) -> None:
    """The rules that every stream's responses keep."""
    billed = 0.0
    ends: dict[tuple[int, bool], float] = {}
    for response in responses:
        assert bool(response.results) != bool(response.speech_event_type)
        assert response.metadata.request_id
        assert response.metadata.request_id == responses[0].metadata.request_id
        total = response.metadata.total_billed_duration
        assert seconds(total) >= billed
        assert total.nanos == 0
        billed = seconds(total)
        assert not any(result.is_final for result in response.results[1:])
        offsets = [response.speech_event_offset] if response.HasField("speech_event_offset") else []
        for result in response.results:
            assert result.alternatives
            assert result.HasField("result_end_offset")
            offsets.append(result.result_end_offset)
            # An interim may look further ahead than the end of the words that then become final.
            key = (result.channel_tag, result.is_final)
            assert seconds(result.result_end_offset) >= ends.get(key, 0.0)
            ends[key] = seconds(result.result_end_offset)
            for word in (word for alternative in result.alternatives for word in alternative.words):
                offsets += [
                    getattr(word, name) for name in ("start_offset", "end_offset") if word.HasField(name)
                ]
        for offset in offsets:
            assert 0 < seconds(offset) <= billed


def check_code(answer: Answer, also: frozenset[str] = frozenset()) -> None:
    """The status is one that the service has, or that a fault was to bring about."""
    if answer.code is _Code.UNIMPLEMENTED and "UNIMPLEMENTED" not in also:
        assert any(text in answer.details for text in NOT_EMULATED)
    else:
        assert answer.code in CODES or answer.code.name in also, answer


async def until(condition: Any) -> None:
    """Wait, for a second at most, until something is so."""
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0.01)
    assert condition()


def tasks() -> set[asyncio.Task[Any]]:
    """What runs, but for the task that gRPC's server has wait for the next call."""
    return {task for task in asyncio.all_tasks() if "_request_call" not in repr(task)}


class Bench:
    """An emulator, and the means to make calls to it and to look at it."""

    def __init__(self, emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
        self.emulator = emulator
        self._caplog = caplog
        self._tasks = tasks()

    @asynccontextmanager
    async def channel(self) -> AsyncGenerator[grpc.aio.Channel, None]:
        options = (("grpc.use_local_subchannel_pool", 1),)
        async with grpc.aio.insecure_channel(self.emulator.address, options=options) as channel:
            yield channel

    async def batch(self, plans: Sequence[Call]) -> list[Answer]:
        """Make calls at the same time, on one connection."""
        async with self.channel() as channel:
            return await asyncio.gather(*(stream(channel, plan) for plan in plans))

    async def check(self) -> None:
        """Nothing is left of the calls so far, and the emulator is as good as new."""
        await self.is_quiet()
        (answer,) = await self.batch([Call(HEALTHY)])
        assert answer.code is _Code.OK, answer
        check_responses(answer.responses)
        words = [
            (word, None, None)
            for response in answer.responses
            for word in response.results[0].alternatives[0].transcript.split()
        ]
        assert coded.score(RECORDING, words).is_perfect
        await self.is_quiet()

    async def is_quiet(self) -> None:
        """No stream lasts, none is counted as one, no task is left, and nothing went wrong."""
        await until(lambda: not any(record.is_open for record in self.emulator.streams[-100:]))
        streams = self.emulator._streams
        assert streams is not None
        assert not any(streams._service.quotas._sessions.values())
        me = asyncio.current_task()
        await until(lambda: not tasks() - self._tasks - {me})
        errors = [record for record in self._caplog.records if record.levelno >= logging.ERROR]
        assert not errors, [(record.getMessage(), record.exc_text) for record in errors]
        self._caplog.clear()


@pytest.fixture
async def bench(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Bench]:
    async with Emulator(Coded(), limits=LIMITS) as emulator:
        yield Bench(emulator, caplog)


@fuzz(200)
@given(plans=st.lists(calls(), min_size=1, max_size=16))
async def test_a_stream_ends_as_the_service_ends_it_whatever_is_sent(
    bench: Bench, plans: list[Call]
) -> None:
    for answer in await bench.batch(plans):
        check_code(answer)
        check_responses(answer.responses)
    await bench.check()


# Methods that take one request.

UNARY: dict[str, Any] = {
    f"{_SPEECH}/Recognize": types.RecognizeRequest.pb(),
    f"{_SPEECH}/CreateRecognizer": types.CreateRecognizerRequest.pb(),
    f"{_SPEECH}/GetRecognizer": types.GetRecognizerRequest.pb(),
    f"{_SPEECH}/ListRecognizers": types.ListRecognizersRequest.pb(),
    f"{_SPEECH}/DeleteRecognizer": types.DeleteRecognizerRequest.pb(),
    f"{_SPEECH}/UndeleteRecognizer": types.UndeleteRecognizerRequest.pb(),
    f"{_LOCATIONS}/ListLocations": locations_pb2.ListLocationsRequest,
    f"{_LOCATIONS}/GetLocation": locations_pb2.GetLocationRequest,
}
UNARY_FIELDS = {method: list(fields_of(kind.DESCRIPTOR)) for method, kind in UNARY.items()}
PARENTS = {"parent": NAMES[1:2], "name": [NAMES[4], NAMES[2], NAMES[1]], "recognizer": NAMES[:1]}


@st.composite
def unary_calls(draw: DrawFn) -> tuple[str, Message]:
    """A method, and a request that it may or may not take."""
    method = draw(st.sampled_from(sorted(UNARY)))
    request = UNARY[method]()
    for field in request.DESCRIPTOR.fields:
        if field.name in PARENTS and field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            setattr(request, field.name, draw(st.sampled_from(PARENTS[field.name])))
        elif field.name == "recognizer_id":
            request.recognizer_id = draw(st.sampled_from(["fuzz-1", "fuzz-2", ""]))
    if method.endswith("/Recognize"):
        config = config_request(decoding={"sample_rate_hertz": RATE}).streaming_config.config
        request.config.CopyFrom(types.RecognitionConfig.pb(config))
        request.content = draw(audio())
    if method.endswith("/CreateRecognizer") and draw(st.booleans()):
        config = config_request(decoding={"sample_rate_hertz": RATE}).streaming_config.config
        request.recognizer.default_recognition_config.CopyFrom(types.RecognitionConfig.pb(config))
    if draw(st.integers(0, 2)):
        set_fields(draw, request, UNARY_FIELDS[method])
    data = request.SerializeToString()
    return method, Message(draw(mangled(data)) if draw(st.integers(0, 5)) == 0 else data)


async def ask(channel: grpc.aio.Channel, method: str, data: bytes) -> Answer:
    call: Any = channel.unary_unary(method, None, None)(bytes(data), timeout=PATIENCE)
    try:
        response = await call
    except grpc.aio.AioRpcError:
        response = None
    return Answer(*await end_of(call), (response,))


@fuzz(200)
@given(plans=st.lists(unary_calls(), min_size=1, max_size=16))
async def test_a_method_answers_as_the_service_does_whatever_it_is_asked(
    bench: Bench, plans: list[tuple[str, Message]]
) -> None:
    async with bench.channel() as channel:
        answers = await asyncio.gather(*(ask(channel, *plan) for plan in plans))
    for answer, (method, _) in zip(answers, plans, strict=True):
        also = {"ALREADY_EXISTS"} if method.endswith("/CreateRecognizer") else set()
        check_code(answer, frozenset(also))
        if method.endswith("/Recognize") and answer.code is _Code.OK:
            whole = types.RecognizeResponse.pb().FromString(answer.responses[0])
            assert whole.metadata.request_id
            billed = whole.metadata.total_billed_duration
            assert seconds(billed) or not whole.metadata.HasField("total_billed_duration")
    await bench.check()


# Faults.

SPANS = st.sampled_from([0.0, 0.001, 0.02, 0.1])
CODE_NAMES = st.sampled_from([code.name for code in _Code if code is not _Code.OK])
KINDS = st.one_of(
    st.builds(
        Abort,
        CODE_NAMES,
        message=st.one_of(st.just(""), TEXTS),
        retry_delay=st.one_of(st.none(), SPANS),
    ),
    st.builds(Abort, CODE_NAMES, mid_write=st.just(value=True)),
    st.builds(Close),
    st.builds(Stall, seconds=st.one_of(st.none(), SPANS, SPANS), reads=st.booleans()),
    st.builds(Delay, SPANS, jitter=SPANS),
    st.builds(DuplicateInterims, times=st.sampled_from([0, 1, 2, 2_000])),
    st.builds(CutConnection),
    st.builds(Blackhole, seconds=SPANS),
    st.builds(RefuseConnections, SPANS),
)
TIMES: SearchStrategy[dict[str, float]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"at": st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.5])}),
    st.fixed_dictionaries({"after": st.sampled_from([0.0, 0.001, 0.005, 0.05])}),
)


@st.composite
def faults(draw: DrawFn) -> Fault:
    """A fault of one of the first streams, or of all."""
    kind: Fault = draw(KINDS)
    when: dict[str, Any] = dict(draw(TIMES))
    anyone = st.nothing() if isinstance(kind, RefuseConnections) else st.none()
    return replace(kind, stream=draw(anyone | st.integers(1, 6)), **when)


@pytest.fixture(params=[False, True], ids=["as assumed", "the other way"])
async def hasty(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Bench]:
    """An emulator whose streams do not last long, as some faults hold them up for ever."""
    other = request.param
    assumptions = Assumptions(
        initial_metadata_at_once=not other,
        finals_at_stream_limit=other,
        finals_at_activity_timeout=not other,
        error_info=not other,
        status_proto_on_every_refusal=not other,
    )
    limits = replace(LIMITS, stream_seconds=0.5)
    async with Emulator(Coded(), limits=limits, assumptions=assumptions) as emulator:
        yield Bench(emulator, caplog)


@fuzz(50)
@given(
    script=st.lists(faults(), min_size=1, max_size=4),
    plans=st.lists(calls(), min_size=1, max_size=6),
)
async def test_a_fault_ends_a_stream_only_in_the_way_that_it_says(
    hasty: Bench, script: list[Fault], plans: list[Call]
) -> None:
    opened = len(hasty.emulator.streams)
    shifted = [
        fault if fault.stream is None else replace(fault, stream=fault.stream + opened)
        for fault in script
    ]
    hasty.emulator.faults = Faults(*shifted, seed=opened)
    codes = frozenset(fault.code for fault in script if isinstance(fault, Abort))
    for answer in await hasty.batch(plans):
        check_code(answer, codes)
    hasty.emulator.faults = Faults()
    await asyncio.sleep(0.12 if any(isinstance(f, RefuseConnections) for f in script) else 0)
    await hasty.check()


# The end.


@fuzz(40)
@given(
    script=st.lists(faults(), max_size=3),
    plans=st.lists(calls(), min_size=1, max_size=8),
    lasts=st.sampled_from([0.0, 0.002, 0.01, 0.05]),
)
async def test_an_emulator_stops_at_once_whatever_its_streams_are_at(
    caplog: pytest.LogCaptureFixture, script: list[Fault], plans: list[Call], lasts: float
) -> None:
    emulator = Emulator(Coded(), faults=Faults(*script))
    before = tasks()
    async with emulator:
        bench = Bench(emulator, caplog)
        batch = asyncio.create_task(bench.batch(plans))
        await asyncio.sleep(lasts)
        begun = time.monotonic()
    assert time.monotonic() - begun < 1
    assert not any(record.is_open for record in emulator.streams)
    batch.cancel()
    await asyncio.wait([batch])
    me = asyncio.current_task()
    await until(lambda: not tasks() - before - {me})
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


# Workers.


def children() -> set[str]:
    """The processes that this one has started and that still are."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # any may end while this one looks
            _, _, after_name = file.read_text().rpartition(")")
            _, parent, *_ = after_name.split()
            if int(parent) == os.getpid():
                found.add(file.parent.name)
    return found


@pytest.fixture
async def sphinx(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Bench]:
    """An emulator with worker processes, none of which may be left."""
    pytest.importorskip("pocketsphinx")
    from asyncspeech.emulator.recognizers.pocketsphinx import PocketSphinx  # noqa: PLC0415 - an extra

    before = children()
    async with Emulator(PocketSphinx(workers=2), limits=LIMITS) as emulator:
        yield Bench(emulator, caplog)
    assert children() == before


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@fuzz(12)
@given(plans=st.lists(calls(), min_size=1, max_size=4))
async def test_no_worker_and_nothing_else_is_left_however_streams_end(
    sphinx: Bench, plans: list[Call]
) -> None:
    for answer in await sphinx.batch(plans):
        check_code(answer)
        check_responses(answer.responses)
    await sphinx.is_quiet()
