"""``asyncspeech demo``."""

from __future__ import annotations

import click

from asyncspeech.cli import loop
from asyncspeech.cli.command import ABOVE_ZERO, PORT, Command, Setting
from asyncspeech.cli.metrics import serve_metrics

__all__ = ("demo",)


@click.command(cls=Command)
@click.option(
    "--sessions",
    cls=Setting,
    type=click.IntRange(1, 300),
    metavar="NUMBER",
    default=20,
    show_default=True,
    help="How many there are at a time.",
)
@click.option(
    "--faults/--no-faults",
    cls=Setting,
    default=True,
    show_default=True,
    help="Let the service make trouble.",
)
@click.option(
    "--seconds",
    cls=Setting,
    type=ABOVE_ZERO,
    metavar="SECONDS",
    help="For how long.  [default: until Ctrl-C]",
)
@click.option(
    "--metrics-port",
    cls=Setting,
    type=PORT,
    metavar="NUMBER",
    default=9464,
    show_default=True,
    help="Serve metrics for Prometheus at this port; 0 for any that is free.",
)
@click.option("--no-metrics", cls=Setting, is_flag=True, help="Serve none.")
@click.option(
    "--seed",
    cls=Setting,
    type=int,
    default=0,
    show_default=True,
    help="What is said, and what fails, comes of it.",
)
def demo(
    sessions: int, seconds: float | None, metrics_port: int, seed: int, *, faults: bool, no_metrics: bool
) -> bool:
    """Show many sessions at work, on an emulator on this machine.

    They talk in real time, one after the other, and the emulator lets a stream live for half a minute.
    With faults, it breaks streams, refuses others, falls silent and answers late. Nothing leaves this
    machine and nothing is paid.

    Exits with 0 if no word was lost, repeated or garbled, 1 if one was or it could not be started, 2 if
    it was called wrongly.
    """
    from asyncspeech.cli.demo.run import Demo, run  # noqa: PLC0415 - --help should not wait for gRPC

    with serve_metrics(None if no_metrics else metrics_port) as url:
        settings = Demo(sessions=sessions, faults=faults, seconds=seconds, seed=seed, metrics_url=url)
        return loop.run(run(settings))
