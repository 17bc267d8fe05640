"""The ``asyncspeech`` command: which commands there are, each in a module of its own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("COMPLETION_VARIABLE", "app")

SECTIONS: Mapping[str, Sequence[str]] = {
    "Recognise speech": ("transcribe", "listen"),
    "Before": ("doctor", "models", "inspect"),
    "Without an account": ("demo", "emulator"),
    "Around it": ("dashboard", "completion"),
}

COMPLETION_VARIABLE = "_ASYNCSPEECH_COMPLETE"
"""What tells the command that a shell wants to know how a line may go on."""

EXAMPLES = """\
\b
Examples:
  asyncspeech transcribe talk.mp3
  asyncspeech transcribe -o out -f srt -f json 'talks/**/*.flac'
  asyncspeech listen --save notes.txt
  asyncspeech doctor --project my-project

Settings come from the command line, then from the environment
(ASYNCSPEECH_LANGUAGE, ASYNCSPEECH_TRANSCRIBE_JOBS), then from a TOML file
(--config FILE, ASYNCSPEECH_CONFIG, or asyncspeech.toml in this folder).
"""


class Commands(click.Group):
    """The commands, loaded when they are asked for, and listed by what they are for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        """Their names, in the order of the help."""
        return [name for names in SECTIONS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; None if there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"asyncspeech.cli.commands.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each, in sections."""
        width = max(map(len, self.list_commands(ctx)))
        for title, names in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (name.ljust(width), command.get_short_help_str(80))
                        for name, command in commands
                        if command
                    ]
                )


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES)
@click.version_option(package_name="asyncspeech")
def app() -> None:
    """Speech to text: on Google Cloud Speech-to-Text V2, or on this machine."""
