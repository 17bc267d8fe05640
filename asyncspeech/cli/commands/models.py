"""``asyncspeech models``."""

from __future__ import annotations

import click

from asyncspeech.cli import completion, loop
from asyncspeech.cli.command import Command, Setting

__all__ = ("models",)


@click.command(cls=Command)
@click.option("--location", shell_complete=completion.locations, help="Only what is there.")
@click.option(
    "--language",
    metavar="TAG",
    shell_complete=completion.languages,
    help="Only what knows it: a BCP-47 tag, or auto.",
)
@click.option("--limits", is_flag=True, help="Show how much may be asked in one request instead.")
@click.option("--live", is_flag=True, help="Ask the service, and mark where it differs from the table.")
@click.option(
    "--project",
    cls=Setting,
    is_shared=True,
    help="Google Cloud project, for --live.  [default: that of the credentials]",
)
@click.option(
    "--format",
    "form",
    cls=Setting,
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or one JSON document with everything.",
)
def models(
    location: str | None,
    language: str | None,
    project: str | None,
    form: str,
    *,
    limits: bool,
    live: bool,
) -> None:
    """Show models, locations, languages and features.

    The table is what is known from here, with its sources and their dates; the service changes faster.

    Exits with 0 if it was shown, 1 if the service could not be asked, 2 if it was called wrongly.
    """
    from asyncspeech.cli import models as command  # noqa: PLC0415 - --help should not wait for gRPC

    if limits and (live or location or language):
        raise click.UsageError("the limits are the same everywhere: --limits goes with --format alone")
    if live:
        loop.run(command.show_live(location, language, project=project, form=form))
    elif limits and form == "table":
        command.show_limits()
    else:
        command.show(location, language, form=form)
