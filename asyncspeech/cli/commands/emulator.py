"""``asyncspeech emulator``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from asyncspeech.cli import loop
from asyncspeech.cli.command import PORT, Command, Setting

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("emulator",)

RECOGNIZERS: Sequence[str] = (
    "pocketsphinx",
    "coded",
    "scripted",
    "vosk",
    "faster-whisper",
    "sherpa-onnx",
)


@click.command(cls=Command)
@click.option(
    "--host", cls=Setting, default="127.0.0.1", show_default=True, help="Address to listen on."
)
@click.option(
    "--port",
    cls=Setting,
    type=PORT,
    metavar="NUMBER",
    default=0,
    show_default=True,
    help="Port to listen on; 0 for any that is free.",
)
@click.option(
    "--recognizer",
    cls=Setting,
    type=click.Choice(RECOGNIZERS),
    default="pocketsphinx",
    show_default=True,
    help="What recognises the audio: PocketSphinx; coded audio; a script, whatever the audio is; "
    "or another engine with a model of yours.",
)
@click.option(
    "--model-path",
    cls=Setting,
    type=click.Path(),
    help="Model of vosk, faster-whisper or sherpa-onnx.",
)
@click.option(
    "--script",
    cls=Setting,
    type=click.Path(),
    help="What is said: a JSON list of texts or utterances.",
)
@click.option(
    "--limits",
    cls=Setting,
    multiple=True,
    metavar="NAME=VALUE[,...]",
    help="Other limits than the service's, such as stream_seconds=12,idle_seconds=0.4.",
)
@click.option(
    "--fault",
    "faults",
    cls=Setting,
    multiple=True,
    metavar="KIND[:...]",
    help="Something that goes wrong, such as abort:UNAVAILABLE,stream=1,at=3. May be repeated.",
)
@click.option(
    "--seed",
    cls=Setting,
    type=int,
    help="Let faults be drawn by lot, always the same for the same seed.",
)
@click.option("--location", help="Serve one location alone, like an endpoint.  [default: any]")
def emulator(  # noqa: PLR0917 - click passes everything by name
    host: str,
    port: int,
    recognizer: str,
    model_path: str | None,
    script: str | None,
    limits: tuple[str, ...],
    faults: tuple[str, ...],
    seed: int | None,
    location: str | None,
) -> None:
    """Serve Speech-to-Text V2 on this machine.

    Prints its address, and the line that points Google's and our clients to it. Runs until Ctrl-C, or
    until it is told to end; standard error tells what each stream saw.

    Exits with 0 when it has been stopped, 1 if it could not be started, 2 if it was called wrongly.
    """
    from asyncspeech.cli import emulator as command  # noqa: PLC0415 - --help should not wait for gRPC
    from asyncspeech.emulator import Emulator  # noqa: PLC0415 - as above

    server = Emulator(
        command.read_recognizer(recognizer, model_path=model_path, script=script),
        host=host,
        port=port,
        limits=command.read_limits(limits),
        faults=command.read_faults(faults, seed),
        location=location,
    )
    loop.run(command.run(server))
