"""The table of what the service can do, as pages show it: ``{capabilities} PART``.

Made from `asyncspeech.capabilities` when the documentation is built. Sources are numbered through all
parts, and stand where ``{capabilities} sources`` does.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.errors import ExtensionError

from asyncspeech.capabilities import (
    AUTOMATIC_LANGUAGE,
    LIMIT_SOURCES,
    LIMITS,
    MODELS,
    Feature,
    ReleaseState,
    location_ids,
    select,
)
from asyncspeech.capabilities.words import (
    feature_restrictions,
    language_text,
    limit_text,
    streaming_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from asyncspeech.capabilities import Model, Source

_SOURCES = list(
    dict.fromkeys(
        [
            *(source for model in MODELS for source in model.sources),
            *LIMIT_SOURCES.values(),
        ]
    )
)


class Capabilities(Directive):
    """Shows a part of the table."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """What stands in the page."""
        (part,) = self.arguments
        if part not in _PARTS:
            raise ExtensionError(f"there is no part {part!r} of the capabilities")
        return _PARTS[part]()


def _models() -> list[nodes.Node]:
    headings = ("Model", "Streams", "Languages", "Sources")
    rows = [
        (
            [nodes.literal("", model.name)],
            _text(streaming_text(model)),
            _text(language_text(model)),
            _references(model.sources),
        )
        for model in MODELS
    ]
    return [_table(headings, rows)]


def _features() -> list[nodes.Node]:
    """Which models have which feature, and of some in which languages."""
    rows = [
        (
            _text(feature.value.replace("_", " ")),
            _joined(
                [
                    _name(model, feature_restrictions(model, feature))
                    for model in MODELS
                    if feature in model.features
                ]
            ),
        )
        for feature in sorted(Feature)
    ]
    limited = [
        nodes.paragraph(
            "",
            "",
            nodes.Text(f"{feature.value.replace('_', ' ').capitalize()} of "),
            nodes.literal("", model.name),
            nodes.Text(": "),
            *_tags(codes),
        )
        for model in MODELS
        for feature, codes in model.feature_language_codes.items()
    ]
    return [_table(("Feature", "Models"), rows), *limited]


def _locations() -> list[nodes.Node]:
    rows = [
        (
            [nodes.literal("", location, classes=["whole"])],
            *(_names(_in_state(location, state)) for state in ReleaseState),
        )
        for location in location_ids(MODELS)
    ]
    return [_table(("Location", "GA", "Preview"), rows)]


def _in_state(location: str, state: ReleaseState) -> list[Model]:
    return [model for model in select(MODELS, location) if model.locations[location] is state]


def _languages() -> list[nodes.Node]:
    """The languages of the models, once for those that know the same."""
    groups: dict[tuple[frozenset[str], ...], list[Model]] = {}
    for model in MODELS:
        key = (model.language_codes, model.preview_language_codes, model.sync_only_language_codes)
        groups.setdefault(key, []).append(model)
    items = [
        nodes.definition_list_item(
            "",
            nodes.term("", "", *_names(models)),
            nodes.definition("", *_language_paragraphs(models[0])),
        )
        for models in groups.values()
    ]
    return [nodes.definition_list("", *items)]


def _language_paragraphs(model: Model) -> list[nodes.Node]:
    preview, recordings = model.preview_language_codes, model.sync_only_language_codes
    kinds = {
        "": model.language_codes - preview - recordings,
        "Preview: ": preview,
        "In recordings only: ": recordings,
        "To be found by the model itself: ": {AUTOMATIC_LANGUAGE} if model.detects_language else (),
        **{f"Withdrawn from {location}: ": codes for location, codes in model.withdrawn.items()},
    }
    return [
        nodes.paragraph("", "", nodes.Text(label), *_tags(codes))
        for label, codes in kinds.items()
        if codes
    ]


def _tags(codes: Iterable[str]) -> list[nodes.Node]:
    return _joined([nodes.inline("", code, classes=["whole"]) for code in sorted(codes)])


def _limits() -> list[nodes.Node]:
    rows = [
        (_text(name.replace("_", " ")), _text(limit_text(value)), _references([LIMIT_SOURCES[name]]))
        for name, value in asdict(LIMITS).items()
    ]
    return [_table(("Limit of a request", "Value", "Source"), rows)]


def _sources() -> list[nodes.Node]:
    items = [
        nodes.list_item(
            "",
            nodes.paragraph("", f"{source.what}: {source.text}, {source.date}"),
            ids=[_source_id(source)],
        )
        for source in _SOURCES
    ]
    return [nodes.enumerated_list("", *items, enumtype="arabic", prefix="", suffix=".")]


_PARTS: Mapping[str, Callable[[], list[nodes.Node]]] = {
    "models": _models,
    "features": _features,
    "locations": _locations,
    "languages": _languages,
    "limits": _limits,
    "sources": _sources,
}


def _text(text: str) -> list[nodes.Node]:
    return [nodes.Text(text)]


def _names(models: Iterable[Model]) -> list[nodes.Node]:
    return _joined([_name(model) for model in models])


def _name(model: Model, note: str = "") -> nodes.Node:
    name = nodes.literal("", model.name)
    return nodes.inline("", "", name, nodes.Text(f" ({note})")) if note else name


def _references(sources: Iterable[Source]) -> list[nodes.Node]:
    return _joined(
        [
            nodes.reference("", str(_SOURCES.index(source) + 1), refid=_source_id(source), internal=True)
            for source in sources
        ]
    )


def _source_id(source: Source) -> str:
    return f"source-{_SOURCES.index(source) + 1}"


def _joined(parts: Sequence[nodes.Node]) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for part in parts:
        found += [nodes.Text(", "), part] if found else [part]
    return found


def _table(headings: Sequence[str], rows: Iterable[Sequence[list[nodes.Node]]]) -> nodes.table:
    head = nodes.thead("", _row([_text(heading) for heading in headings]))
    body = nodes.tbody("", *map(_row, rows))
    columns = [nodes.colspec(colwidth=1) for _ in headings]
    group = nodes.tgroup("", *columns, head, body, cols=len(headings))
    return nodes.table("", group, classes=["colwidths-auto"])


def _row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive to Sphinx."""
    app.add_directive("capabilities", Capabilities)
    app.add_css_file("capabilities.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
