"""The pictures of the documentation, drawn by code: ``{picture} NAME``, and ``{phases}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.errors import ExtensionError
from sphinx.pycode import ModuleAnalyzer

from asyncspeech.core.phases import Phase, Trigger
from pictures import flow, phases, settling, streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import Enum

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

_MODULE = "asyncspeech.core.phases"
_PICTURES: dict[str, Callable[[], str]] = {
    **streams.PICTURES,
    "clocks": settling.draw_clocks,
    "flow": flow.draw,
    "phases": lambda: phases.draw(_meanings()),
    "settling": settling.draw_settling,
}


class Picture(Directive):
    """Draws a picture, by name."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """What stands in the page."""
        (name,) = self.arguments
        try:
            drawing = _PICTURES[name]()
        except LookupError as error:
            raise ExtensionError(f"cannot draw {name!r}: {error}") from error
        return [nodes.raw("", drawing, format="html")]


class Meanings(Directive):
    """Tells the phases, or the triggers, as the code describes them."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """What stands in the page."""
        members: type[Enum] = {"phases": Phase, "triggers": Trigger}[self.arguments[0]]
        meanings = _meanings()
        items = [_item(member.name.lower(), meanings[member.name]) for member in members]
        return [nodes.definition_list("", *items, classes=["meanings"])]


def _item(name: str, meaning: str) -> nodes.definition_list_item:
    return nodes.definition_list_item(
        "", nodes.term("", name), nodes.definition("", nodes.paragraph("", meaning))
    )


def _meanings() -> dict[str, str]:
    """What is written in the code about each phase and trigger, by its name."""
    found = ModuleAnalyzer.for_module(_MODULE).find_attr_docs()
    return {name: " ".join(" ".join(lines).split()) for (_, name), lines in found.items()}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives to Sphinx."""
    app.add_directive("picture", Picture)
    app.add_directive("meanings", Meanings)
    app.add_css_file("pictures.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
