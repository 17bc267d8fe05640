"""A client and its sessions against the emulator: real gRPC, coded audio, words counted."""

from __future__ import annotations

import asyncio
import gc
import math
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

import anyio
import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.speech_v2 import types

import asyncspeech
from asyncspeech import Client, ConfigurationError, EncodedAudio, SessionConfig, UsageError
from asyncspeech.config import RetryPolicy
from asyncspeech.emulator import Coded, Emulator, coded
from asyncspeech.errors import InvalidRequestError, StreamLostError
from asyncspeech.transport import channels
from tests.support.servers import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from asyncspeech import Session, Transcript
    from asyncspeech.emulator import Limits, Recognizer
    from asyncspeech.emulator.coded import CodedRecording

RECORDING = coded.encode(25)


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[Client]:
    async with Client(emulator_host=emulator.address) as opened:
        yield opened


def score(transcript: Transcript, recording: CodedRecording = RECORDING) -> coded.CodedScore:
    return coded.score(recording, [(word.text, word.start, word.end) for word in transcript.words])


async def feed(session: Session, audio: bytes = RECORDING.audio, size: int = 3_200) -> None:
    for start in range(0, len(audio), size):
        await session.send(audio[start : start + size])
    await session.end()


class TestSession:
    @pytest.mark.parametrize("size", [1_001, 3_200, 25_601, len(RECORDING.audio)])
    async def test_every_word_arrives_once_whole_in_order_and_at_its_time(
        self, client: Client, size: int
    ) -> None:
        async with client.session() as session, anyio.create_task_group() as tasks:
            tasks.start_soon(feed, session, RECORDING.audio, size)
            results = [result async for result in session]
        assert score(session.transcript) == coded.CodedScore(expected=25)
        assert [result for result in results if result.is_final] == list(session.transcript.results)
        assert session.stats.audio_sent == RECORDING.duration
        assert session.stats.billed == math.ceil(RECORDING.duration)
        assert session.stats.streams_opened == 1

    async def test_interims_lead_up_to_their_final(self, client: Client) -> None:
        async with client.session(source=_chunks()) as session:
            segments: dict[int, list[str]] = {}
            async for result in session:
                segments.setdefault(result.segment, []).append(result.text)
        assert len(segments) == 5
        for texts in segments.values():
            assert all(text == texts[-1][: len(text)] for text in texts)

    async def test_one_channel_serves_many_sessions(self, client: Client) -> None:
        transcripts = await asyncio.gather(*(client.transcribe(_chunks()) for _ in range(20)))
        assert all(score(transcript).is_perfect for transcript in transcripts)
        assert len(client._channels) == 1

    async def test_more_streams_than_a_connection_takes_get_another(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(channels, "STREAMS_PER_CHANNEL", 5)
        transcripts = await asyncio.gather(*(client.transcribe(_chunks()) for _ in range(12)))
        assert all(score(transcript).is_perfect for transcript in transcripts)
        assert len(client._channels) == 3

    async def test_a_refusal_is_typed_and_told_once(self, client: Client) -> None:
        features = types.RecognitionFeatures(diarization_config={})
        raw = types.StreamingRecognitionConfig(config=types.RecognitionConfig(features=features))
        with pytest.raises(InvalidRequestError, match="speaker_diarization") as refusal:
            await client.transcribe(_chunks(), SessionConfig(raw=raw))
        assert refusal.value.code == "INVALID_ARGUMENT"
        assert isinstance(refusal.value.__cause__, Exception)

    async def test_a_service_that_breaks_off_leaves_what_was_final(self) -> None:
        chunk = RECORDING.audio[40_000:43_200]
        hears = asyncio.Event()

        async def break_off(requests: Any, context: Any) -> None:
            async for message in requests:
                if message.audio:
                    hears.set()
                # Once it hears, it has enough: of every later stream at its configuration.
                if hears.is_set():
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "going away")

        async with serving(break_off) as address, Client(emulator_host=address) as client:
            with pytest.raises(StreamLostError) as lost:
                async with client.session(retry=RetryPolicy(max_outage=0.2)) as session:
                    await session.send(chunk)
                    await hears.wait()
                    await session.send(chunk)
                    await session.wait()
        assert lost.value.code == "UNAVAILABLE"
        assert lost.value.partial == session.transcript
        assert lost.value.unsent == session.transcript.duration


async def _chunks(recording: CodedRecording = RECORDING) -> AsyncIterator[bytes]:
    for start in range(0, len(recording.audio), 3_200):
        yield recording.audio[start : start + 3_200]


async def _live(client: Client) -> Session:
    """A session with audio on its way to the emulator and no end in sight."""
    session = client.session()
    await session.__aenter__()
    await session.send(RECORDING.audio[:64_000])
    await anext(session)
    return session


class TestLeaving:
    """Over real gRPC: at once, and with no task or call left behind."""

    @pytest.mark.parametrize("error", [ZeroDivisionError, asyncio.CancelledError])
    async def test_by_an_exception_or_cancellation_takes_less_than_100_ms(
        self, client: Client, error: type[BaseException]
    ) -> None:
        await client.transcribe(_chunks())  # opens the channel, with the tasks that it keeps
        before = asyncio.all_tasks()
        took = []
        for _ in range(3):  # the machine may be busy with something else once or twice
            with pytest.raises(error):
                async with client.session() as session:
                    await session.send(RECORDING.audio[:64_000])
                    await anext(session)
                    began = time.perf_counter()
                    raise error
            await _settle(before)
            took.append(time.perf_counter() - began)
            assert client.sessions == ()
        assert min(took) < 0.1

    async def test_normally_waits_for_every_result(self, client: Client) -> None:
        async with client.session() as session:
            await session.send(RECORDING.audio)
        assert score(session.transcript).is_perfect

    async def test_by_a_timeout_while_draining_ends_at_once(self) -> None:
        async def never_answer(requests: Any, context: Any) -> None:
            del context
            async for _ in requests:
                pass
            await asyncio.get_running_loop().create_future()

        async with serving(never_answer) as address, Client(emulator_host=address) as client:
            began = time.perf_counter()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2), client.session() as session:
                    await session.send(RECORDING.audio)
            assert time.perf_counter() - began < 0.3


async def _settle(before: set[asyncio.Task[Any]]) -> None:
    """Wait until no task is there but those ``before``, and those of the emulator's own server."""
    deadline = time.perf_counter() + 1
    while left := {task for task in asyncio.all_tasks() - before if "AioServer" not in repr(task)}:
        assert time.perf_counter() < deadline, left
        await asyncio.sleep(0.001)


class TestClient:
    async def test_sessions_above_the_limit_wait_for_their_turn(self, emulator: Emulator) -> None:
        async with Client(emulator_host=emulator.address, max_sessions=1) as client:
            async with client.session() as first:
                second = client.session()
                entering = asyncio.create_task(second.__aenter__())
                await asyncio.sleep(0)
                assert list(client.sessions) == [first]
                assert not entering.done()
            await entering
            assert list(client.sessions) == [second]
            await second.__aexit__(None, None, None)
        assert client.sessions == ()

    async def test_a_cancelled_wait_for_a_turn_takes_no_place(self, emulator: Emulator) -> None:
        async with Client(emulator_host=emulator.address, max_sessions=1) as client:
            async with client.session():
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.01), client.session():
                        pass
            async with client.session():
                pass

    async def test_whoever_waits_for_a_turn_when_the_client_closes_is_told_so(
        self, emulator: Emulator
    ) -> None:
        async with Client(emulator_host=emulator.address, max_sessions=1) as client:
            first, second = client.session(), client.session()
            await first.__aenter__()
            entering = asyncio.create_task(second.__aenter__())
            await asyncio.sleep(0)
        await first.__aexit__(None, None, None)
        with pytest.raises(UsageError, match="closed"):
            await entering

    async def test_closing_the_client_drains_its_sessions(self, emulator: Emulator) -> None:
        async with Client(emulator_host=emulator.address) as client:
            session = client.session()
            await session.__aenter__()
            await session.send(RECORDING.audio)
        assert score(session.transcript).is_perfect
        await session.__aexit__(None, None, None)

    async def test_leaving_the_client_by_an_exception_ends_its_sessions(
        self, emulator: Emulator
    ) -> None:
        with pytest.raises(ZeroDivisionError):
            async with Client(emulator_host=emulator.address) as client:
                session = await _live(client)
                raise ZeroDivisionError
        assert [result async for result in session if result.is_final] == []
        await session.__aexit__(None, None, None)

    async def test_a_client_is_used_inside_its_block_and_entered_once(self, emulator: Emulator) -> None:
        client = Client(emulator_host=emulator.address)
        with pytest.raises(UsageError, match="not open yet"):
            client.session()
        async with client:
            with pytest.raises(UsageError, match="entered once"):
                await client.__aenter__()
            late = client.session()
        with pytest.raises(UsageError, match="closed"):
            client.session()
        with pytest.raises(UsageError, match="closed"):
            async with late:
                pass

    async def test_a_client_belongs_to_its_loop(self, client: Client) -> None:
        async def elsewhere() -> None:
            client.session()

        with pytest.raises(UsageError, match="another event loop"):
            await anyio.to_thread.run_sync(asyncio.run, elsewhere())

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("max_sessions", 0),
            ("max_sessions", 1.5),
            ("max_sessions", "many"),
            ("location", ""),
            ("location", None),
            ("location", "us/"),
            ("project", 5),
            ("project", "My Project"),
            ("project", "projects/p"),
            ("project", "\ud800"),
            ("emulator_host", b"localhost:1"),
            ("emulator_host", "local host"),
            ("client_options", 5),
            ("client_options", "api_endpoint"),
            ("credentials", "key.json"),
        ],
    )
    def test_a_setting_that_cannot_be_is_refused(self, field: str, value: object) -> None:
        with pytest.raises(ConfigurationError) as refusal:
            Client(**{field: value})  # type: ignore[arg-type]
        assert refusal.value.field == field

    async def test_an_unknown_field_is_refused_by_name(self, client: Client) -> None:
        with pytest.raises(ConfigurationError) as caught:
            client.session(model="long", sample_rate=16_000)
        assert str(caught.value) == "sample_rate: there is no such setting"
        assert caught.value.hint == "did you mean 'sample_rate_hertz'?"

    @pytest.mark.parametrize("config", ["long", 0, {"model": "long"}, RetryPolicy(), SessionConfig])
    async def test_what_is_no_configuration_is_refused(self, client: Client, config: Any) -> None:
        with pytest.raises(ConfigurationError, match=r"^config: .* is not a SessionConfig$"):
            client.session(config)
        async with client.session() as session:
            with pytest.raises(ConfigurationError, match=r"^config: .* is not a SessionConfig$"):
                await session.reconfigure(config)

    async def test_changes_are_laid_over_the_config(self, client: Client) -> None:
        session = client.session(SessionConfig(model="short"), language_codes=("de-DE",))
        assert (session.config.model, session.config.language_codes) == ("short", ("de-DE",))

    async def test_a_client_for_google_is_opened_without_the_network(self) -> None:
        credentials = AnonymousCredentials()
        async with Client("p", location="eu", credentials=credentials) as client:
            assert client._endpoint.recognizer("_") == "projects/p/locations/eu/recognizers/_"


class TestLocal:
    async def test_a_local_client_needs_nothing_but_a_recognizer(self) -> None:
        async with Client.local(recognizer=Coded()) as client:
            assert score(await client.transcribe(_chunks())).is_perfect

    async def test_a_local_session_may_last_and_be_silent_for_hours(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[Limits | None] = []

        class Watched(Emulator):
            def __init__(self, recognizer: Recognizer, **arguments: Any) -> None:
                made.append(arguments.get("limits"))
                super().__init__(recognizer, **arguments)

        monkeypatch.setattr("asyncspeech.emulator.Emulator", Watched)
        async with Client.local(recognizer=Coded()) as client:
            assert score(await client.transcribe(_chunks())).is_perfect
        (limits,) = made
        assert limits is not None
        assert limits.stream_seconds == limits.idle_seconds == float("inf")

    async def test_a_language_that_its_recogniser_does_not_know_is_refused_at_once(self) -> None:
        class English(Coded):
            language_codes = frozenset({"en", "en-US"})

        async with Client.local(recognizer=English()) as client:
            with pytest.raises(ConfigurationError, match="knows en, en-US, and not de-DE") as caught:
                client.session(language_codes="de-DE")
            assert "Client.local(recognizer=...)" in caught.value.hint
            client.session(language_codes="EN-us")

    async def test_nothing_is_left_when_it_is_closed(self) -> None:
        before = asyncio.all_tasks()
        async with Client.local(recognizer=Coded()) as client:
            await client.transcribe(_chunks())
        gc.collect()
        await _settle(before)


class TestTranscribe:
    async def test_a_file_is_read_converted_and_recognised(self, client: Client, tmp_path: Path) -> None:
        path = tmp_path / "coded.flac"
        _write(path, RECORDING)
        transcript = await client.transcribe(path)
        assert score(transcript) == coded.CodedScore(expected=25)
        assert transcript.duration == RECORDING.duration

    async def test_bytes_and_the_default_client_do_as_well(
        self, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPEECH_EMULATOR_HOST", emulator.address)
        path = tmp_path / "coded.wav"
        _write(path, RECORDING)
        data = await anyio.Path(path).read_bytes()
        transcript = await asyncspeech.transcribe(data)
        assert score(transcript).is_perfect

    async def test_a_missing_file_is_named(self, client: Client) -> None:
        with pytest.raises(asyncspeech.AudioError, match=r"nowhere\.wav"):
            await client.transcribe("nowhere.wav")

    async def test_a_file_in_pieces_is_decoded_as_it_comes(self, client: Client) -> None:
        transcript = await client.transcribe(EncodedAudio(_pieces(_wav(RECORDING))))
        assert score(transcript) == coded.CodedScore(expected=25)
        assert transcript.duration == RECORDING.duration

    async def test_a_file_in_pieces_that_ends_too_early_leaves_what_was_recognised(
        self, client: Client
    ) -> None:
        half = _wav(RECORDING)[: len(RECORDING.audio) // 2]
        with pytest.raises(asyncspeech.AudioError, match="<encoded audio>: is cut off"):
            async with client.session(source=EncodedAudio(_pieces(half))) as session:
                await session.wait()
        assert session.transcript.text.startswith("w0 w1 w2 w3 w4")
        assert 8 <= len(session.transcript.words) <= 13

    async def test_a_stream_of_another_format_leaves_an_empty_transcript(self, client: Client) -> None:
        with pytest.raises(asyncspeech.AudioError, match="is not audio of any known format"):
            async with client.session(source=EncodedAudio(_pieces(bytes(5_000)))) as session:
                await session.wait()
        assert session.transcript.text == ""

    async def test_it_asks_for_no_interims(self, client: Client) -> None:
        config = SessionConfig(interim_results=True)
        transcript = await client.transcribe(_chunks(), config)
        assert all(result.is_final for result in transcript.results)


def _wav(recording: CodedRecording) -> bytes:
    import soundfile  # noqa: PLC0415 - as below

    file = BytesIO()
    soundfile.write(file, recording.samples, recording.sample_rate_hertz, format="WAV")
    return file.getvalue()


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 5_000):
        yield content[start : start + 5_000]


def _write(path: Path, recording: CodedRecording) -> None:
    import soundfile  # noqa: PLC0415 - not before the import tests have looked

    soundfile.write(path, recording.samples, recording.sample_rate_hertz)
