"""What becomes of the words when things go wrong, by client: ``python -m tests.peers.compare``.

Each client hears coded audio at the pace of speech, in frames of 20 ms, on an emulator of its own, and
each case does something to its streams. Counted are the words that were lost, came twice or were cut,
and how far the worst time was off. Where an error ends a client, so does its run.

For the cases about renewals, five minutes are scaled to 15 seconds by `SCALE`, and so is the age at
which a client renews its streams by itself, which it keeps in a constant: 240 s become 12 s. Nothing
else of a client is touched. So designs can be compared; the rates are not those of production, where
renewals are twenty times rarer.

``--client NAME --case NAME`` runs one of them, and prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from google.auth import credentials
from google.cloud.speech_v2 import SpeechAsyncClient, types

from asyncspeech import Client, RenewalPolicy, SessionConfig
from asyncspeech.emulator import (
    Abort,
    Close,
    Coded,
    Delay,
    Emulator,
    Faults,
    Limits,
    RefuseConnections,
    coded,
)
from tests.peers.redirect import every_speech_client_at, service_account_info
from tests.support.bare import config_request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from asyncspeech.emulator.coded import CodedRecording

    Heard = list[tuple[str, float | None, float | None]]

SCALE = 1 / 20
RATE = 16_000
FRAME_SECONDS = 0.02
LATENCY = Delay(0.3)
PATIENCE = 8.0  # seconds for what is still due when the audio has ended


@dataclass(frozen=True)
class Case:
    """What is said, and what is done to it.

    Attributes:
        seconds: About how long somebody speaks.
        faults: What the emulator does.
        talks_on: Whether there is no pause in it.
        is_scaled: Whether it is about renewals, and a stream lasts 15 s.
        mute: A pause in which nothing is sent: after so many seconds, for so many.
    """

    seconds: float = 30.0
    faults: tuple[Any, ...] = (LATENCY,)
    talks_on: bool = False
    is_scaled: bool = False
    mute: tuple[float, float] | None = None

    def recording(self) -> CodedRecording:
        """What is said."""
        if self.talks_on:
            words = round(self.seconds / 0.35)
            return coded.encode(words, words_per_utterance=words)
        words = 5 * round(self.seconds / 2.4)
        return coded.encode(words)


CASES = {
    "renewals": Case(60.0, is_scaled=True),
    "no pause": Case(60.0, talks_on=True, is_scaled=True),
    "broken once": Case(faults=(LATENCY, Abort("UNAVAILABLE", stream=1, at=8.3))),
    "outage of 8 s": Case(
        faults=(
            LATENCY,
            RefuseConnections(8.0, stream=1, at=8.2),
            Abort("UNAVAILABLE", stream=1, at=8.3),
            *(Abort("UNAVAILABLE", stream=number) for number in range(2, 6)),
        )
    ),
    "closed early": Case(faults=(LATENCY, Close(stream=1, at=8.3))),
    "muted": Case(mute=(8.3, 12.0)),
}


# The clients. Each hears what `paced` gives and tells its words; what ends it is raised.


async def paced(recording: CodedRecording, case: Case) -> AsyncGenerator[bytes, None]:
    """Frames, each when it is due."""
    size = 2 * round(FRAME_SECONDS * RATE)
    now = asyncio.get_running_loop().time
    start = now()
    muted = False
    for number, position in enumerate(range(0, len(recording.audio), size)):
        due = number * FRAME_SECONDS
        if case.mute and not muted and due >= case.mute[0]:
            await asyncio.sleep(case.mute[1])
            start, muted = start + case.mute[1], True
        await asyncio.sleep(max(0.0, start + due - now()))
        yield recording.audio[position : position + size]


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


async def bare(recording: CodedRecording, case: Case, heard: Heard, _: str) -> None:
    async def requests() -> AsyncGenerator[Any, None]:
        yield config_request(features={"enable_word_time_offsets": True})
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
        credentials_info=service_account_info(),
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
        credentials=json.dumps(service_account_info()),
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
        async for audio in paced(recording, case):
            await worker.queue_frame(frames.InputAudioRawFrame(audio, RATE, 1))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), PATIENCE)
        await worker.queue_frame(frames.EndFrame())


@dataclass(frozen=True)
class Peer:
    """A client, and the package it comes in."""

    package: str
    hear: Callable[[CodedRecording, Case, Heard, str], Awaitable[None]]


PEERS = {
    "asyncspeech": Peer("asyncspeech", ours),
    "bare": Peer("google-cloud-speech", bare),
    "livekit": Peer("livekit-plugins-google", livekit),
    "pipecat": Peer("pipecat-ai", pipecat),
}


async def measure(peer: Peer, case: Case) -> dict[str, Any]:
    """One client, in one case."""
    recording = case.recording()
    limits = replace(Limits(), stream_seconds=300 * SCALE) if case.is_scaled else Limits()
    heard: Heard = []
    ended = ""
    async with (
        Emulator(Coded(), limits=limits, faults=Faults(*case.faults)) as emulator,
        every_speech_client_at(emulator.address),
    ):
        length = len(recording.audio) / 2 / RATE + (case.mute[1] if case.mute else 0)
        try:
            async with asyncio.timeout(length + PATIENCE + 10):
                await peer.hear(recording, case, heard, emulator.address)
        except TimeoutError:
            ended = "goes on, and hears nothing"
        except Exception as error:  # noqa: BLE001 - whatever ends it is what is measured
            ended = type(_first(error)).__name__
        streams = len(emulator.streams)
    return {"streams": streams, "ended": ended, **asdict(coded.score(recording, heard))}


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _measure_apart(gate: asyncio.Semaphore, name: str, case: str) -> dict[str, Any]:
    """In a process of its own, as each leads all clients of its process to its emulator."""
    arguments = ["-m", "tests.peers.compare", "--client", name, "--case", case]
    async with gate:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        output, _ = await process.communicate()
    lines = output.decode().splitlines()
    return json.loads(lines[-1]) if lines else {"ended": f"exit code {process.returncode}"}


async def compare(at_once: int) -> None:
    """Print a table in Markdown: a row for each case."""
    gate = asyncio.Semaphore(at_once)
    async with asyncio.TaskGroup() as tasks:
        runs = {
            (case, name): tasks.create_task(_measure_apart(gate, name, case))
            for case in CASES
            for name in PEERS
        }
    rows = [
        [
            "lost / repeated / cut",
            *(f"{peer.package} {version(peer.package)}" for peer in PEERS.values()),
        ]
    ]
    rows.append(["---"] * len(rows[0]))
    for name, case in CASES.items():
        cells = [_cell(runs[name, peer].result()) for peer in PEERS]
        rows.append([f"{name}, {len(case.recording().words)} words", *cells])
    sys.stdout.writelines(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(run: dict[str, Any]) -> str:
    if "expected" not in run:
        return str(run["ended"])
    counts = " / ".join(str(run[name]) for name in ("lost", "repeated", "garbled"))
    return f"{counts}, {run['worst_error']:.2f} s, {run['streams']} streams {run['ended']}".strip()


def main() -> None:
    """Measure one, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--client", choices=PEERS)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--at-once", type=int, default=4)
    arguments = parser.parse_args()
    if arguments.client and arguments.case:
        logging.disable()
        run = asyncio.run(measure(PEERS[arguments.client], CASES[arguments.case]))
        sys.stdout.write(json.dumps(run) + "\n")
        sys.stdout.flush()
        os._exit(0)  # some clients leave threads behind
    asyncio.run(compare(arguments.at_once))


if __name__ == "__main__":
    main()
