"""Every kind of error, provoked as users meet it: its type, code and facts, and what is printed."""

from __future__ import annotations

import sys
import traceback
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud.speech_v2 import types

import asyncspeech
from asyncspeech import AsyncSpeechError, Budget, Client, RetryPolicy, ServiceError, errors
from asyncspeech.config import BufferPolicy
from asyncspeech.emulator import Abort, Coded, Emulator, Faults, Limits, Project, Stall, coded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

pytestmark = pytest.mark.filterwarnings("ignore::asyncspeech.errors.ConfigurationWarning")

NUMBER = Project().number
ENABLE = (
    f"https://console.developers.google.com/apis/api/speech.googleapis.com/overview?project={NUMBER}"
)
ROLE = (
    "grant the caller roles/speech.client, and see that the project is the one you mean; "
    "'asyncspeech doctor' shows both"
)
SPEAKERS = types.StreamingRecognitionConfig(
    config=types.RecognitionConfig(features=types.RecognitionFeatures(diarization_config={}))
)


async def talk(client: Client, **changes: Any) -> None:
    """A session with a little audio."""
    async with client.session(**changes) as session:
        await session.send(coded.encode(2).audio)
        await session.end()
        await session.wait()


async def talk_on(client: Client, **changes: Any) -> None:
    async with client.session(**changes) as session:
        for _ in range(40):
            await session.send(bytes(3_200))


async def send_after_the_end(client: Client) -> None:
    async with client.session() as session:
        await session.end()
        await session.send(bytes(2))


async def send_without_waiting(client: Client) -> None:
    async with client.session(buffer=BufferPolicy(max_seconds=1.0)) as session:
        for _ in range(40):
            session.send_nowait(bytes(3_200))


async def enter_twice(client: Client) -> None:
    await client.__aenter__()


async def open_one_too_many(client: Client) -> None:
    async with client.session() as first:
        await first.send(coded.encode(2).audio)
        await first.next_final()
        await talk(client, retry=RetryPolicy(max_outage=0.4))


async def miss_the_recogniser(_: Client) -> None:
    saved = {
        name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith("pocketsphinx")
    }
    sys.modules["pocketsphinx"] = None  # type: ignore[assignment]
    try:
        async with Client.local() as client:
            await talk(client)
    finally:
        del sys.modules["pocketsphinx"]
        sys.modules.update(saved)


async def miss_credentials(_: Client) -> None:
    async with Client("p"):
        pass


@dataclass(frozen=True)
class Case:
    """A mistake or a mishap, and the error that it is."""

    kind: type[AsyncSpeechError]
    code: str
    text: str
    hint: str
    do: Callable[[Client], Awaitable[None]] = talk
    changes: Mapping[str, Any] = field(default_factory=dict)
    emulator: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


CASES = [
    Case(
        errors.ConfigurationError,
        "CONFIGURATION",
        "sample_rate_hertz: 4000 is not a whole number from 8000 to 48000",
        "",
        changes={"sample_rate_hertz": 4_000},
        facts={"field": "sample_rate_hertz"},
    ),
    Case(
        errors.CredentialsError,
        "CREDENTIALS",
        "no Google credentials were found on this machine",
        "run 'gcloud auth application-default login', set GOOGLE_APPLICATION_CREDENTIALS, or use "
        "Client.local(), which needs none",
        miss_credentials,
    ),
    Case(
        errors.AudioError,
        "AUDIO",
        "nowhere.flac: there is no such file",
        "",
        lambda client: client.transcribe("nowhere.flac"),  # type: ignore[arg-type, return-value]
        facts={"source": "nowhere.flac", "reason": "there is no such file"},
    ),
    Case(
        errors.UsageError,
        "USAGE",
        "a client is entered once",
        "make another, or enter it further out",
        enter_twice,
    ),
    Case(
        errors.SessionClosedError,
        "SESSION_CLOSED",
        "the session takes no audio: it is ended",
        "open a new session for more audio; one session ends once",
        send_after_the_end,
    ),
    Case(
        errors.BufferOverflowError,
        "BUFFER_OVERFLOW",
        "1.0 s of audio wait to be sent, and the buffer holds 1 s",
        "use 'await session.send(...)', which waits, or raise BufferPolicy.max_seconds",
        send_without_waiting,
    ),
    Case(
        errors.BudgetExceededError,
        "BUDGET_EXCEEDED",
        "the session's budget of $0.0003 is spent",
        "the transcript up to here is in .partial; a longer session wants a larger Budget",
        lambda client: talk_on(client, budget=Budget(usd=0.0003)),
        facts={"budget": 0.0003, "spent": pytest.approx(0.016 / 60)},
    ),
    Case(
        errors.MissingExtraError,
        "MISSING_EXTRA",
        "The local recogniser, PocketSphinx, needs the extra 'local', which is not installed",
        "pip install 'asyncspeech[local]'",
        miss_the_recogniser,
        facts={"extra": "local"},
    ),
    Case(
        errors.AuthenticationError,
        "UNAUTHENTICATED",
        "UNAUTHENTICATED: Request had invalid authentication credentials. Expected OAuth 2 access "
        "token, login cookie or other valid authentication credential. "
        "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        "renew them with 'gcloud auth application-default login', or check the key that is used",
        emulator={"project": Project(access_token="t")},
        facts={"reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED"},
    ),
    Case(
        errors.PermissionDeniedError,
        "PERMISSION_DENIED",
        "PERMISSION_DENIED: Permission 'speech.recognizers.recognize' denied on resource "
        "(or it may not exist).",
        ROLE,
        emulator={"project": Project(permissions=frozenset())},
        facts={
            "permission": "speech.recognizers.recognize",
            "resource": "projects/p/locations/global/recognizers/_",
            "reason": "IAM_PERMISSION_DENIED",
        },
    ),
    Case(
        errors.ServiceDisabledError,
        "PERMISSION_DENIED",
        f"PERMISSION_DENIED: Cloud Speech-to-Text API has not been used in project {NUMBER} before or "
        f"it is disabled. Enable it by visiting {ENABLE} then retry. If you enabled this API recently, "
        "wait a few minutes for the action to propagate to our systems and retry.",
        f"open {ENABLE}, enable it, and wait a few minutes",
        emulator={"project": Project(enabled=False)},
        facts={"url": ENABLE, "reason": "SERVICE_DISABLED"},
    ),
    Case(
        errors.InvalidRequestError,
        "INVALID_ARGUMENT",
        "INVALID_ARGUMENT: Recognizer does not support feature: speaker_diarization",
        "speakers are told apart in recordings only, by BatchRecognize; on streams, give each a channel",
        changes={"raw": SPEAKERS},
    ),
    Case(
        errors.RecognizerNotFoundError,
        "NOT_FOUND",
        f"NOT_FOUND: Unable to find Recognizer mine from project {NUMBER}.",
        "create it in this project and location, or leave recognizer='_', which needs none",
        changes={"recognizer": "mine"},
        facts={"recognizer": "mine"},
    ),
    Case(
        errors.ModelNotAvailableError,
        "INVALID_ARGUMENT",
        'INVALID_ARGUMENT: The model "chirp_3" does not exist in the location named "global"..',
        "use location='eu' or 'us'; 'asyncspeech models' shows what is where",
        changes={"model": "chirp_3", "strict": False},
        facts={"model": "chirp_3", "location": "global", "locations": ("eu", "us")},
    ),
    Case(
        errors.QuotaExceededError,
        "RESOURCE_EXHAUSTED",
        "RESOURCE_EXHAUSTED: no stream has got anywhere for 0 s; the last stream ended with: Quota "
        "exceeded for quota metric 'speech.googleapis.com/concurrent_streaming_sessions' and limit "
        "'ConcurrentStreamingSessionsPerProjectPerRegion' of service 'speech.googleapis.com' for "
        f"consumer 'project_number:{NUMBER}'.",
        "open fewer sessions at once, use several locations, or ask for more quota: "
        "https://cloud.google.com/docs/quotas/help/request_increase",
        open_one_too_many,
        emulator={"limits": Limits(concurrent_sessions=1)},
        facts={
            "metric": "speech.googleapis.com/concurrent_streaming_sessions",
            "limit": "ConcurrentStreamingSessionsPerProjectPerRegion",
            "reason": "RATE_LIMIT_EXCEEDED",
        },
    ),
    Case(
        errors.StreamLostError,
        "UNAVAILABLE",
        "UNAVAILABLE: no stream has got anywhere for 0 s; the last stream ended with: The service is "
        "currently unavailable.",
        "RetryPolicy.max_outage says how long to go on trying",
        changes={"retry": RetryPolicy(max_outage=0.05)},
        emulator={"faults": Faults(Abort("UNAVAILABLE"))},
    ),
    Case(
        errors.DrainTimeoutError,
        "DEADLINE_EXCEEDED",
        "DEADLINE_EXCEEDED: the audio had ended, and the service said nothing for 0.1 s",
        "a service that needs longer wants a larger SessionConfig.drain_timeout",
        changes={"drain_timeout": 0.1},
        emulator={"faults": Faults(Stall())},
    ),
]


@asynccontextmanager
async def provoked(case: Case) -> AsyncGenerator[AsyncSpeechError, None]:
    async with Emulator(Coded(), **case.emulator) as emulator:
        async with Client("p", emulator_host=emulator.address) as client:
            with pytest.raises(AsyncSpeechError) as raised:
                await case.do(client, **case.changes)
            yield raised.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.__name__)
async def test_it_says_what_happened_and_what_to_do(
    case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("SPEECH_EMULATOR_HOST", raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    async with provoked(case) as error:
        assert type(error) is case.kind
        assert (error.code, str(error), error.hint) == (case.code, case.text, case.hint)
        assert {fact: getattr(error, fact) for fact in case.facts} == case.facts
        lines = traceback.format_exception_only(error)
        name = f"{case.kind.__module__}.{case.kind.__qualname__}"
        hint = [f"Hint: {case.hint}\n"] if case.hint else []
        assert lines == [f"{name}: {case.text}\n", *hint]


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if issubclass(case.kind, ServiceError) and case.kind is not errors.DrainTimeoutError
    ],
    ids=lambda case: case.kind.__name__,
)
async def test_an_error_of_the_service_has_the_librarys_as_its_cause_and_knows_what_there_was(
    case: Case,
) -> None:
    async with provoked(case) as error:
        assert isinstance(error, ServiceError)
        assert isinstance(error.__cause__, exceptions.GoogleAPICallError)
        assert error.__cause__.grpc_status_code is grpc.StatusCode[error.code]
        assert error.partial is not None
        assert error.unsent > 0
        assert error.details or case.kind is errors.StreamLostError


def test_no_kind_is_forgotten() -> None:
    bases = {asyncspeech.AsyncSpeechError, asyncspeech.ServiceError}
    kinds = {getattr(errors, name) for name in errors.__all__} - bases - {errors.ConfigurationWarning}
    assert {case.kind for case in CASES} == kinds
