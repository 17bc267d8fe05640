"""What a shell offers behind an option, from the table of capabilities: it asks nobody, and is quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.core import ParameterSource
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from asyncspeech.capabilities import Model

__all__ = ("languages", "locations", "models")


def models(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models, of the location if it is given."""
    return _beginning(incomplete, (model.name for model in _known(_given(ctx, "location"))))


def locations(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The locations, of the model if it is given."""
    from asyncspeech.capabilities import location_ids  # noqa: PLC0415 - only completion wants the table

    wanted = _given(ctx, "model")
    found = tuple(model for model in _known(None) if model.name == wanted)
    return _beginning(incomplete, location_ids(found or _known(None)))


def languages(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The languages, of the model if it is given."""
    wanted = _given(ctx, "model")
    found = [model for model in _known(_given(ctx, "location")) if wanted in {None, model.name}]
    codes = set().union(*(model.language_codes for model in found))
    return _beginning(incomplete, sorted(codes))


def _given(ctx: click.Context, name: str) -> str | None:
    """What a parameter was set to, and not its default, which was not asked for."""
    is_default = ctx.get_parameter_source(name) is ParameterSource.DEFAULT
    return None if is_default else ctx.params.get(name)


def _known(location: str | None) -> tuple[Model, ...]:
    """The models of a location; all of them if none is given, or there is none called so."""
    from asyncspeech.capabilities import MODELS, select  # noqa: PLC0415 - as above

    return select(MODELS, location) or tuple(MODELS)


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]
