"""``asyncspeech listen``: captions of what the microphone hears, saved in the end."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click
from anyio import to_thread

from asyncspeech.audio import Microphone
from asyncspeech.cli.backend import choose
from asyncspeech.cli.captions import Captions
from asyncspeech.cli.transcribe.outputs import SUFFIXES, OutputError
from asyncspeech.cli.transcribe.printer import line
from asyncspeech.errors import AsyncSpeechError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from asyncspeech.cli.options import Recognition
    from asyncspeech.client import Client
    from asyncspeech.session import Session
    from asyncspeech.transcript import Transcript

__all__ = ("Order", "read_device", "read_saves", "run", "show_devices")

_ENDING = "ending: the last words are being recognised; Ctrl-C ends at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What it is asked to do.

    Attributes:
        recognition: How the sound is recognised, and by whom.
        device: The input device: its index, its name or a part of it; None for the system's.
        saves: The files that the transcript is saved to.
        guesses: Whether interims are shown even if standard output is no terminal.
    """

    recognition: Recognition
    device: int | str | None = None
    saves: Sequence[Path] = ()
    guesses: bool = False


def read_device(text: str | None) -> int | str | None:
    """The device that the command line names."""
    return int(text) if text is not None and text.isdecimal() else text


def read_saves(paths: Sequence[str], *, is_forced: bool) -> Sequence[Path]:
    """The files to save to, looked at before an hour has been spoken.

    Args:
        paths: Where to.
        is_forced: Whether files that are there may be replaced.

    Raises:
        ConfigurationError: A transcript cannot be saved there.
    """
    found = tuple(dict.fromkeys(map(Path, paths)))
    for path in found:
        if path.suffix.lower() not in SUFFIXES.values():
            raise ConfigurationError(
                "save",
                f"{str(path)!r} does not say in which form to save",
                hint=f"end it in one of {', '.join(SUFFIXES.values())}",
            )
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise ConfigurationError("save", f"nothing can be written to {path.parent}")
        if path.is_dir():
            raise ConfigurationError("save", f"{path} is a folder")
        if path.exists() and not is_forced:
            raise ConfigurationError("save", f"{path} is there already", hint="--force replaces it")
    return found


async def show_devices() -> None:
    """Show what there is to record with, the default marked.

    Raises:
        MissingExtraError: The extra ``mic`` is not installed.
        AudioError: PortAudio is not, or does not start.
    """
    devices = await Microphone.devices()
    for device in devices:
        mark = "*" if device.is_default else " "
        click.echo(
            f"{mark} {device.index:2}  {device.name}  ({device.host_api}, {device.channels} "
            f"channel{'' if device.channels == 1 else 's'}, {device.sample_rate_hertz} Hz)"
        )
    if not devices:
        click.echo("there is no input device", err=True)


async def run(order: Order) -> None:
    """Listen until told to end, by SIGINT or SIGTERM, and save what was heard.

    Raises:
        AsyncSpeechError: Nothing can be heard, the service was lost, or a file cannot be written. What
            was final by then is saved.
        KeyboardInterrupt: There was a second signal.
    """
    asked = order.recognition
    client, why = await choose(asked.backend, project=asked.project, location=asked.location)
    click.echo(why, err=True)
    async with client:
        await _Hearing(order, client).go()


class _Hearing:
    """One time of listening."""

    def __init__(self, order: Order, client: Client) -> None:
        self._order = order
        self._draws = sys.stdout is not None and sys.stdout.isatty()
        config = order.recognition.config
        self._config = replace(config, interim_results=self._draws or order.guesses)
        self._microphone = Microphone(order.device)
        self._session: Session = client.session(self._config, source=self._microphone)
        self._captions: Captions | None = None
        self._failure: Exception | None = None
        self._is_interrupted = False

    async def go(self) -> None:
        try:
            with anyio.CancelScope() as hearing:
                async with anyio.create_task_group() as tasks:
                    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                        tasks.start_soon(self._watch, signals, hearing)
                        await self._hear()
                        tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._save(self._session.transcript)
        if self._is_interrupted:
            raise KeyboardInterrupt
        if self._failure is not None:
            raise self._failure

    async def _hear(self) -> None:
        try:
            await (self._draw() if self._draws else self._print())
        except (AsyncSpeechError, BrokenPipeError) as error:
            self._failure = error

    async def _draw(self) -> None:
        name = "microphone" if self._order.device is None else f"microphone {self._order.device}"
        with Captions(self._session, name) as captions:
            self._captions = captions
            async with self._session:
                await captions.show()

    async def _print(self) -> None:
        async with self._session:
            async for result in self._session:
                if result.is_final and result.text:
                    sys.stdout.write(line(result) + "\n")
                    sys.stdout.flush()
                elif not result.is_final:
                    click.echo(f"… {result.text}", err=True)

    async def _watch(self, signals: AsyncIterator[signal.Signals], hearing: anyio.CancelScope) -> None:
        await anext(signals)
        if self._captions is None:
            click.echo(_ENDING, err=True)
        else:
            self._captions.note(_ENDING)
        await self._microphone.stop()
        await anext(signals)
        self._is_interrupted = True
        hearing.cancel()

    async def _save(self, transcript: Transcript) -> None:
        for path in self._order.saves:
            try:
                await to_thread.run_sync(transcript.save, path)
            except OSError as error:
                self._failure = self._failure or OutputError(path, error)
            else:
                click.echo(f"saved {path}", err=True)
