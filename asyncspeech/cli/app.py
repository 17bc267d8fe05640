"""What the command line understands."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from asyncspeech.config import SessionConfig
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("app",)

BACKENDS: Sequence[str] = ("auto", "google", "local")

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells count it: 128 and the signal's number."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="asyncspeech")
def app() -> None:
    """Speech to text: on Google Cloud Speech-to-Text V2, or on this machine."""


@app.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--language", default="en-US", show_default=True, help="BCP-47 tag of what is spoken.")
@click.option("--model", default="long", show_default=True, help="Model of Speech-to-Text V2.")
@click.option("--location", default="global", show_default=True, help="Location of the service.")
@click.option(
    "--project", default=None, help="Google Cloud project.  [default: that of the credentials]"
)
@click.option("--interim", is_flag=True, help="Show guesses as they come, on standard error.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines of text as sentences become final, or one line of JSON per file.",
)
@click.option(
    "--backend",
    type=click.Choice(BACKENDS),
    default="auto",
    show_default=True,
    help="Who recognises: auto is Google if there are credentials and a project, else this machine.",
)
def transcribe(  # noqa: PLR0917 - click passes everything by name
    files: tuple[str, ...],
    language: str,
    model: str,
    location: str,
    project: str | None,
    form: str,
    backend: str,
    *,
    interim: bool,
) -> None:
    """Write down what is said in recordings.

    Reads whatever libsndfile does: wav, flac, ogg (vorbis and opus), mp3, aiff and more, at any rate
    from 8 to 192 kHz. The text goes to standard output and everything else to standard error.

    Exits with 0 if all is done, 1 if something failed, 2 if it was called wrongly.
    """
    from asyncspeech.cli.transcribe import run  # noqa: PLC0415 - --help should not wait for gRPC

    config = _config(language, model, interim=interim)
    try:
        done = asyncio.run(
            run(files, config, form=form, backend=backend, project=project, location=location)
        )
    except BrokenPipeError:  # whoever read our output has had enough
        sys.stdout = None
        done = False
    except KeyboardInterrupt:
        raise click.exceptions.Exit(INTERRUPTED) from None
    raise click.exceptions.Exit(0 if done else 1)


def _config(language: str, model: str, *, interim: bool) -> SessionConfig:
    try:
        return SessionConfig(language_codes=(language,), model=model, interim_results=interim)
    except ConfigurationError as error:
        raise click.UsageError(
            f"{error.message}\nHint: {error.hint}" if error.hint else str(error)
        ) from None
