"""The clients that are compared, each set up as its documentation shows it.

Each hears what `paced` gives and tells its words; what ends it is raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from google.auth import credentials
from google.cloud.speech_v2 import SpeechAsyncClient, SpeechClient, types

from asyncspeech import Client, RenewalPolicy, SessionConfig
from tests.peers.cases import RATE, SCALE
from tests.peers.endless import CHUNK_SECONDS, STREAMING_LIMIT, EndlessStream
from tests.peers.redirect import service_account_info
from tests.support.bare import config_request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from asyncspeech.emulator.coded import CodedRecording
    from tests.peers.cases import Case

    Heard = list[tuple[str, float | None, float | None]]

__all__ = ("PATIENCE", "PEERS", "Peer")

FRAME_SECONDS = 0.02
PATIENCE = 8.0  # seconds for what is still due when the audio has ended
LARGEST_MESSAGE = 25_600


async def paced(
    recording: CodedRecording, case: Case, frame_seconds: float = FRAME_SECONDS
) -> AsyncGenerator[bytes, None]:
    """Frames, each when it is due."""
    size = 2 * round(frame_seconds * RATE)
    now = asyncio.get_running_loop().time
    start = now()
    muted = False
    for number, position in enumerate(range(0, len(recording.audio), size)):
        due = number * frame_seconds
        if case.mute and not muted and due >= case.mute[0]:
            await asyncio.sleep(case.mute[1])
            start, muted = start + case.mute[1], True
        await asyncio.sleep(max(0.0, start + due - now()))
        yield recording.audio[position : position + size]


async def going_on(
    recording: CodedRecording, case: Case, over: asyncio.Event, frame_seconds: float = FRAME_SECONDS
) -> AsyncGenerator[bytes, None]:
    """The same, and then silence until it is ``over``: for clients that are not told of an end.

    When they are ended they give up what is not final yet, so they are given the time before.
    """
    async for audio in paced(recording, case, frame_seconds):
        yield audio
    silence = bytes(2 * round(frame_seconds * RATE))
    for _ in range(round(PATIENCE / frame_seconds)):
        if over.is_set():
            break
        await asyncio.sleep(frame_seconds)
        yield silence


async def ours(recording: CodedRecording, case: Case, heard: Heard, address: str) -> None:
    scaled = RenewalPolicy(after=240 * SCALE, by=285 * SCALE)
    config = SessionConfig(renewal=scaled) if case.is_scaled else SessionConfig()
    async with Client(emulator_host=address) as client, client.session(config) as session:

        async def speak() -> None:
            async for audio in paced(recording, case):
                await session.send(audio)
            await session.end()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak())
            async for result in session:
                if result.is_final:
                    heard += [(word.text, word.start, word.end) for word in result.words]


def first_request() -> types.StreamingRecognizeRequest:
    """What Google's own clients begin with: the same features as the others have without being asked."""
    return config_request(
        features={"enable_word_time_offsets": True}, streaming_features={"interim_results": True}
    )


async def bare(recording: CodedRecording, case: Case, heard: Heard, _: str) -> None:
    async def requests() -> AsyncGenerator[Any, None]:
        yield first_request()
        async for audio in paced(recording, case):
            yield types.StreamingRecognizeRequest(audio=audio)

    anonymous: Any = credentials.AnonymousCredentials
    client = SpeechAsyncClient(credentials=anonymous())
    call: Any = await client.streaming_recognize(requests=requests())
    async for response in call:
        for result in response.results:
            for word in result.alternatives[0].words if result.is_final else ():
                times = (word.start_offset.total_seconds(), word.end_offset.total_seconds())
                heard.append((word.word, *times))


async def sample(
    recording: CodedRecording,
    case: Case,
    heard: Heard,
    _: str,
    *,
    max_bytes: int | None = None,
) -> None:
    limit = round(STREAMING_LIMIT * SCALE) if case.is_scaled else STREAMING_LIMIT
    stream = EndlessStream(limit, max_bytes=max_bytes)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def listen() -> None:
        anonymous: Any = credentials.AnonymousCredentials
        for word in stream.words(SpeechClient(credentials=anonymous()), first_request()):
            heard.append(word)
            if word[0] == recording.words[-1].text:
                loop.call_soon_threadsafe(over.set)

    listening = asyncio.ensure_future(in_thread(listen))
    async for audio in going_on(recording, case, over, CHUNK_SECONDS):
        stream.hear(audio)
        if listening.done():
            await listening
    stream.close()
    # The end may reach a stream that nobody listens to any more. That is no matter: the program is over.
    await asyncio.wait({listening}, timeout=1.0)
    listening.cancel()


async def in_thread(work: Callable[[], None]) -> None:
    """Run ``work`` in a thread that the process need not wait for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish(error: BaseException | None) -> None:
        if not done.done():
            done.set_exception(error) if error else done.set_result(None)

    def run() -> None:
        error = None
        try:
            work()
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is the caller's
            error = raised
        with contextlib.suppress(RuntimeError):  # a loop that has ended has nobody to tell
            loop.call_soon_threadsafe(finish, error)

    threading.Thread(target=run, daemon=True).start()
    await done


async def livekit(recording: CodedRecording, case: Case, heard: Heard, _: str) -> None:
    rtc, agents = import_module("livekit.rtc"), import_module("livekit.agents")
    google = import_module("livekit.plugins.google")
    module = import_module("livekit.plugins.google.stt")
    if case.is_scaled:
        vars(module)["_max_session_duration"] = 240 * SCALE
    speech_to_text = google.STT(
        model="telephony",
        location="global",
        sample_rate=RATE,
        credentials_info=service_account(),
    )
    async with speech_to_text, speech_to_text.stream() as stream:

        async def speak() -> None:
            async for audio in paced(recording, case):
                stream.push_frame(rtc.AudioFrame(audio, RATE, 1, len(audio) // 2))
            stream.end_input()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak())
            async for event in stream:
                if event.type is agents.stt.SpeechEventType.FINAL_TRANSCRIPT:
                    words = event.alternatives[0].words or ()
                    heard += [(str(word), word.start_time, word.end_time) for word in words]


async def pipecat(recording: CodedRecording, case: Case, heard: Heard, _: str) -> None:
    frames = import_module("pipecat.frames.frames")
    pipelines = import_module("pipecat.pipeline.pipeline")
    workers = import_module("pipecat.pipeline.worker")
    runners = import_module("pipecat.workers.runner")
    module = import_module("pipecat.services.google.stt")
    service = module.GoogleSTTService(
        credentials=json.dumps(service_account()),
        location="global",
        settings=module.GoogleSTTService.Settings(model="long", enable_word_time_offsets=True),
    )
    if case.is_scaled:
        service.STREAMING_LIMIT = round(240_000 * SCALE)
    worker = workers.PipelineWorker(
        pipelines.Pipeline([service]), params=workers.PipelineParams(audio_in_sample_rate=RATE)
    )
    worker.set_reached_downstream_filter((frames.TranscriptionFrame,))
    started, over = asyncio.Event(), asyncio.Event()

    async def on_started(*_: Any) -> None:
        started.set()

    async def on_transcription(_: Any, frame: Any) -> None:
        for word in frame.result.alternatives[0].words:
            times = (word.start_offset.total_seconds(), word.end_offset.total_seconds())
            heard.append((word.word, *times))
        if frame.text.endswith(recording.words[-1].text):
            over.set()

    worker.add_event_handler("on_pipeline_started", on_started)
    worker.add_event_handler("on_frame_reached_downstream", on_transcription)
    runner = runners.WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(runner.run())
        await started.wait()
        async for audio in going_on(recording, case, over):
            await worker.queue_frame(frames.InputAudioRawFrame(audio, RATE, 1))
        await worker.queue_frame(frames.EndFrame())


@cache
def service_account() -> dict[str, str]:
    """A key that opens nothing. To make it takes a while, which is not the clients'."""
    return service_account_info()


@dataclass(frozen=True)
class Peer:
    """A client.

    Attributes:
        package: What it comes in, or is written with.
        hear: Has it hear a recording.
        title: What it is called in a table, if not by its package.
        modules: What it imports only when it is used.
    """

    package: str
    hear: Callable[[CodedRecording, Case, Heard, str], Awaitable[None]]
    title: str = "{}"
    modules: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return self.title.format(f"{self.package} {version(self.package)}")

    def prepare(self) -> None:
        """Do what every program does once, before it hears anything."""
        for module in self.modules:
            import_module(module)
        service_account()


# What gRPC imports for a channel that is not asyncio's.
SYNCHRONOUS_MODULES = ("grpc._channel", "grpc._interceptor")

PEERS = {
    "asyncspeech": Peer("asyncspeech", ours, modules=("anyio._backends._asyncio",)),
    "bare": Peer("google-cloud-speech", bare),
    "sample": Peer("google-cloud-speech", sample, "Google's endless sample ({})", SYNCHRONOUS_MODULES),
    "sample-cut": Peer(
        "google-cloud-speech",
        partial(sample, max_bytes=LARGEST_MESSAGE),
        "the same sample, with its messages cut",
        SYNCHRONOUS_MODULES,
    ),
    "livekit": Peer(
        "livekit-plugins-google",
        livekit,
        modules=("livekit.rtc", "livekit.agents", "livekit.plugins.google.stt"),
    ),
    "pipecat": Peer(
        "pipecat-ai",
        pipecat,
        modules=(
            "pipecat.frames.frames",
            "pipecat.pipeline.pipeline",
            "pipecat.pipeline.worker",
            "pipecat.workers.runner",
            "pipecat.services.google.stt",
        ),
    ),
}
