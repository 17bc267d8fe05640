"""Every error of the service that a client can provoke, provoked by a client that is not ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.speech_v2 import types
from google.rpc.error_details_pb2 import ErrorInfo, Help
from grpc_status import rpc_status

from asyncspeech.emulator import Assumptions, Coded, Emulator, Limits, Project, coded
from asyncspeech.emulator import status as emulator_status
from tests.support import bare
from tests.support.bare import audio_requests, config_request, recognize

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

NUMBER = Project().number
STREAMING = "google.cloud.speech.v2.Speech.StreamingRecognize"
BACKEND = "type.googleapis.com/util.StatusProto"
AUDIO = audio_requests(coded.encode(10).audio)
MALORDERED = (
    "Malordered Data Received. Expected audio but none was set. "
    "Send exactly one config, followed by audio data."
)
NO_SPEAKERS = "Recognize does not support Speaker Diarization for the requested model"
UNDETECTED = (
    "Audio data does not appear to be in a supported encoding. If you believe this to be incorrect, "
    "try explicitly specifying the decoding parameters."
)
CONSOLE = (
    f"https://console.developers.google.com/apis/api/speech.googleapis.com/overview?project={NUMBER}"
)
INVALID_RESOURCE = ErrorInfo(
    reason="RESOURCE_PROJECT_INVALID",
    domain="googleapis.com",
    metadata={"service": "speech.googleapis.com", "method": STREAMING},
)


def named(location: str, recognizer: str = "_") -> str:
    return f"projects/p/locations/{location}/recognizers/{recognizer}"


def invalid(*problems: str) -> str:
    return "The RecognitionConfig proto is invalid:" + "".join(f"\n  * {text}" for text in problems)


def audio(size: int) -> types.StreamingRecognizeRequest:
    return types.StreamingRecognizeRequest(audio=bytes(size))


def phrases(*counts: int, text: str = "word", boost: float = 0.0) -> dict[str, Any]:
    return {
        "phrase_sets": [
            {"inline_phrase_set": {"phrases": [{"value": text, "boost": boost}] * count}}
            for count in counts
        ]
    }


def exceeded(metric: str, limit: str, value: int) -> list[Any]:
    """The details of a quota's refusal."""
    return [
        ErrorInfo(
            reason="RATE_LIMIT_EXCEEDED",
            domain="googleapis.com",
            metadata={
                "service": "speech.googleapis.com",
                "consumer": f"projects/{NUMBER}",
                "quota_metric": f"speech.googleapis.com/{metric}",
                "quota_limit": limit,
                "quota_limit_value": str(value),
                "quota_location": "global",
            },
        ),
        Help(
            links=[
                Help.Link(
                    description="Request a higher quota limit.",
                    url="https://cloud.google.com/docs/quotas/help/request_increase",
                )
            ]
        ),
    ]


@dataclass(frozen=True)
class Case:
    """A mistake, and what the service says to it."""

    name: str
    code: type[exceptions.GoogleAPICallError]
    text: str
    requests: Sequence[types.StreamingRecognizeRequest] = (config_request(),)
    details: Sequence[Any] = (BACKEND,)
    emulator: dict[str, Any] = field(default_factory=dict)
    half_closes: bool = True


CASES = [
    Case(
        "E1 a message with too much audio",
        exceptions.InvalidArgument,
        "Audio chunk can be of a maximum of 25600 bytes. Received audio of 25601 bytes instead.",
        [config_request(), audio(25_601)],
    ),
    # These two send nothing: a refusal in the middle of a write is hidden by grpc.aio (grpc#36066).
    Case(
        "E2 a stream that lasts too long",
        exceptions.Aborted,
        "Max duration of 5 minutes reached for stream.",
        [],
        emulator={"limits": Limits(stream_seconds=0.05)},
        half_closes=False,
    ),
    Case(
        "E3 a client that falls silent",
        exceptions.Aborted,
        "Stream timed out after receiving no more client requests.",
        [],
        emulator={"limits": Limits(idle_seconds=0.05)},
        half_closes=False,
    ),
    Case(
        "E4 a message without audio",
        exceptions.InvalidArgument,
        MALORDERED,
        [config_request(), types.StreamingRecognizeRequest()],
    ),
    Case(
        "E4 a second configuration",
        exceptions.InvalidArgument,
        MALORDERED,
        [config_request(), config_request()],
    ),
    Case(
        "E4 audio first",
        exceptions.InvalidArgument,
        MALORDERED,
        [types.StreamingRecognizeRequest(recognizer=bare.RECOGNIZER, audio=bytes(3_200))],
    ),
    Case("E4 a half-close without a word", exceptions.InvalidArgument, MALORDERED, []),
    Case(
        "E5 no recogniser",
        exceptions.InvalidArgument,
        "Invalid resource field value in the request.",
        [config_request(recognizer="")],
        [INVALID_RESOURCE],
    ),
    Case(
        "E5 a name that is none",
        exceptions.InvalidArgument,
        "Invalid resource field value in the request.",
        [config_request(recognizer="projects/p/recognizers/_")],
        [INVALID_RESOURCE],
    ),
    Case(
        "E6 a recogniser that does not exist",
        exceptions.NotFound,
        f"Unable to find Recognizer mine from project {NUMBER}.",
        [config_request(recognizer=named("global", "mine"))],
    ),
    Case(
        "E7 a model that is elsewhere",
        exceptions.InvalidArgument,
        'The model "chirp_3" does not exist in the location named "us-central1"..',
        [config_request(recognizer=named("us-central1"), model="chirp_3")],
    ),
    Case(
        "E8 a language that the model does not know",
        exceptions.InvalidArgument,
        'The language "zh" is not supported by the model "long" in the location named "global".',
        [config_request(language_codes=["zh"])],
    ),
    Case(
        "E8b a language that is not on streams",
        exceptions.InvalidArgument,
        'StreamingRecognize does not support the "gu-IN" language code for the "chirp_2" model '
        'at location "us-central1"',
        [config_request(recognizer=named("us-central1"), model="chirp_2", language_codes=["gu-IN"])],
    ),
    Case(
        "E9 another endpoint's location",
        exceptions.InvalidArgument,
        "Expected resource location to be global, but found asia-southeast1 in resource name.",
        [config_request(recognizer=named("asia-southeast1"))],
        emulator={"location": "global"},
    ),
    Case(
        "E10 several languages where there may be one",
        exceptions.InvalidArgument,
        invalid(
            "language_codes: Multiple language recognition is only available in the following "
            "locations: eu, global, us."
        ),
        [config_request(recognizer=named("us-central1"), language_codes=["en-US", "de-DE"])],
    ),
    Case(
        "E11 a feature that the model lacks",
        exceptions.InvalidArgument,
        "Recognizer does not support feature: word_level_confidence",
        [
            config_request(
                recognizer=named("us"), model="chirp_3", features={"enable_word_confidence": True}
            )
        ],
    ),
    Case(
        "E11 speakers, of a model that never tells them apart",
        exceptions.InvalidArgument,
        "Recognizer does not support feature: speaker_diarization",
        [config_request(features={"diarization_config": {}})],
    ),
    Case(
        "E12 speakers on a stream",
        exceptions.InvalidArgument,
        "StreamingRecognize does not support Speaker Diarization.",
        [config_request(recognizer=named("us"), model="chirp_3", features={"diarization_config": {}})],
    ),
    Case(
        "E12 fields that the model does not know",
        exceptions.InvalidArgument,
        "Config contains unsupported fields",
        [config_request(translation_config={"target_language": "de-DE"})],
    ),
    Case(
        "E13 no decoding configuration",
        exceptions.InvalidArgument,
        invalid(
            "decoding_config: required oneof field 'decoding_config' must have one initialized field"
        ),
        [config_request(explicit_decoding_config=None)],
    ),
    Case(
        "E13 channels for an encoding that has one",
        exceptions.InvalidArgument,
        invalid(
            "explicit_decoding_config.audio_channel_count: "
            "audio_channel_count isn't supported by the set encoding"
        ),
        [config_request(decoding={"encoding": "AMR", "audio_channel_count": 2})],
    ),
    Case(
        "E13b no channels",
        exceptions.InvalidArgument,
        "Invalid audio channel count value: 0. Values must be non-negative.",
        [config_request(decoding={"audio_channel_count": 0})],
    ),
    Case(
        "E13b no sample rate",
        exceptions.InvalidArgument,
        "Invalid sample rate hertz value: 0",
        [config_request(decoding={"sample_rate_hertz": 0})],
    ),
    Case(
        "E13b a sample rate out of range",
        exceptions.InvalidArgument,
        "Invalid sample rate hertz value: 96000",
        [config_request(decoding={"sample_rate_hertz": 96_000})],
    ),
    Case(
        "E13c audio without a header",
        exceptions.InvalidArgument,
        UNDETECTED,
        [config_request(explicit_decoding_config=None, auto_decoding_config={}), AUDIO[0]],
    ),
    Case(
        "E15 audio faster than the pace",
        exceptions.OutOfRange,
        "Audio data is being streamed too fast. Please stream audio data approximately at real time.",
        [config_request(), *AUDIO[:6]],
        emulator={"limits": Limits(pace=1.1, pace_burst_seconds=0.5)},
    ),
    Case(
        "E16 more messages than the quota",
        exceptions.ResourceExhausted,
        "Quota exceeded for quota metric 'speech.googleapis.com/default_requests' and limit "
        "'DefaultRequestsPerMinutePerProject' of service 'speech.googleapis.com' for consumer "
        f"'project_number:{NUMBER}'.",
        [config_request(), *AUDIO[:6]],
        exceeded("default_requests", "DefaultRequestsPerMinutePerProject", 5),
        {"limits": Limits(requests_per_minute=5)},
    ),
    Case(
        "E17 a model that was withdrawn",
        exceptions.PermissionDenied,
        f"Permission denied for project {NUMBER} on model chirp_3 locale hi-IN. "
        "It is no longer generally available.",
        [config_request(recognizer=named("asia-southeast1"), model="chirp_3", language_codes=["hi-IN"])],
    ),
    Case(
        "E18 a caller without the permission",
        exceptions.PermissionDenied,
        "Permission 'speech.recognizers.recognize' denied on resource (or it may not exist).",
        details=[
            ErrorInfo(
                reason="IAM_PERMISSION_DENIED",
                domain="iam.googleapis.com",
                metadata={
                    "permission": "speech.recognizers.recognize",
                    "resource": bare.RECOGNIZER,
                },
            )
        ],
        emulator={"project": Project(permissions=frozenset())},
    ),
    Case(
        "E19 a project that has not enabled the service",
        exceptions.PermissionDenied,
        f"Cloud Speech-to-Text API has not been used in project {NUMBER} before or it is disabled. "
        f"Enable it by visiting {CONSOLE} then retry. If you enabled this API recently, wait a few "
        "minutes for the action to propagate to our systems and retry.",
        details=[
            Help(links=[Help.Link(description="Google developers console API activation", url=CONSOLE)]),
            ErrorInfo(
                reason="SERVICE_DISABLED",
                domain="googleapis.com",
                metadata={"service": "speech.googleapis.com", "consumer": f"projects/{NUMBER}"},
            ),
        ],
        emulator={"project": Project(enabled=False)},
    ),
    Case(
        "E21 a caller without credentials",
        exceptions.Unauthenticated,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        "other valid authentication credential. "
        "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        details=[
            ErrorInfo(
                reason="ACCESS_TOKEN_TYPE_UNSUPPORTED",
                domain="googleapis.com",
                metadata={"service": "speech.googleapis.com", "method": STREAMING},
            )
        ],
        emulator={"project": Project(access_token="a token")},
    ),
]


def whole(content: bytes = AUDIO[0].audio, **config: Any) -> types.RecognizeRequest:
    """A ``Recognize`` that the service would take, but for what is given."""
    streaming = config_request(**config)
    return types.RecognizeRequest(
        recognizer=streaming.recognizer, config=streaming.streaming_config.config, content=content
    )


WHOLE_CASES = [
    ("E12 speakers", whole(features={"diarization_config": {}}), NO_SPEAKERS),
    (
        "E13c audio without a header",
        whole(explicit_decoding_config=None, auto_decoding_config={}),
        UNDETECTED,
    ),
    ("E13d no audio", whole(b""), "Provided file is empty."),
]


def details_of(error: exceptions.GoogleAPICallError) -> list[Any]:
    """The details in the trailer; of the backend's own the type, after a look at what it says."""
    (call,) = error.errors
    status = rpc_status.from_call(call)
    assert status is not None
    assert (status.code, status.message) == (call.code().value[0], call.details())
    known = {f"type.googleapis.com/{kind.DESCRIPTOR.full_name}": kind for kind in (ErrorInfo, Help)}
    for detail in status.details:
        if detail.type_url == BACKEND:
            assert detail.value == emulator_status._status_proto(status.code, status.message)
    return [
        known[detail.type_url].FromString(detail.value) if detail.type_url in known else detail.type_url
        for detail in status.details
    ]


class TestTheServicesRefusals:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
    async def test_have_its_code_its_text_and_its_details(self, case: Case) -> None:
        async with Emulator(Coded(), **case.emulator) as emulator:
            with pytest.raises(case.code) as refusal:
                if case.half_closes:
                    await recognize(emulator.address, case.requests)
                else:
                    await hold(emulator, case.requests)
        assert type(refusal.value) is case.code
        assert refusal.value.message == case.text
        assert details_of(refusal.value) == list(case.details)

    @pytest.mark.parametrize(
        ("message", "text"),
        [pytest.param(message, text, id=name) for name, message, text in WHOLE_CASES],
    )
    async def test_of_whole_recordings_have_them_too(
        self, message: types.RecognizeRequest, text: str
    ) -> None:
        async with Emulator(Coded()) as emulator, bare.bare_client(emulator.address) as client:
            with pytest.raises(exceptions.InvalidArgument) as refusal:
                await client.recognize(message)
        assert refusal.value.message == text
        assert details_of(refusal.value) == [BACKEND]

    async def test_of_several_mistakes_the_first_in_order_is_told(self) -> None:
        mistakes: dict[str, Any] = {
            "recognizer": named("us-central1", "mine"),
            "model": "chirp_3",
            "language_codes": ["xx"],
            "features": {"enable_word_confidence": True},
            "decoding": {"sample_rate_hertz": 0},
        }
        mended: list[tuple[str, dict[str, Any], str]] = [
            ("credentials", {}, "Request had invalid authentication credentials"),
            ("service", {}, "Cloud Speech-to-Text API has not been used"),
            ("permission", {}, "Permission 'speech.recognizers.recognize' denied"),
            ("location", {}, "Expected resource location to be us"),
            ("recogniser", {"recognizer": named("us-central1")}, "Unable to find Recognizer"),
            ("decoding", {"decoding": {}}, "Invalid sample rate"),
            ("model", {"model": "chirp_2"}, 'The model "chirp_3" does not exist'),
            ("language", {"language_codes": ["en-US"]}, 'The language "xx" is not supported'),
        ]
        project = {"access_token": "t", "enabled": False, "permissions": frozenset[str]()}
        location: str | None = "us"
        for mended_next, change, expected in mended:
            async with Emulator(
                Coded(),
                project=Project(**project),  # type: ignore[arg-type]
                location=location,
            ) as emulator:
                with pytest.raises(exceptions.GoogleAPICallError) as refusal:
                    await recognize(emulator.address, [config_request(**mistakes)])
            assert expected in refusal.value.message
            match mended_next:
                case "credentials":
                    del project["access_token"]
                case "service":
                    del project["enabled"]
                case "permission":
                    del project["permissions"]
                case "location":
                    location = None
            mistakes |= change

    async def test_more_streams_than_the_quota_are_refused_until_one_ends(self) -> None:
        limits = Limits(concurrent_sessions=1)
        async with (
            Emulator(Coded(), limits=limits) as emulator,
            bare.bare_client(emulator.address) as client,
        ):
            end = asyncio.Event()

            async def requests() -> AsyncIterator[types.StreamingRecognizeRequest]:
                yield config_request()
                for message in AUDIO:
                    yield message
                await end.wait()

            first: Any = await client.streaming_recognize(requests=requests())
            assert [response async for response in limited(first, 1)]
            with pytest.raises(exceptions.ResourceExhausted) as refusal:
                await recognize(emulator.address, [config_request()])
            elsewhere = config_request(recognizer=named("eu"))
            assert await recognize(emulator.address, [elsewhere, *AUDIO])
            end.set()
            assert [response async for response in first]
            assert await recognize(emulator.address, [config_request(), *AUDIO])
        metric = "concurrent_streaming_sessions"
        limit = "ConcurrentStreamingSessionsPerProjectPerRegion"
        assert refusal.value.message == (
            f"Quota exceeded for quota metric 'speech.googleapis.com/{metric}' and limit '{limit}' "
            f"of service 'speech.googleapis.com' for consumer 'project_number:{NUMBER}'."
        )
        assert details_of(refusal.value) == exceeded(metric, limit, 1)

    async def test_a_minute_later_there_may_be_as_many_messages_again(self) -> None:
        # Minutes are counted from the emulator's start; it is made to have begun long ago.
        async with Emulator(Coded(), limits=Limits(requests_per_minute=len(AUDIO) + 1)) as emulator:
            assert await recognize(emulator.address, [config_request(), *AUDIO])
            with pytest.raises(exceptions.ResourceExhausted):
                await recognize(emulator.address, [config_request(), *AUDIO[:2]])
            assert emulator._streams is not None
            emulator._streams._service.quotas._minute -= 60
            assert await recognize(emulator.address, [config_request(), *AUDIO])


async def limited(call: Any, count: int) -> AsyncIterator[Any]:
    for _ in range(count):
        yield await anext(aiter(call))


class TestConfiguration:
    @pytest.mark.parametrize(
        ("request_", "problem"),
        [
            (
                config_request(language_codes=[]),
                "language_codes: at least one language code must be set",
            ),
            (
                config_request(decoding={"encoding": "AUDIO_ENCODING_UNSPECIFIED"}),
                "explicit_decoding_config.encoding: an encoding must be set",
            ),
            (
                config_request(decoding={"audio_channel_count": 9}),
                "explicit_decoding_config.audio_channel_count: the maximum allowed value is 8",
            ),
            (
                config_request(features={"max_alternatives": 31}),
                "features.max_alternatives: the value must be from 0 to 30",
            ),
            (
                config_request(
                    model="latest_short",
                    features={"multi_channel_mode": "SEPARATE_RECOGNITION_PER_CHANNEL"},
                ),
                "features.multi_channel_mode: cannot be selected if the model is latest_short",
            ),
            (
                config_request(translation_config={}),
                "translation_config.target_language: a target language must be set",
            ),
            (
                config_request(transcript_normalization={"entries": [{"search": "a"}] * 101}),
                "transcript_normalization.entries: at most 100 entries are allowed",
            ),
            (
                config_request(transcript_normalization={"entries": [{"search": "a" * 101}]}),
                "transcript_normalization.entries[0].search: at most 100 characters are allowed",
            ),
            (
                config_request(adaptation=phrases(*[1] * 21)),
                "adaptation.phrase_sets: at most 20 are allowed, not 21",
            ),
            (
                config_request(adaptation={"custom_classes": [{}] * 21}),
                "adaptation.custom_classes: at most 20 are allowed, not 21",
            ),
            (
                config_request(adaptation=phrases(1_201)),
                "adaptation.phrase_sets[0].phrases: at most 1200 are allowed, not 1201",
            ),
            (
                config_request(adaptation=phrases(1_000, 1_000, 1_000, 1_000, 1_000, 1)),
                "adaptation.phrase_sets.phrases: at most 5000 are allowed, not 5001",
            ),
            (
                config_request(recognizer=named("us"), model="chirp_3", adaptation=phrases(1_000, 1)),
                "adaptation.phrase_sets.phrases: at most 1000 are allowed, not 1001",
            ),
            (
                config_request(adaptation=phrases(1, text="a" * 101)),
                "adaptation.phrase_sets[0].phrases: at most 100 characters are allowed in a phrase",
            ),
            (
                config_request(adaptation=phrases(501, 500, text="a" * 100)),
                "adaptation.phrase_sets.phrases: at most 100000 characters are allowed, not 100100",
            ),
            (
                config_request(adaptation=phrases(1, boost=20.5)),
                "adaptation.phrase_sets[0].boost: the value must be above 0 and at most 20",
            ),
            (
                config_request(adaptation={"custom_classes": [{"items": [{"value": "a"}] * 501}]}),
                "adaptation.custom_classes[0].items: at most 500 are allowed, not 501",
            ),
            (
                config_request(adaptation={"custom_classes": [{"items": [{"value": "a" * 501}]}]}),
                "adaptation.custom_classes[0].items: at most 500 characters are allowed in an item",
            ),
        ],
    )
    async def test_what_is_out_of_range_is_refused_field_by_field(
        self, emulator: Emulator, request_: types.StreamingRecognizeRequest, problem: str
    ) -> None:
        with pytest.raises(exceptions.InvalidArgument) as refusal:
            await recognize(emulator.address, [request_])
        assert refusal.value.message == invalid(problem)

    async def test_all_that_is_wrong_is_told_at_once(self, emulator: Emulator) -> None:
        request = config_request(
            explicit_decoding_config=None, language_codes=[], features={"max_alternatives": -1}
        )
        with pytest.raises(exceptions.InvalidArgument) as refusal:
            await recognize(emulator.address, [request])
        assert refusal.value.message.count("\n  * ") == 3

    @pytest.mark.parametrize(
        ("features", "text"),
        [
            (
                {"voice_activity_timeout": {"speech_start_timeout": {"seconds": 5}}},
                "needs enable_voice_activity_events",
            ),
            (
                {
                    "enable_voice_activity_events": True,
                    "voice_activity_timeout": {"speech_start_timeout": {"nanos": 500_000_000}},
                },
                "speech_start_timeout must be greater than 0.5 s and less than 60 s, not 0.5 s",
            ),
            (
                {
                    "enable_voice_activity_events": True,
                    "voice_activity_timeout": {"speech_end_timeout": {"seconds": 60}},
                },
                "speech_end_timeout must be greater than 0.5 s and less than 60 s, not 60 s",
            ),
        ],
    )
    async def test_voice_activity_timeouts_have_their_range(
        self, emulator: Emulator, features: dict[str, Any], text: str
    ) -> None:
        with pytest.raises(exceptions.InvalidArgument, match=text):
            await recognize(emulator.address, [config_request(streaming_features=features)])

    async def test_what_is_just_in_range_is_taken(self, emulator: Emulator) -> None:
        request = config_request(
            decoding={"sample_rate_hertz": 48_000, "audio_channel_count": 8},
            features={"max_alternatives": 30},
            adaptation=phrases(1_200, text="a" * 80, boost=20),
            streaming_features={
                "enable_voice_activity_events": True,
                "voice_activity_timeout": {"speech_end_timeout": {"nanos": 501_000_000}},
            },
        )
        assert await recognize(emulator.address, [request, audio(25_600)]) == []

    async def test_a_language_that_the_recognizer_does_not_know_is_refused(self) -> None:
        class English(Coded):
            language_codes = frozenset({"en-US"})

        async with Emulator(English()) as emulator:
            with pytest.raises(exceptions.InvalidArgument) as refusal:
                await recognize(emulator.address, [config_request(language_codes=["de-DE"])])
            await recognize(emulator.address, [config_request(language_codes=["en-us"])])
            await recognize(emulator.address, [config_request(language_codes=["de-DE", "en-US"])])
        assert refusal.value.message == (
            'The language "de-DE" is not supported by the model "long" in the location named "global".'
        )


class TestStatusDetails:
    async def test_are_those_that_were_recorded_from_the_service(self) -> None:
        # pipecat#2180 has the bytes as Python prints them.
        text = "Stream timed out after receiving no more client requests."
        recorded = (
            b"\010\n\022\007generic\0329"
            + text.encode()
            + b"*D\013\020\206\326\215'\032;\0229"
            + text.encode()
            + b"\014"
        )
        assert emulator_status._status_proto(10, text) == recorded
        async with Emulator(Coded(), limits=Limits(idle_seconds=0.05)) as emulator:
            with pytest.raises(exceptions.Aborted) as refusal:
                await hold(emulator, [])  # what is sent might meet the refusal, and hide it
        (call,) = refusal.value.errors
        (detail,) = rpc_status.from_call(call).details
        assert (detail.type_url, detail.value) == (BACKEND, recorded)

    async def test_may_be_left_out_where_they_were_never_seen(self) -> None:
        assumptions = Assumptions(status_proto_on_every_refusal=False)
        limits = Limits(idle_seconds=0.05)
        async with Emulator(Coded(), assumptions=assumptions, limits=limits) as emulator:
            with pytest.raises(exceptions.InvalidArgument) as refusal:
                await recognize(emulator.address, [])
            with pytest.raises(exceptions.Aborted) as idle:
                await hold(emulator, [])
        assert rpc_status.from_call(refusal.value.errors[0]) is None
        assert details_of(idle.value) == [BACKEND]


class TestErrorInfo:
    async def test_may_be_left_out_as_it_was_seen_of_other_services_alone(self) -> None:
        assumptions = Assumptions(error_info=False)
        project = Project(enabled=False)
        async with Emulator(Coded(), assumptions=assumptions, project=project) as emulator:
            with pytest.raises(exceptions.PermissionDenied) as refusal:
                await recognize(emulator.address, [])
        assert [type(detail) for detail in details_of(refusal.value)] == [Help]


async def hold(
    emulator: Emulator, requests: Sequence[types.StreamingRecognizeRequest]
) -> list[types.StreamingRecognizeResponse]:
    """What the service answers to ``requests`` if no half-close follows."""

    async def stream() -> AsyncIterator[types.StreamingRecognizeRequest]:
        for request in requests:
            yield request
        await asyncio.get_running_loop().create_future()

    async with bare.bare_client(emulator.address) as client:
        return [response async for response in await client.streaming_recognize(requests=stream())]
