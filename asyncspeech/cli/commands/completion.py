"""``asyncspeech completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from asyncspeech.cli.app import COMPLETION_VARIABLE
from asyncspeech.cli.command import Command

__all__ = ("completion",)

_SHELLS = ("bash", "zsh", "fish")
_EPILOG = """\
\b
bash: echo 'eval "$(asyncspeech completion bash)"' >> ~/.bashrc
zsh:  echo 'eval "$(asyncspeech completion zsh)"' >> ~/.zshrc
fish: asyncspeech completion fish
        > ~/.config/fish/completions/asyncspeech.fish
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete our commands and options.

    Models, locations and languages are completed too, from the table that 'asyncspeech models' shows.
    """
    kind = get_completion_class(shell)
    if kind is None:  # click has had all three since 8.0
        raise click.UsageError(f"this version of click knows nothing of {shell}")
    root = ctx.find_root()
    click.echo(kind(root.command, {}, "asyncspeech", COMPLETION_VARIABLE).source())
