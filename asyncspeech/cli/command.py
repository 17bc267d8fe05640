"""What all commands have in common: how they end, where their settings come from, how their help looks.

A setting is taken from the first of these that has it: the command line, the environment, a file
(`asyncspeech.cli.settings`), and the default. Nothing here imports gRPC or numpy: help and completion
have to be quick.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from asyncspeech.cli.failure import WrongCall, exit_code
from asyncspeech.cli.settings import find_file, read_file
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("ABOVE_ZERO", "PORT", "Command", "ListedText", "Setting")

PORT = click.IntRange(0, 65_535)
ABOVE_ZERO = click.FloatRange(min=0, min_open=True)

_GENERAL = "General"


class ListedText(click.ParamType[str]):
    """A text of which there may be several, which the environment separates.

    Args:
        separator: By what.
    """

    name = "text"

    def __init__(self, separator: str) -> None:
        self.envvar_list_splitter = separator  # type: ignore[misc] # click has one for each class


class Setting(click.Option):
    """An option that the environment and a file can give as well.

    Args:
        args: As for `click.Option`.
        is_shared: Whether it means the same to all commands that have it. Such a one stands at the top
            of a file, and has a variable without the command's name.
        section: Below which heading the help shows it.
        kwargs: As for `click.Option`.
    """

    def __init__(
        self, *args: Any, is_shared: bool = False, section: str = _GENERAL, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_shared = is_shared
        self.section = section

    @property
    def key(self) -> str:
        """Its name in a file: that of the flag, without the dashes."""
        return max(self.opts, key=len).lstrip("-")

    def variables(self, command: str) -> tuple[str, ...]:
        """The environment variables that give it to a command, the first that is set."""
        name = self.key.upper().replace("-", "_")
        own = f"ASYNCSPEECH_{command.upper()}_{name}"
        return (own, f"ASYNCSPEECH_{name}") if self.is_shared else (own,)

    def get_help_extra(self, ctx: click.Context) -> Any:
        """What click adds to the help, without formulas: the help says it in words where it matters."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """What the environment says, for click."""
        variables = self.variables(ctx.command.name or "")
        return next(filter(None, map(os.environ.get, variables)), None)


class Command(click.Command):
    """A command. What its function returns says whether all went well; only False says it did not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(
                ["--config"],
                type=click.Path(dir_okay=False),
                metavar="FILE",
                is_eager=True,
                expose_value=False,
                callback=_read_settings,
                help="Take settings from this TOML file.  [default: that of ASYNCSPEECH_CONFIG, "
                "asyncspeech.toml, or the user's]",
            )
        )

    @property
    def settings(self) -> Mapping[str, Setting]:
        """What a file may set for it, by key."""
        return {option.key: option for option in self.params if isinstance(option, Setting)}

    def invoke(self, ctx: click.Context) -> Any:
        """Run it, and leave with its exit code."""
        ctx.exit(exit_code(lambda: super(Command, self).invoke(ctx)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                sections.setdefault(getattr(param, "section", _GENERAL), []).append(record)
        general = sections.pop(_GENERAL, [])
        for name, records in sections.items():
            with formatter.section(name):
                formatter.write_dl(records)
        with formatter.section(_GENERAL if sections else "Options"):
            formatter.write_dl(general)


def _read_settings(ctx: click.Context, _: click.Parameter, path: str | None) -> None:
    """Make the defaults of a command from a file, before its other options are looked at."""
    if ctx.resilient_parsing or not isinstance(ctx.command, Command):
        return
    try:
        found = find_file(path)
        if found is not None:
            ctx.default_map = read_file(found, ctx)
    except ConfigurationError as error:
        raise WrongCall(error) from None
