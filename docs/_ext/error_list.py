"""Every error that can be raised, with its cause and its cure: ``.. error-list::``.

What it says is what the classes' docstrings say, so that nothing is written twice. It is a directive of
reStructuredText, as docstrings are: a page in Markdown puts it into ``{eval-rst}``.
"""

from __future__ import annotations

import inspect
import re
from textwrap import dedent
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from asyncspeech import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__all__ = ("concrete_errors", "sections", "setup")

# Nothing is an instance of these alone.
_BASES = (errors.AsyncSpeechError, errors.ServiceError)

_HEADING = re.compile(r"^(Cause|Cure|Attributes):$", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^(?P<name>\w+): (?P<text>.*(?:\n +.*)*)", re.MULTILINE)


def concrete_errors() -> Iterator[type[errors.AsyncSpeechError]]:
    """The classes that are raised, in the order in which they are defined."""
    for value in vars(errors).values():
        is_error = inspect.isclass(value) and issubclass(value, errors.AsyncSpeechError)
        if is_error and value not in _BASES:
            yield value


def sections(kind: type) -> dict[str, str]:
    """The parts of a class's docstring by their headings; what has no heading is under ``""``."""
    meaning, *rest = _HEADING.split(inspect.cleandoc(kind.__doc__ or ""))
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    return {"": meaning.strip()} | {heading: dedent(text).strip() for heading, text in parts.items()}


class ErrorList(SphinxDirective):
    """A section for each error."""

    def run(self) -> list[nodes.Node]:
        """What stands in the page."""
        context = self.env.ref_context
        before = context.get("py:module")
        context["py:module"] = "asyncspeech"  # where names in the docstrings are looked up
        try:
            return [self._section(kind) for kind in concrete_errors()]
        finally:
            context["py:module"] = before

    def _section(self, kind: type[errors.AsyncSpeechError]) -> nodes.section:
        name = kind.__name__
        parts = sections(kind)
        section = nodes.section(ids=[f"when-{name.lower()}"], names=[name.lower()])
        section += nodes.title(name, "", nodes.literal(name, name))
        section += self.parse_text_to_nodes(parts.pop(""))
        items = [_item(heading, self._body(heading, text)) for heading, text in parts.items()]
        link = f"`{name}`, {_family(kind)}"
        items.append(_item("Reference", self.parse_text_to_nodes(link)))
        section += nodes.definition_list("", *items, classes=["error"])
        return section

    def _body(self, heading: str, text: str) -> list[nodes.Node]:
        if heading == "Attributes":
            text = _ATTRIBUTE.sub(r"- ``\g<name>``: \g<text>", text)
        return self.parse_text_to_nodes(text)


def _family(kind: type[errors.AsyncSpeechError]) -> str:
    """Which errors and exceptions a class is a kind of."""
    bases = [base.__name__ for base in kind.__bases__]
    return "a kind of " + " and ".join(f"`{base}`" for base in bases)


def _item(heading: str, body: list[nodes.Node]) -> nodes.definition_list_item:
    return nodes.definition_list_item("", nodes.term("", heading), nodes.definition("", *body))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive to Sphinx."""
    app.add_directive("error-list", ErrorList)
    app.add_css_file("errors.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
