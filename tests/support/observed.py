"""A process to be watched: prints the port of its metrics, and runs until its standard input ends.

Sessions begin and end in it all the time, at four times the pace of speech, on a service that makes
trouble. Whatever there is a metric for happens within seconds.
"""

from __future__ import annotations

import logging
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from opentelemetry import metrics
from prometheus_client import start_http_server

from asyncspeech import BufferPolicy, Client, RetryPolicy, VoiceActivity, VoiceGate, WhenFull
from asyncspeech.emulator import Abort, Faults, coded
from tests.session.scenario import mishaps, perform, scaled, stage, unbroken, utterances
from tests.support.loud import LoudDetector
from tests.telemetry.recording import exported

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from asyncspeech import SessionConfig
    from asyncspeech.emulator import Emulator
    from tests.session.scenario import Live, Speak

_STREAMS = range(1, 1_000)
_REFUSALS = Faults(*(Abort("INVALID_ARGUMENT", stream=number) for number in _STREAMS))
_OUTAGE = Faults(*(Abort("UNAVAILABLE", stream=number) for number in _STREAMS))
_IMPATIENT = RetryPolicy(initial_delay=1, max_delay=1, max_outage=4)
_GATE = (VoiceActivity(detector=LoudDetector(), lead=0.1), VoiceGate(pre_roll=0.2, hang_over=0.4))
_SMALL = BufferPolicy(max_seconds=2, when_full=WhenFull.DROP_OLDEST)


async def _converse(live: Live) -> None:
    """Talk with pauses: the stream is renewed in one of them, and the session parked in another."""
    await live.feed(utterances(12).audio)
    await live.mute(1.5)
    await live.feed(utterances(3).audio)


async def _lecture(live: Live) -> None:
    """Talk without a pause: a renewal has to be forced."""
    await live.feed(unbroken(14).audio)


async def _hesitate(live: Live) -> None:
    """Talk with long silences, for a gate to withhold."""
    await live.feed(coded.encode(6, words_per_utterance=3, pause_seconds=4.0).audio)


async def _burst(live: Live) -> None:
    """Say more at once than there is room for."""
    audio = utterances(8).audio
    for start in range(0, len(audio), 3_200):
        live.session.send_nowait(audio[start : start + 3_200])


async def _over_and_over(
    emulator: Emulator, client: Client, speak: Speak, config: SessionConfig
) -> None:
    while True:
        await perform(emulator, client, config, speak)
        await anyio.sleep(0.5)


@asynccontextmanager
async def _one_at_a_time(emulator: Emulator, _: Client) -> AsyncIterator[tuple[Emulator, Client]]:
    """Another client, whose sessions have to wait for each other."""
    async with Client(emulator_host=emulator.address, max_sessions=1) as client:
        yield emulator, client


async def main() -> None:
    async with AsyncExitStack() as stack, anyio.create_task_group() as tasks:
        provider, registry = stack.enter_context(exported())
        metrics.set_meter_provider(provider)
        server, thread = start_http_server(0, "127.0.0.1", registry)
        stack.callback(thread.join)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)

        well = await stack.enter_async_context(stage())
        full = await stack.enter_async_context(_one_at_a_time(*well))
        troubled = await stack.enter_async_context(stage(faults=mishaps(7)))
        closed = await stack.enter_async_context(stage(faults=_REFUSALS))
        away = await stack.enter_async_context(stage(faults=_OUTAGE))
        for (emulator, client), speak, changes in (
            (well, _converse, {}),
            (well, _lecture, {}),
            (well, _hesitate, {"preprocess": _GATE}),
            (full, _burst, {"buffer": _SMALL}),
            (full, _converse, {}),
            (troubled, _converse, {}),
            (closed, _converse, {}),
            (away, _converse, {"retry": _IMPATIENT}),
        ):
            tasks.start_soon(_over_and_over, emulator, client, speak, scaled(**changes))

        logging.getLogger("asyncspeech").addHandler(logging.NullHandler())  # there is much to warn of
        print(server.server_port, flush=True)  # noqa: T201 - to the process that started this one
        await anyio.to_thread.run_sync(sys.stdin.read)
        tasks.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(main)
