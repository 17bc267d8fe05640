"""``asyncspeech inspect``."""

from __future__ import annotations

import click

from asyncspeech.cli.command import Command, Setting

__all__ = ("inspect",)


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--model",
    cls=Setting,
    is_shared=True,
    default="long",
    show_default=True,
    help="Model to tell the price of.",
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False),
    help="Draw a picture of the recording: a .png, .svg or .pdf.",
)
@click.option(
    "--format",
    "form",
    cls=Setting,
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or one line of JSON per file.",
)
def inspect(files: tuple[str, ...], model: str, plot: str | None, form: str) -> bool:
    """Look at recordings before they are paid for.

    Tells their format, level, clipping, noise and bandwidth, where somebody speaks, what they would
    cost, and which settings follow from that. Nothing is sent anywhere.

    Exits with 0 if all could be read, 1 if not, 2 if it was called wrongly.
    """
    from asyncspeech.cli import inspect as command  # noqa: PLC0415 - --help should not wait for numpy

    if plot is not None and len(files) > 1:
        raise click.UsageError("--plot draws one recording: give one file")
    return command.run(files, form=form, model=model, plot=plot)
