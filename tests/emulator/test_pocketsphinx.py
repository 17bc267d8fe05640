"""Real words out of real speech, in worker processes."""

from __future__ import annotations

import asyncio
import csv
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import numpy as np
import pytest
import pytest_asyncio
import soundfile
import soxr

from asyncspeech import Client
from asyncspeech.emulator import Emulator, Hypothesis, RecognitionSettings, SpeechBegin, SpeechEnd
from asyncspeech.errors import ConfigurationError, MissingExtraError, UsageError

pytest.importorskip("pocketsphinx")

import jiwer

from asyncspeech.emulator.recognizers.pocketsphinx import PocketSphinx, WorkerDiedError
from asyncspeech.emulator.recognizers.sphinx_protocol import RequestKind
from tests.support import bare

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech.emulator.recognizer import RecognitionEvent

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "audio"
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def transcripts(folder: Path) -> list[tuple[str, str]]:
    with (folder / "transcripts.tsv").open(newline="") as file:
        return [(row[0], row[1]) for row in csv.reader(file, delimiter="\t")]


def load(path: Path) -> tuple[np.ndarray, int]:
    """A recording's first channel."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    return np.ascontiguousarray(samples[:, 0]), rate


WEATHER, RATE = load(EXAMPLES / "weather.flac")
WEATHER_TEXT = dict(transcripts(EXAMPLES))["weather.flac"]
MEETING, _ = load(EXAMPLES / "meeting.flac")
BRIEF = WEATHER[: 2 * RATE]  # enough to tell a worker in order by


async def recognise(
    recognizer: PocketSphinx,
    samples: np.ndarray,
    *,
    rate: int = RATE,
    interim_results: bool = False,
    sizes: list[int] | None = None,
) -> list[RecognitionEvent]:
    recognition = await recognizer.start(RecognitionSettings(rate, interim_results=interim_results))
    try:
        events: list[RecognitionEvent] = []
        for piece in np.split(samples, np.cumsum(sizes or [rate] * (len(samples) // rate))):
            events += await recognition.accept(piece)
        return events + await recognition.finish()
    finally:
        await recognition.aclose()


class Heard:
    """What a recogniser makes of the recordings: each is recognised once in each way."""

    def __init__(self, recognizer: PocketSphinx) -> None:
        self._recognizer = recognizer
        self._known: dict[tuple[str, int, bool], list[RecognitionEvent]] = {}

    async def sample(self, name: str) -> list[RecognitionEvent]:
        """Without interims, in pieces of a second."""
        samples, rate = load(EXAMPLES / name)
        return await self._of(name, samples, rate, interim_results=False)

    async def weather(self, rate: int = RATE) -> list[RecognitionEvent]:
        """With interims, in pieces of a tenth of a second."""
        return await self._of("weather", at_rate(WEATHER, rate), rate, interim_results=True)

    async def brief(self) -> list[RecognitionEvent]:
        """Without interims."""
        return await self._of("brief", BRIEF, RATE, interim_results=False)

    async def _of(
        self, name: str, samples: np.ndarray, rate: int, *, interim_results: bool
    ) -> list[RecognitionEvent]:
        key = name, rate, interim_results
        if key not in self._known:
            sizes = [rate // 10] * (10 * len(samples) // rate) if interim_results else None
            self._known[key] = await recognise(
                self._recognizer, samples, rate=rate, interim_results=interim_results, sizes=sizes
            )
        return self._known[key]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recognizer() -> AsyncIterator[PocketSphinx]:
    """One for all tests that leave it in order: it takes most of a second to load the models."""
    async with PocketSphinx(workers=1) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heard(recognizer: PocketSphinx) -> Heard:
    """What the recogniser makes of the recordings, and of the brief one before anything goes wrong."""
    heard = Heard(recognizer)
    await heard.brief()
    return heard


@pytest_asyncio.fixture(loop_scope="module")
async def own_recognizer() -> AsyncIterator[PocketSphinx]:
    """For a test that ends its workers, or needs them to begin."""
    async with PocketSphinx(workers=1) as running:
        yield running


def at_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    return samples if rate == RATE else np.asarray(soxr.resample(samples, RATE, rate))


def finals(events: list[RecognitionEvent]) -> list[Hypothesis]:
    return [event for event in events if isinstance(event, Hypothesis) and event.is_final]


def text(events: list[RecognitionEvent]) -> str:
    return " ".join(word.text for final in finals(events) for word in final.words)


@pytest.mark.asyncio(loop_scope="module")
class TestWords:
    @pytest.mark.parametrize(("name", "spoken"), transcripts(EXAMPLES))
    async def test_the_sample_speech_is_understood_word_for_word(
        self, heard: Heard, name: str, spoken: str
    ) -> None:
        assert text(await heard.sample(name)) == spoken

    async def test_each_utterance_is_a_final_between_its_speech_events(self, heard: Heard) -> None:
        events = await heard.sample("meeting.flac")
        assert [type(event) for event in events] == [SpeechBegin, SpeechEnd, Hypothesis] * 3
        for begin, end, final in zip(events[::3], events[1::3], events[2::3], strict=True):
            assert isinstance(begin, SpeechBegin)
            assert isinstance(end, SpeechEnd)
            assert isinstance(final, Hypothesis)
            assert begin.position <= final.words[0].start
            assert final.words[-1].end <= end.position <= final.end

    @pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
    async def test_words_have_times_in_frames_of_the_stream(self, heard: Heard, rate: int) -> None:
        (final,) = finals(await heard.weather(rate))
        positions = [position for word in final.words for position in (word.start, word.end)]
        assert positions == sorted(positions)
        # flite starts to speak after 0.6 s of silence and stops 1.2 s before the end.
        length = len(at_rate(WEATHER, rate))
        assert 0.4 * rate < positions[0] < 0.9 * rate
        assert length - 1.6 * rate < positions[-1] < length - 0.9 * rate

    async def test_confidence_is_a_share_and_not_the_same_for_every_word(self, heard: Heard) -> None:
        (final,) = finals(await heard.sample("weather.flac"))
        confidences = [word.confidence for word in final.words]
        assert all(0 <= confidence <= 1 for confidence in confidences)
        assert len(set(confidences)) > 1
        assert min(confidences) < final.confidence < max(confidences)

    @pytest.mark.parametrize("rate", [16_000, 44_100])
    async def test_events_depend_neither_on_the_chunks_nor_on_what_was_heard_before(
        self, recognizer: PocketSphinx, heard: Heard, rate: int
    ) -> None:
        tenths = await heard.weather(rate)
        await recognise(recognizer, MEETING[: 3 * RATE])
        sizes = np.random.default_rng(rate).integers(1, 8_000, 15).tolist()
        samples = at_rate(WEATHER, rate)
        again = await recognise(recognizer, samples, rate=rate, interim_results=True, sizes=sizes)
        assert again == tenths

    async def test_interims_lead_to_the_final_and_come_only_if_wanted(self, heard: Heard) -> None:
        events = await heard.weather()
        *interims, final = [event for event in events if isinstance(event, Hypothesis)]
        assert len(interims) >= 3
        assert not any(interim.is_final for interim in interims)
        assert final.is_final
        assert [interim.end for interim in interims] == sorted({interim.end for interim in interims})
        assert interims[0].stable_words == 0
        assert any(0 < interim.stable_words < len(interim.words) for interim in interims)
        plain = await heard.sample("weather.flac")
        assert [event for event in plain if isinstance(event, Hypothesis)] == finals(events)

    async def test_silence_and_an_empty_stream_give_nothing(self, recognizer: PocketSphinx) -> None:
        assert await recognise(recognizer, np.zeros(5 * RATE, np.int16)) == []
        assert await recognise(recognizer, np.empty(0, np.int16)) == []

    async def test_speech_that_ends_with_the_stream_is_made_final(self, heard: Heard) -> None:
        events = await heard.brief()
        assert isinstance(events[-2], SpeechEnd)
        assert text(events).startswith("the weather")

    async def test_recognitions_on_one_worker_do_not_mix(
        self, recognizer: PocketSphinx, heard: Heard
    ) -> None:
        first, *_ = finals(await heard.sample("meeting.flac"))
        results = await asyncio.gather(
            *(
                recognise(recognizer, samples, interim_results=True, sizes=[1_600] * 20)
                for samples in (WEATHER, MEETING[: first.end], WEATHER)
            )
        )
        weather, meeting, again = (text(events) for events in results)
        assert weather == again == WEATHER_TEXT
        assert meeting == "thank you for coming today"


def _processes(recognizer: PocketSphinx) -> list[int]:
    return [worker.pid for worker in recognizer._workers]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.asyncio(loop_scope="module")
class TestProcesses:
    async def test_workers_are_made_when_needed_and_used_again(self) -> None:
        async with PocketSphinx(workers=2) as recognizer:
            for _ in range(3):
                await recognise(recognizer, WEATHER[:RATE])
            assert len(_processes(recognizer)) == 1
            settings = RecognitionSettings(RATE)
            streams = [await recognizer.start(settings) for _ in range(4)]
            assert len(_processes(recognizer)) == 2
            assert [worker.load for worker in recognizer._workers] == [2, 2]
            for stream in streams:
                await stream.aclose()
            assert [worker.load for worker in recognizer._workers] == [0, 0]

    async def test_a_cancelled_request_leaves_the_worker_in_order(
        self, recognizer: PocketSphinx, heard: Heard
    ) -> None:
        recognition = await recognizer.start(RecognitionSettings(RATE))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await recognition.accept(np.tile(WEATHER, 3))
        await recognition.aclose()
        assert await recognise(recognizer, BRIEF) == await heard.brief()

    async def test_a_cancelled_start_takes_no_place(
        self, own_recognizer: PocketSphinx, heard: Heard
    ) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):  # it takes longer to load the model
                await own_recognizer.start(RecognitionSettings(RATE))
        assert [worker.load for worker in own_recognizer._workers] == [0]
        assert await recognise(own_recognizer, BRIEF) == await heard.brief()

    async def test_a_recognition_may_be_dropped_in_the_middle_of_an_utterance(
        self, recognizer: PocketSphinx, heard: Heard
    ) -> None:
        recognition = await recognizer.start(RecognitionSettings(RATE))
        assert await recognition.accept(WEATHER[: 2 * RATE])
        await recognition.aclose()
        assert await recognise(recognizer, BRIEF) == await heard.brief()

    async def test_a_worker_that_dies_is_told_of_and_replaced(
        self, own_recognizer: PocketSphinx, heard: Heard
    ) -> None:
        recognition = await own_recognizer.start(RecognitionSettings(RATE))
        (process,) = _processes(own_recognizer)
        waiting = asyncio.create_task(recognition.accept(np.tile(WEATHER, 3)))
        await asyncio.sleep(0)
        os.kill(process, signal.SIGKILL)
        with pytest.raises(WorkerDiedError, match=f"process {process} was killed by SIGKILL"):
            await waiting
        with pytest.raises(WorkerDiedError):
            await recognition.finish()
        await recognition.aclose()
        assert await recognise(own_recognizer, BRIEF) == await heard.brief()
        assert _processes(own_recognizer) != [process]

    async def test_an_error_in_a_worker_is_told_and_the_worker_goes_on(
        self, recognizer: PocketSphinx
    ) -> None:
        recognition = await recognizer.start(RecognitionSettings(RATE))
        with pytest.raises(RuntimeError, match="KeyError"):
            await recognizer._workers[0].request(RequestKind.FINISH, recognition._number + 1)
        assert await recognition.accept(WEATHER[:100]) == []
        await recognition.aclose()

    async def test_closing_ends_a_worker_in_the_middle_of_its_work(self) -> None:
        before = asyncio.all_tasks()
        async with PocketSphinx(workers=1) as recognizer:
            recognition = await recognizer.start(RecognitionSettings(RATE))
            (process,) = _processes(recognizer)
            waiting = asyncio.create_task(recognition.accept(np.tile(WEATHER, 5)))
            await asyncio.sleep(0)
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 0.5
        with pytest.raises(WorkerDiedError, match="closed"):
            await waiting
        with pytest.raises(UsageError):
            await recognizer.start(RecognitionSettings(RATE))
        assert not _is_alive(process)
        assert asyncio.all_tasks() == before

    async def test_an_interrupt_from_the_terminal_is_left_to_the_parent(
        self, recognizer: PocketSphinx, heard: Heard
    ) -> None:
        processes = _processes(recognizer)
        for process in processes:
            os.kill(process, signal.SIGINT)
        assert await recognise(recognizer, BRIEF) == await heard.brief()
        assert _processes(recognizer) == processes

    async def test_workers_end_when_their_parent_is_killed(self) -> None:
        code = (
            "import asyncio, signal\n"
            "from asyncspeech.emulator import PocketSphinx\n"
            "async def main():\n"
            "    async with PocketSphinx() as recognizer:\n"
            "        print(recognizer._workers[0].pid, flush=True)\n"
            "        await asyncio.get_running_loop().create_future()\n"
            "asyncio.run(main())\n"
        )
        async with await anyio.open_process([sys.executable, "-c", code]) as parent:
            assert parent.stdout is not None
            process = int(await parent.stdout.receive())
            parent.kill()
        with anyio.fail_after(10):
            while _is_alive(process):
                await asyncio.sleep(0.05)

    async def test_a_worker_loads_neither_grpc_nor_google(self) -> None:
        code = (
            "import sys, asyncspeech.emulator.recognizers.sphinx_worker\n"
            "unwanted = {'grpc', 'google', 'anyio', 'asyncio', 'numpy'}\n"
            "print(sorted(unwanted & set(sys.modules)))"
        )
        done = await anyio.run_process([sys.executable, "-c", code])
        assert done.stdout.decode().strip() == "[]"


async def test_a_client_that_is_not_ours_gets_the_same_transcript() -> None:
    config = bare.config_request(features={"enable_word_time_offsets": True})
    audio = WEATHER.astype("<i2").tobytes()
    async with Emulator(PocketSphinx(workers=1)) as emulator:
        responses = await bare.recognize(emulator.address, [config, *bare.audio_requests(audio)])
        async with Client(emulator_host=emulator.address) as client:
            transcript = await client.transcribe(EXAMPLES / "weather.flac")
    alternatives: list[Any] = [
        result.alternatives[0] for response in responses for result in response.results
    ]
    assert [alternative.transcript for alternative in alternatives] == [WEATHER_TEXT]
    assert transcript.text == WEATHER_TEXT
    assert [
        (word.word, word.start_offset.total_seconds(), word.end_offset.total_seconds())
        for word in alternatives[0].words
    ] == [(word.text, word.start, word.end) for word in transcript.words]


async def test_fewer_workers_than_one_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="workers: at least one is needed"):
        PocketSphinx(workers=0)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # noqa: ARG005
    with pytest.raises(MissingExtraError, match="PocketSphinx") as missing:
        PocketSphinx()
    assert missing.value.hint == "pip install 'asyncspeech[local]'"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of recordings is not beside this checkout")
async def test_the_word_error_rate_over_the_corpus_is_at_most_30_percent() -> None:
    references, paths = zip(
        *((spoken, CORPUS / name) for name, spoken in transcripts(CORPUS)), strict=True
    )
    async with PocketSphinx(workers=2) as recognizer:
        at_once = asyncio.Semaphore(2)  # a worker for each

        async def hear(path: Path) -> str:
            samples, rate = load(path)
            async with at_once:
                return text(await recognise(recognizer, samples, rate=rate)) or " "

        heard = await asyncio.gather(*map(hear, paths))
    assert jiwer.wer(list(references), heard) <= 0.30
