"""The suite's cases with the figures of the issue, for as long as one likes: ``nox -s endurance``.

``python -m tests.session.endurance --seed 7 --minutes 5`` lets all sessions run at once on one loop,
each on a service of its own whose streams last 12 seconds; then 150 sessions on one service; then one
session of two hours, in scaled time. Prints a table, and what is known of every case in which a promise
was broken; then the exit code is 1. ``--only WORD`` runs the cases that have it in their names.

The same seed gives the same faults. What they meet depends on the clock, so a run that failed may have
to be repeated.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
import tracemalloc
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from asyncspeech import (
    AuthenticationError,
    IdleMode,
    IdlePolicy,
    InvalidRequestError,
    Parked,
    PermissionDeniedError,
    RenewalPolicy,
    RetryPolicy,
    SessionConfig,
    StreamLostError,
)
from asyncspeech.emulator import (
    Abort,
    Close,
    Coded,
    CutConnection,
    Delay,
    Faults,
    Limits,
    RefuseConnections,
    Stall,
    coded,
)
from tests.session import scenario, stereo
from tests.session.scenario import assert_promise

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from asyncspeech import AsyncSpeechError
    from asyncspeech.emulator.coded import CodedRecording, CodedScore
    from tests.session.scenario import Live, Outcome

    Case = Callable[["Setting"], Coroutine[Any, Any, "Row"]]

LIMITS = replace(Limits(), stream_seconds=12.0, idle_seconds=10.0)
LATE = Delay(0.1, jitter=1.4)
MEAN_SECONDS = 3.0
MEGABYTES = 5.0
HOURS = 2
PACE = 60.0

PASSING = scenario.PASSING
NOTHING = coded.CodedScore(expected=0)
FATAL: dict[str, type[AsyncSpeechError]] = {
    "PERMISSION_DENIED": PermissionDeniedError,
    "NOT_FOUND": InvalidRequestError,
    "INVALID_ARGUMENT": InvalidRequestError,
    "UNAUTHENTICATED": AuthenticationError,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run was asked for."""

    seed: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table."""

    score: CodedScore = NOTHING
    streams: int = 0
    most_open: int = 0
    renewals: int = 0
    recoveries: int = 0
    memory: float | None = None
    broken: str = ""


def config(**changes: Any) -> SessionConfig:
    """A session that renews its streams after 8 seconds, and by 11."""
    return replace(SessionConfig(renewal=RenewalPolicy(after=8.0, by=11.0, overlap=2.0)), **changes)


def utterances(seconds: float) -> CodedRecording:
    return scenario.utterances(seconds)


def unbroken(seconds: float) -> CodedRecording:
    count = round(seconds / 0.35)
    return coded.encode(count, pause_seconds=0.0, words_per_utterance=count)


def mishaps(setting: Setting, **options: Any) -> Faults:
    return scenario.mishaps(setting.seed, mean=MEAN_SECONDS, also=[LATE], **options)


async def play(
    recording: CodedRecording, *, check: Callable[[Outcome], object] = assert_promise, **options: Any
) -> Row:
    """Say a recording, in real time, and look at what became of it."""
    defaults: dict[str, Any] = {"limits": LIMITS, "config": config(), "pace": 1.0, "patience": 3_600.0}
    options = defaults | options
    outcome = await scenario.play(recording, **options)
    return row(outcome, check)


def row(outcome: Outcome, check: Callable[[Outcome], object], **more: Any) -> Row:
    try:
        check(outcome)
        broken = ""
    except AssertionError as error:
        broken = str(error)
    return Row(
        score=outcome.score,
        streams=len(outcome.streams),
        most_open=outcome.most_open,
        renewals=outcome.stats.renewals,
        recoveries=outcome.stats.recoveries,
        broken=broken,
        **more,
    )


# The cases. Their names are those of the table in the issue.

CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    def register(function: Case) -> Case:
        CASES[name] = function
        return function

    return register


@case("renewals")
async def _renewals(setting: Setting) -> Row:
    return await play(utterances(setting.seconds), faults=Faults(LATE, seed=setting.seed))


@case("renewals in unbroken speech")
async def _unbroken(setting: Setting) -> Row:
    return await play(
        unbroken(setting.seconds),
        recognizer=Coded(max_utterance_seconds=60.0),
        faults=Faults(LATE, seed=setting.seed),
    )


@case("renewals in unbroken speech, no word times")
async def _unbroken_without_times(setting: Setting) -> Row:
    return await play(
        unbroken(setting.seconds),
        recognizer=Coded(max_utterance_seconds=60.0),
        faults=Faults(LATE, seed=setting.seed),
        enable_word_time_offsets=False,
    )


@case("silence")
async def _silence(setting: Setting) -> Row:
    recording = coded.encode(5, pause_seconds=setting.seconds / 2)

    def check(outcome: Outcome) -> None:
        assert_promise(outcome)
        sent = sum(stream.audio_seconds for stream in outcome.streams)
        assert sent <= recording.duration + 2.5 * outcome.stats.renewals, (
            f"{sent} s were sent\n{outcome}"
        )

    return await play(recording, check=check)


@case("faults")
async def _faults(setting: Setting) -> Row:
    return await play(utterances(setting.seconds), faults=mishaps(setting))


@case("faults in unbroken speech")
async def _faults_unbroken(setting: Setting) -> Row:
    return await play(
        unbroken(setting.seconds),
        recognizer=Coded(max_utterance_seconds=5.0),
        faults=mishaps(setting),
    )


@case("faults in unbroken speech, no word times")
async def _faults_without_times(setting: Setting) -> Row:
    return await play(
        unbroken(setting.seconds),
        recognizer=Coded(max_utterance_seconds=5.0),
        faults=mishaps(setting),
        enable_word_time_offsets=False,
    )


def _register_codes() -> None:
    for code in PASSING:

        async def faults(setting: Setting, code: str = code) -> Row:
            return await play(utterances(setting.seconds), faults=mishaps(setting, codes=[code]))

        CASES[f"faults: {code}"] = faults
    for code, kind in FATAL.items():

        async def fatal(_: Setting, code: str = code, kind: type[AsyncSpeechError] = kind) -> Row:
            def check(outcome: Outcome) -> None:
                assert type(outcome.error) is kind, outcome
                assert len(outcome.streams) <= 2, outcome

            later = [Abort(code, stream=number) for number in range(2, 100)]
            faults = Faults(Abort(code, stream=1, at=6.0), *later)
            return await play(utterances(20), faults=faults, check=check)

        CASES[f"fatal: {code}"] = fatal


_register_codes()


@case("masked status")
async def _masked(setting: Setting) -> Row:
    lot = random.Random(setting.seed)
    script = []
    for number in range(1, 1_000):
        # A stream breaks; the next two, which catch up, are aborted while they are written to.
        is_mid_write = number % 3 != 1
        at = 0.5 if is_mid_write else 10.0
        script.append(Abort(lot.choice(PASSING), stream=number, at=at, mid_write=is_mid_write))
    return await play(
        unbroken(setting.seconds),
        recognizer=Coded(max_utterance_seconds=7.0),
        faults=Faults(*script),
    )


@case("stalls")
async def _stalls(setting: Setting) -> Row:
    lot = random.Random(setting.seed)
    stalls = [
        Stall(stream=number, at=round(lot.uniform(0.0, 8.0), 1), reads=lot.random() < 0.5)
        for number in range(1, 1_000, 2)
    ]
    return await play(utterances(setting.seconds), faults=Faults(LATE, *stalls), stall_timeout=4.0)


@case("outage")
async def _outage(setting: Setting) -> Row:
    script = [
        fault
        for number in range(1, 1_000, 3)
        for fault in (
            RefuseConnections(8.0, stream=number, at=6.0),
            CutConnection(stream=number, at=6.0),
        )
    ]
    return await play(utterances(setting.seconds), faults=Faults(LATE, *script))


@case("outage that lasts too long")
async def _long_outage(_: Setting) -> Row:
    def check(outcome: Outcome) -> None:
        error = outcome.error
        assert type(error) is StreamLostError, outcome
        assert error.partial is not None, outcome
        assert error.partial.results == outcome.transcript.results, outcome
        told = [text.strip() for stream in outcome.streams for text in stream.finals]
        assert [result.text for result in error.partial.results] == told, outcome

    faults = Faults(RefuseConnections(600.0, stream=1, at=4.0), CutConnection(stream=1, at=4.0))
    return await play(utterances(60), faults=faults, check=check, retry=RetryPolicy(max_outage=10.0))


@case("early OK close")
async def _close(setting: Setting) -> Row:
    lot = random.Random(setting.seed)
    closes = [Close(stream=number, after=round(lot.uniform(0.0, 8.0), 1)) for number in range(1, 1_000)]
    return await play(utterances(setting.seconds), faults=Faults(LATE, *closes))


@case("early OK close, always, for 20 s")
async def _close_always(setting: Setting) -> Row:
    recording = utterances(max(setting.seconds, 40.0))

    async def speak(live: Live) -> None:
        place = 20 * 32_000
        await live.feed(recording.audio[:place], pace=1.0)
        assert len(live.emulator.streams) < 40, live.emulator.report()
        live.emulator.faults = Faults(LATE)
        await live.feed(recording.audio[place:], pace=1.0)

    return await play(recording, faults=Faults(Close()), speak=speak)


async def _mute(setting: Setting, mode: IdleMode, check: Callable[[Outcome], object]) -> Row:
    recording = utterances(24)
    ends = [2 * (recording.words[last].end + 4_800) for last in (14, 29)]

    async def speak(live: Live) -> None:
        for start, end in pairwise([0, *ends, len(recording.audio)]):
            if start:
                await live.mute(3 * LIMITS.idle_seconds)
                if mode is IdleMode.PARK:
                    assert scenario.is_idle(live.emulator), live.emulator.report()
            await live.feed(recording.audio[start:end], pace=1.0)

    return await play(
        recording,
        faults=Faults(LATE, seed=setting.seed),
        speak=speak,
        idle=IdlePolicy(mode=mode),
        check=check,
    )


@case("mute")
async def _parked(setting: Setting) -> Row:
    def check(outcome: Outcome) -> None:
        assert_promise(outcome)
        assert len(outcome.those(Parked)) == 2, outcome

    return await _mute(setting, IdleMode.PARK, check)


@case("mute, kept alive")
async def _kept_alive(setting: Setting) -> Row:
    return await _mute(setting, IdleMode.KEEP_ALIVE, assert_promise)


@case("bursts: a minute at once")
async def _minute(setting: Setting) -> Row:
    recording = utterances(60)

    async def speak(live: Live) -> None:
        await live.session.send(recording.audio)

    faults = Faults(LATE, Abort("UNAVAILABLE", stream=1, at=30.0), seed=setting.seed)
    return await play(recording, faults=faults, speak=speak)


@case("bursts: single bytes")
async def _bytes(setting: Setting) -> Row:
    recording = utterances(20)
    audio = recording.audio

    async def speak(live: Live) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for start in range(len(audio)):
            if start % 320 == 0:
                await asyncio.sleep(begun + start / 32_000 - loop.time())
            await live.session.send(audio[start : start + 1])

    return await play(recording, faults=Faults(LATE, seed=setting.seed), speak=speak)


@case("chunking: cut at random")
async def _chunks(setting: Setting) -> Row:
    lot = random.Random(setting.seed)
    recording = utterances(setting.seconds)

    async def speak(live: Live) -> None:
        loop = asyncio.get_running_loop()
        begun, start = loop.time(), 0
        while start < len(recording.audio):
            await asyncio.sleep(begun + start / 32_000 - loop.time())
            size = lot.randrange(1, lot.choice((100, 3_200, 64_000)))
            await live.session.send(recording.audio[start : start + size])
            start += size

    return await play(recording, faults=mishaps(setting), speak=speak)


@case("finalize")
async def _finalize(setting: Setting) -> Row:
    lot = random.Random(setting.seed)
    recording = unbroken(setting.seconds)

    async def speak(live: Live) -> None:
        async with live.feeding(recording.audio, pace=1.0) as speaking:
            while not speaking.done():
                await asyncio.wait([speaking], timeout=lot.uniform(0.2, 6.0))
                said = int((live.session.stats.audio_accepted - 0.3) * 16_000)
                await live.session.finalize()
                whole = sum(word.end <= said for word in recording.words)
                heard = len(live.session.transcript.words)
                assert heard >= whole, f"{heard} words are final, and {whole} were said"

    return await play(
        recording,
        recognizer=Coded(max_utterance_seconds=60.0),
        faults=Faults(LATE, seed=setting.seed),
        speak=speak,
    )


@case("reconfigure")
async def _reconfigure(setting: Setting) -> Row:
    lot = random.Random(setting.seed)
    recording = unbroken(setting.seconds)

    async def speak(live: Live) -> None:
        async with live.feeding(recording.audio, pace=1.0) as speaking:
            while not speaking.done():
                await asyncio.wait([speaking], timeout=lot.uniform(0.2, 8.0))
                if not speaking.done():
                    language = lot.choice(("en-US", "de-DE", "fr-FR"))
                    change = replace(live.session.config, language_codes=(language,))
                    await live.session.reconfigure(change)

    return await play(
        recording,
        recognizer=Coded(max_utterance_seconds=5.0),
        faults=mishaps(setting),
        speak=speak,
    )


@case("two channels")
async def _stereo(setting: Setting) -> Row:
    dialogue = stereo.Stereo(utterances(setting.seconds), stereo.others(round(setting.seconds / 0.7)))
    outcome, scores = await stereo.hear(
        dialogue,
        mishaps(setting),
        limits=LIMITS,
        pace=1.0,
        patience=3_600.0,
        config=config(audio_channel_count=2, multi_channel_mode=stereo.SEPARATELY),
    )
    outcome = replace(outcome, score=_sum(scores))
    return row(outcome, partial(stereo.assert_promise, scores=scores))


# What has the loop to itself.


async def many(setting: Setting) -> Row:
    """150 sessions on a service that allows 100 streams a connection, 50 of them under faults."""
    lot = random.Random(setting.seed)
    recording = utterances(min(setting.seconds, 60.0))
    faults = Faults(
        *(
            Abort(lot.choice(PASSING[:5]), stream=number, at=round(lot.uniform(0.2, 7.0), 1))
            for number in lot.sample(range(1, 151), 50)
        )
    )

    async def say(number: int, live: Live) -> None:
        await live.mute(0.1 * number / 150)
        await live.feed(recording.audio, pace=1.0, chunk_seconds=0.2)

    async with scenario.stage(limits=LIMITS, faults=faults) as (emulator, client):
        before = _memory()
        lives = await asyncio.gather(
            *(
                scenario.perform(emulator, client, config(), partial(say, number), patience=3_600.0)
                for number in range(150)
            )
        )
        outcomes = [live.outcome(recording) for live in lives]
        memory = (_memory() - before) / 150
        channels = len(client._channels)
        most = scenario.most_open(emulator.streams)
    scores = [outcome.score for outcome in outcomes]
    broken = "\n".join(
        f"session {number}: {outcome.score} {outcome.error!r}"
        for number, outcome in enumerate(outcomes)
        if outcome.error or not outcome.score.is_perfect or outcome.score.worst_error > 0.001
    )
    if channels > 4 or most > 300:
        broken += f"{channels} channels, {most} streams at once"
    return Row(
        score=_sum(scores),
        streams=len(outcomes[0].streams),
        most_open=most,
        renewals=sum(outcome.stats.renewals for outcome in outcomes),
        recoveries=sum(outcome.stats.recoveries for outcome in outcomes),
        memory=memory,
        broken=broken,
    )


async def long_haul(setting: Setting) -> Row:
    """Two hours of talk with random faults, sixty times as fast; the words are kept, nothing else."""
    recording = utterances(HOURS * 3_600)
    limits = replace(Limits(), stream_seconds=5.0, idle_seconds=2.0)
    faults = scenario.mishaps(setting.seed, mean=3.0, also=[Delay(0.002, jitter=0.023)])
    changes = config(
        renewal=RenewalPolicy(after=4.0, by=4.75, overlap=2.0),
        retry=RetryPolicy(initial_delay=0.01, max_delay=0.1),
        idle=IdlePolicy(after=1.5),
        stall_timeout=1.5,
        catch_up=600.0,
    )
    used: list[float] = []

    async def speak(live: Live) -> None:
        live.keeps_interims = False
        quarter = len(recording.audio) // 8 * 2
        for start in range(0, len(recording.audio), quarter):
            part = recording.audio[start : start + quarter]
            await live.feed(part, pace=PACE, chunk_seconds=0.5)
            gc.collect()
            used.append(_memory())

    tracemalloc.start()
    try:
        outcome = await scenario.play(
            recording,
            limits=limits,
            faults=faults,
            config=changes,
            speak=speak,
            patience=3_600.0,
        )
    finally:
        tracemalloc.stop()

    def check(outcome: Outcome) -> None:
        assert_promise(outcome)
        assert used[-1] - used[0] < MEGABYTES, f"{used} MB after each quarter"

    return row(outcome, check, memory=used[-1] - used[0])


def _memory() -> float:
    """What is in use, in MB; what Python has allocated if that is traced."""
    if tracemalloc.is_tracing():
        return tracemalloc.get_traced_memory()[0] / 1e6
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - nothing to be had from a Path
        return int(statm.read().split()[1]) * 4_096 / 1e6


def _sum(scores: Sequence[CodedScore]) -> CodedScore:
    return coded.CodedScore(
        expected=sum(item.expected for item in scores),
        lost=sum(item.lost for item in scores),
        repeated=sum(item.repeated for item in scores),
        garbled=sum(item.garbled for item in scores),
        out_of_order=sum(item.out_of_order for item in scores),
        worst_error=max(item.worst_error for item in scores),
    )


ALONE: dict[str, Case] = {"many": many, f"long haul, {HOURS} hours at pace {PACE:g}": long_haul}


async def run(setting: Setting, only: str, console: Console) -> dict[str, Row]:
    """Run the cases whose names have ``only`` in them."""
    rows: dict[str, Row] = {}

    async def one(name: str, function: Case) -> None:
        try:
            rows[name] = await function(setting)
        except AssertionError as error:  # what was found while people still spoke
            rows[name] = Row(broken=str(error))
        console.print(f"{name}: {'broken' if rows[name].broken else 'kept'}", highlight=False)

    async with asyncio.TaskGroup() as tasks:
        for name, function in CASES.items():
            if only in name:
                tasks.create_task(one(name, function))
    for name, function in ALONE.items():
        if only in name:
            await one(name, function)
    return {name: rows[name] for name in (*CASES, *ALONE) if name in rows}


def table(rows: dict[str, Row]) -> Table:
    """The rows, for people."""
    result = Table(title="Sessions that never drop a word")
    result.add_column("case")
    for name in (
        "words",
        "lost",
        "repeated",
        "garbled",
        "out of order",
        "worst error, ms",
        "streams",
        "most at once",
        "renewals",
        "recoveries",
        "memory, MB",
        "promise",
    ):
        result.add_column(name, justify="right")
    for name, item in rows.items():
        verdict = item.score
        result.add_row(
            name,
            f"{verdict.expected:,}",
            f"{verdict.lost:,}",
            f"{verdict.repeated:,}",
            f"{verdict.garbled:,}",
            f"{verdict.out_of_order:,}",
            f"{verdict.worst_error * 1_000:.3f}",
            f"{item.streams:,}",
            f"{item.most_open:,}",
            f"{item.renewals:,}",
            f"{item.recoveries:,}",
            "" if item.memory is None else f"{item.memory:+.1f}",
            "broken" if item.broken else "kept",
        )
    return result


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(
        description="Sessions on a service that makes trouble, words counted."
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the sessions talk")
    parser.add_argument("--only", default="", help="run the cases that have this in their names")
    arguments = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 200)
    setting = Setting(arguments.seed, arguments.minutes * 60)
    console.print(f"seed {setting.seed}, {arguments.minutes:g} minutes", highlight=False)
    rows = asyncio.run(run(setting, arguments.only, console))
    console.print(table(rows))
    broken = {name: item.broken for name, item in rows.items() if item.broken}
    for name, text in broken.items():
        console.print(f"\n[bold]{name}[/bold]")
        console.print(text, markup=False, highlight=False)
    if broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
