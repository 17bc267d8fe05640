"""``asyncspeech doctor``."""

from __future__ import annotations

from typing import Any

import click

from asyncspeech.cli import loop
from asyncspeech.cli.command import ABOVE_ZERO, Command, Setting
from asyncspeech.cli.failure import exit_code
from asyncspeech.cli.options import SERVICE, read_recognition

__all__ = ("doctor",)


@click.command(cls=Command, params=[*SERVICE])
@click.option(
    "--endpoint",
    cls=Setting,
    metavar="HOST[:PORT]",
    help="Another endpoint than the location's, as in client_options.api_endpoint.",
)
@click.option(
    "--timeout",
    cls=Setting,
    type=ABOVE_ZERO,
    metavar="SECONDS",
    default=15.0,
    show_default=True,
    help="How long to wait in each step.",
)
def doctor(endpoint: str | None, timeout: float, **shared: Any) -> None:
    """Find what keeps speech from being recognised.

    Looks at Python and the packages, the network, the credentials and the project, and has the service
    recognise a tenth of a second of silence, for which it bills one second at the most. What is wrong
    is followed by the command or link that mends it. SPEECH_EMULATOR_HOST is honoured.

    Exits with 0 if nothing is wrong, 1 if something is, 2 if it was called wrongly.
    """
    from asyncspeech.cli.doctor import Question, leave, run  # noqa: PLC0415 - --help should not wait

    asked = read_recognition(shared)
    question = Question(
        config=asked.config,
        location=asked.location,
        project=asked.project,
        endpoint=endpoint,
        timeout=timeout,
    )
    leave(exit_code(lambda: loop.run(run(question))))
