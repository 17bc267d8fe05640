"""A run: so many recordings at once, each a session of its own.

A recording that cannot be read does not stop the others. What would befall all of them does: a service
that is lost, a budget that is spent, a disk that is full.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import anyio
from anyio import to_thread

from asyncspeech.audio import open_source
from asyncspeech.cli.backend import choose
from asyncspeech.cli.captions import Captions
from asyncspeech.cli.transcribe.inputs import STANDARD_INPUT
from asyncspeech.cli.transcribe.progress import Progress
from asyncspeech.errors import AsyncSpeechError, AudioError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asyncspeech.audio import Source
    from asyncspeech.cli.options import Recognition
    from asyncspeech.cli.transcribe.inputs import Input
    from asyncspeech.cli.transcribe.outputs import Outputs
    from asyncspeech.cli.transcribe.printer import Printer
    from asyncspeech.client import Client
    from asyncspeech.session import Session

__all__ = ("Order", "run")

_SECONDS_PER_LINE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is asked to do.

    Attributes:
        inputs: The recordings.
        errors: What was wrong with other arguments.
        recognition: How they are recognised, and by whom.
        printer: Prints the transcripts; None if they are not printed.
        outputs: Writes them to files; None if they are not.
        jobs: How many recordings at once.
        channel: The channel to take; None for the mean of all, or for all of them.
        pace: At which multiple of the speed of speech; None for as fast as can be.
        guesses: Whether interims are shown.
        watches: Whether captions are shown.
        is_forced: Whether what is done is done again.
    """

    inputs: Sequence[Input]
    errors: Sequence[AudioError] = ()
    recognition: Recognition
    printer: Printer | None = None
    outputs: Outputs | None = None
    jobs: int = 1
    channel: int | None = None
    pace: float | None = None
    guesses: bool = False
    watches: bool = False
    is_forced: bool = False


async def run(order: Order) -> bool:
    """Transcribe what is not done yet. Returns whether all went well.

    Raises:
        ConfigurationError: A setting cannot work.
    """
    outputs = order.outputs
    done = frozenset[object]()
    if outputs is not None and not order.is_forced:
        done = frozenset(await to_thread.run_sync(lambda: list(filter(outputs.is_done, order.inputs))))
    inputs = tuple(item for item in order.inputs if item not in done)
    with Progress(inputs, skipped=len(done), guesses=order.guesses, is_quiet=order.watches) as progress:
        return await _Run(order, inputs, progress).go()


class _Run:
    """One run."""

    def __init__(self, order: Order, inputs: Sequence[Input], progress: Progress) -> None:
        self._order = order
        self._inputs = inputs
        self._progress = progress
        self._fatal: Exception | None = None
        self._failures = len(order.errors)
        wants = progress.wants_interims or order.watches
        self._config = replace(order.recognition.config, interim_results=wants)

    async def go(self) -> bool:
        for error in self._order.errors:
            self._progress.error(error)
        is_over = False
        try:
            if self._inputs:
                await self._recognise()
            is_over = True
        except ConfigurationError:
            raise  # that is what the command was called with
        except AsyncSpeechError as error:
            self._progress.error(error)
            self._failures += 1
        finally:
            if self._order.outputs is not None:
                self._progress.tell_end(stopped=not is_over)
        return not self._failures

    async def _recognise(self) -> None:
        asked = self._order.recognition
        client, why = await choose(asked.backend, project=asked.project, location=asked.location)
        self._progress.note(why)
        async with client, anyio.create_task_group() as tasks:
            if self._order.outputs is not None and self._progress.is_told_in_lines:
                tasks.start_soon(self._tell)
            await self._work(client)
            tasks.cancel_scope.cancel()
        if self._fatal is not None:
            raise self._fatal

    async def _work(self, client: Client) -> None:
        pending = iter(self._inputs)
        async with anyio.create_task_group() as workers:
            for _ in range(min(self._order.jobs, len(self._inputs))):
                workers.start_soon(self._take, pending, client, workers.cancel_scope)

    async def _tell(self) -> None:
        while True:
            await anyio.sleep(_SECONDS_PER_LINE)
            self._progress.tell()

    async def _take(
        self, pending: Iterator[Input], client: Client, all_of_us: anyio.CancelScope
    ) -> None:
        """Take recordings, one after the other, from those that nobody has taken."""
        for item in pending:
            try:
                await self._transcribe(item, client)
            except AudioError as error:
                self._progress.error(error)
                self._failures += 1
                self._progress.tally.end(item, failed=True)
            except (AsyncSpeechError, BrokenPipeError) as error:
                self._fatal = self._fatal or error
                all_of_us.cancel()
            else:
                self._progress.tally.end(item, failed=False)

    async def _transcribe(self, item: Input, client: Client) -> None:
        printer, outputs, session = self._order.printer, self._order.outputs, None
        given = _standard_input() if item.name == STANDARD_INPUT else item.name
        try:
            async with open_source(
                given, self._config.audio_format, channel=self._order.channel, pace=self._order.pace
            ) as source:
                self._progress.tally.begin(item, source.duration)
                if printer is not None:
                    printer.begin(item)
                session = client.session(self._config, source=source)
                await self._listen(item, session, source)
        finally:
            if printer is not None and session is not None:
                printer.end(item, session.transcript)
        if outputs is not None:
            await to_thread.run_sync(outputs.save, item, session.transcript)

    async def _listen(self, item: Input, session: Session, source: Source) -> None:
        if self._order.watches:
            with Captions(session, item.name, duration=source.duration) as captions:
                async with session:
                    await captions.show()
            return
        async with session:
            async for result in session:
                self._progress.result(item, result)
                if result.is_final and self._order.printer is not None:
                    self._order.printer.result(result)


def _standard_input() -> BinaryIO:
    """Standard input: a file, if it comes from one, or else what is written to it.

    Raises:
        AudioError: Nobody writes to it.
    """
    if sys.stdin is None:
        raise AudioError("<stdin>", "is closed")
    if sys.stdin.isatty():
        raise AudioError(
            "<stdin>", "is a terminal", hint="write audio to it: asyncspeech transcribe - < talk.flac"
        )
    return sys.stdin.buffer
