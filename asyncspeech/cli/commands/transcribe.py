"""``asyncspeech transcribe``."""

from __future__ import annotations

import sys
from typing import Any

import click

from asyncspeech.cli import loop
from asyncspeech.cli.command import ABOVE_ZERO, Command, Setting
from asyncspeech.cli.metrics import serve_metrics
from asyncspeech.cli.options import METRICS_PORT, RECOGNITION, SERVICE, read_recognition

__all__ = ("transcribe",)

_FORMS = ("text", "json", "srt", "vtt", "csv")
_OUTPUT = "Where it is written"
_COURSE = "How it goes"
_JOBS = 4


@click.command(cls=Command, params=[*SERVICE, *RECOGNITION, METRICS_PORT])
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option(
    "--format",
    "-f",
    "forms",
    cls=Setting,
    section=_OUTPUT,
    type=click.Choice(_FORMS),
    multiple=True,
    help="Lines of text as sentences become final, a line of JSON for each file, or captions. May be "
    "repeated with --output-dir.  [default: text]",
)
@click.option(
    "--output-dir",
    "-o",
    cls=Setting,
    section=_OUTPUT,
    type=click.Path(),
    help="Write a file for each recording here, and skip those that are done.",
)
@click.option(
    "--keep-folders",
    cls=Setting,
    section=_OUTPUT,
    is_flag=True,
    help="Keep the folders of the recordings below it.",
)
@click.option("--force", section=_OUTPUT, cls=Setting, is_flag=True, help="Do what is done again.")
@click.option(
    "--channels",
    cls=Setting,
    section=_OUTPUT,
    type=click.IntRange(2, 8),
    metavar="NUMBER",
    help="Recognise so many channels apart; each is billed.  [default: their mean]",
)
@click.option(
    "--channel",
    cls=Setting,
    section=_OUTPUT,
    type=click.IntRange(1),
    metavar="NUMBER",
    help="Recognise this channel alone, counted from 1.",
)
@click.option(
    "--jobs",
    "-j",
    cls=Setting,
    section=_COURSE,
    type=click.IntRange(1, 300),
    metavar="NUMBER",
    help=f"How many files at once.  [default: {_JOBS} with --output-dir, else 1]",
)
@click.option(
    "--watch",
    section=_COURSE,
    cls=Setting,
    is_flag=True,
    help="Show captions on the terminal, as it is spoken.",
)
@click.option(
    "--pace",
    cls=Setting,
    section=_COURSE,
    type=ABOVE_ZERO,
    metavar="SPEED",
    help="Feed recordings at this multiple of the speed at which they were spoken; 1 is real time.  "
    "[default: as fast as they are taken; 1 with --watch]",
)
@click.option(
    "--interim",
    section=_COURSE,
    cls=Setting,
    is_flag=True,
    help="Show guesses as they come, on standard error.",
)
def transcribe(  # noqa: PLR0917 - click passes everything by name
    files: tuple[str, ...],
    forms: tuple[str, ...],
    output_dir: str | None,
    channels: int | None,
    channel: int | None,
    jobs: int | None,
    pace: float | None,
    metrics_port: int | None,
    *,
    keep_folders: bool,
    force: bool,
    watch: bool,
    interim: bool,
    **shared: Any,
) -> bool:
    """Write down what is said in recordings.

    Reads whatever libsndfile does: wav, flac, ogg (vorbis and opus), mp3, aiff and more, at any rate
    from 8 to 192 kHz; and with the extra 'media' m4a, webm, mp4 and more. A quoted pattern such as
    'talks/**/*.mp3' is looked up here. A dash (-) is standard input, which is decoded as it comes.

    The text goes to standard output and everything else to standard error. With --output-dir, each
    recording gets a file of its own, written whole or not at all: after Ctrl-C, the same command goes on
    with the rest.

    Exits with 0 if all is done, 1 if something failed, 2 if it was called wrongly.
    """
    forms = forms or ("text",)
    _check(
        forms, output_dir, channels, channel, jobs, keep_folders=keep_folders, force=force, watch=watch
    )
    recognition = read_recognition(shared, channels=channels)

    from asyncspeech.cli.transcribe.inputs import find  # noqa: PLC0415 - --help should not wait for gRPC
    from asyncspeech.cli.transcribe.outputs import Outputs  # noqa: PLC0415 - as above
    from asyncspeech.cli.transcribe.printer import Printer  # noqa: PLC0415 - as above
    from asyncspeech.cli.transcribe.run import Order, run  # noqa: PLC0415 - as above

    inputs, errors = find(files)
    at_once = jobs or (1 if output_dir is None or watch else _JOBS)
    outputs = printer = None
    if output_dir is not None:
        outputs = Outputs(output_dir, forms, keeps_folders=keep_folders)
        inputs = outputs.prepare(inputs)
    elif not watch:
        if forms[0] not in {"text", "json"} and len(inputs) > 1:
            raise click.UsageError(f"several files of {forms[0]} want --output-dir")
        printer = Printer(forms[0], headings=len(inputs) + len(errors) > 1, at_once=at_once == 1)
    order = Order(
        inputs=inputs,
        errors=errors,
        recognition=recognition,
        printer=printer,
        outputs=outputs,
        jobs=at_once,
        channel=channel,
        pace=pace or (1.0 if watch else None),
        guesses=interim,
        watches=watch,
        is_forced=force,
    )
    with serve_metrics(metrics_port) as metrics_url:
        if metrics_url is not None:
            click.echo(f"metrics: {metrics_url}", err=True)
        return loop.run(run(order))


def _check(
    forms: tuple[str, ...],
    output_dir: str | None,
    channels: int | None,
    channel: int | None,
    jobs: int | None,
    *,
    keep_folders: bool,
    force: bool,
    watch: bool,
) -> None:
    """See that the options go together."""
    if output_dir is None:
        if len(forms) > 1:
            raise click.UsageError("several --format want --output-dir")
        if keep_folders or force:
            raise click.UsageError(
                f"{'--keep-folders' if keep_folders else '--force'} wants --output-dir"
            )
    if channels is not None and channel is not None:
        raise click.UsageError("--channels recognises all of them, --channel one: give one of the two")
    if watch and (jobs or 1) > 1:
        raise click.UsageError("--watch shows one recording at a time, without --jobs")
    if watch and not sys.stdout.isatty():
        raise click.UsageError(
            "--watch draws on a terminal, which standard output is not; try --interim"
        )
