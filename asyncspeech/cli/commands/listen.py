"""``asyncspeech listen``."""

from __future__ import annotations

from typing import Any

import click

from asyncspeech.cli import loop
from asyncspeech.cli.command import Command, Setting
from asyncspeech.cli.metrics import serve_metrics
from asyncspeech.cli.options import METRICS_PORT, RECOGNITION, SERVICE, read_recognition

__all__ = ("listen",)

_SOUND = "What is heard"
_SAVED = "What is kept"


@click.command(cls=Command, params=[*SERVICE, *RECOGNITION, METRICS_PORT])
@click.option(
    "--device",
    "-d",
    cls=Setting,
    section=_SOUND,
    metavar="NAME",
    help="Input device: its number, or a part of its name.  [default: the system's]",
)
@click.option("--list-devices", is_flag=True, help="Show what there is to record with, and exit.")
@click.option(
    "--save",
    "-s",
    "paths",
    cls=Setting,
    section=_SAVED,
    type=click.Path(),
    multiple=True,
    metavar="FILE",
    help="Save the transcript when it ends: a .txt, .json, .srt, .vtt or .csv. May be repeated.",
)
@click.option(
    "--force",
    cls=Setting,
    section=_SAVED,
    is_flag=True,
    help="Replace files that are there.",
)
@click.option(
    "--interim", cls=Setting, is_flag=True, help="Show guesses where there is no terminal, too."
)
def listen(
    device: str | None,
    paths: tuple[str, ...],
    metrics_port: int | None,
    *,
    list_devices: bool,
    force: bool,
    interim: bool,
    **shared: Any,
) -> bool:
    """Show captions of what the microphone hears.

    Goes on until Ctrl-C: then the last words are recognised, and the transcript is saved. A second
    Ctrl-C waits for nothing; what was final by then is saved all the same. Where standard output is no
    terminal, it gets a line for each sentence. Needs the extra 'mic'.

    Exits with 0 when it was ended by Ctrl-C, 1 if something failed, 2 if it was called wrongly, 130
    upon a second Ctrl-C.
    """
    from asyncspeech.cli import listen as command  # noqa: PLC0415 - --help should not wait for gRPC

    if list_devices:
        loop.run(command.show_devices())
        return True
    order = command.Order(
        recognition=read_recognition(shared),
        device=command.read_device(device),
        saves=command.read_saves(paths, is_forced=force),
        guesses=interim,
    )
    with serve_metrics(metrics_port) as metrics_url:
        if metrics_url is not None:
            click.echo(f"metrics: {metrics_url}", err=True)
        loop.run(command.run(order))
    return True
