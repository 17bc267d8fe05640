"""Pipecat's speech-to-text service for Google, as released, in a pipeline of its own."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from asyncspeech.emulator import coded
from tests.peers.redirect import every_speech_client_at, service_account_info
from tests.peers.support import endpoint, models, paced, peer, seconds

if TYPE_CHECKING:
    from asyncspeech.emulator import Emulator
    from asyncspeech.emulator.coded import CodedRecording

frames = peer("pipecat.frames.frames")
pipelines = peer("pipecat.pipeline.pipeline")
workers = peer("pipecat.pipeline.worker")
runners = peer("pipecat.workers.runner")
google = peer("pipecat.services.google.stt")


async def transcribe(service: Any, recording: CodedRecording) -> list[Any]:
    """The service's final transcriptions of a recording.

    A pipeline that ends gives up what is not final yet, so it is ended when the last word is.
    """
    rate = recording.sample_rate_hertz
    worker = workers.PipelineWorker(
        pipelines.Pipeline([service]), params=workers.PipelineParams(audio_in_sample_rate=rate)
    )
    worker.set_reached_downstream_filter((frames.TranscriptionFrame,))
    started, over = asyncio.Event(), asyncio.Event()
    transcriptions: list[Any] = []
    errors: list[str] = []

    async def on_started(*_: Any) -> None:
        started.set()

    async def on_transcription(_: Any, frame: Any) -> None:
        transcriptions.append(frame)
        if frame.text.endswith(recording.words[-1].text):
            over.set()

    async def on_error(_: Any, frame: Any) -> None:
        errors.append(frame.error)
        over.set()

    worker.add_event_handler("on_pipeline_started", on_started)
    worker.add_event_handler("on_frame_reached_downstream", on_transcription)
    worker.add_event_handler("on_pipeline_error", on_error)
    runner = runners.WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async with asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        tasks.create_task(runner.run())
        await started.wait()
        async for audio in paced(recording):
            await worker.queue_frame(frames.InputAudioRawFrame(audio, rate, 1))
        await over.wait()
        await worker.queue_frame(frames.EndFrame())
    assert errors == []
    return transcriptions


@models
async def test_it_hears_every_word_when_it_was_said(
    emulator: Emulator, model: str, location: str, rate: int
) -> None:
    recording = coded.encode(20, sample_rate_hertz=rate)
    async with every_speech_client_at(emulator.address) as endpoints:
        service = google.GoogleSTTService(
            credentials=json.dumps(service_account_info()),
            location=location,
            settings=google.GoogleSTTService.Settings(model=model, enable_word_time_offsets=True),
        )
        said = await transcribe(service, recording)
    words = [
        (word.word, seconds(word.start_offset), seconds(word.end_offset))
        for frame in said
        for word in frame.result.alternatives[0].words
    ]
    score = coded.score(recording, words)
    assert score.is_perfect
    assert score.worst_error < 1e-6
    assert endpoints == [endpoint(location)]


async def test_it_hears_every_word_as_it_is_set_up_by_default(emulator: Emulator) -> None:
    recording = coded.encode(20)
    async with every_speech_client_at(emulator.address) as endpoints:
        service = google.GoogleSTTService(credentials=json.dumps(service_account_info()))
        said = await transcribe(service, recording)
    words = [(text, None, None) for frame in said for text in frame.text.split()]
    score = coded.score(recording, words)
    assert score.is_perfect
    assert len(said) == 4
    assert endpoints == [endpoint("global")]
