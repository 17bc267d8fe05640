"""What ``asyncspeech models`` shows to people.

Nothing is cut off. All columns but the last have text of a width that is chosen here; Rich would rather
crop a table than make a column smaller than its longest word.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from textwrap import TextWrapper
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from asyncspeech.capabilities import LIMIT_SOURCES, LIMITS, MODELS, RECOGNIZER, DifferenceKind, listed
from asyncspeech.capabilities.words import feature_texts, language_text, limit_text, streaming_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from asyncspeech.capabilities import Difference, ListedModel, Model, Source

__all__ = ("show_limits", "show_live", "show_models")

_NARROWEST = 80
"""What a narrower terminal has to break by itself."""

_LOCATIONS_WIDTH = len("northamerica-northeast1,")
_FACTS_WIDTH = 24


@dataclass(frozen=True, slots=True)
class _Row:
    """What is shown of a model: facts that stand below its name, and two that may be long."""

    name: str
    facts: Mapping[str, str]
    where: str
    features: str
    style: str = ""


def show_models(models: Sequence[Model], location: str | None, language: str | None) -> None:
    """Show models of the table, and below them where all that was read."""
    sources = list(dict.fromkeys(source for model in models for source in model.sources))
    console = _console()
    rows = [_row(model, location, language, sources) for model in models]
    console.print(_table(rows, location))
    _print_sources(console, sources)
    console.print()
    console.print("The service changes faster than this table: --live asks it.", style="dim")


def show_live(
    models: Sequence[ListedModel],
    differences: Sequence[Difference],
    location: str | None,
    language: str | None,
    forbidden: Sequence[str],
) -> None:
    """Show what the service lists, and where that is not what the table says.

    Args:
        models: What it lists.
        differences: Where the table says otherwise.
        location: The location that was asked for, if it was one.
        language: The language that was asked for, if it was one.
        forbidden: The locations that the policy of the project's organisation forbids.
    """
    by_name: dict[str, list[ListedModel]] = {}
    for model in models:
        by_name.setdefault(model.name, []).append(model)
    marks = {item.model: _mark(item, by_name) for item in differences}
    rows = [
        _live_row(name, by_name.get(name, []), location, language, marks.get(name, ""))
        for name in _in_order({*by_name, *marks})
    ]
    console = _console()
    console.print(_table(rows, location))
    if differences:
        console.print("Where the service differs from the table:", style="bold")
        console.print(_list(("-", str(difference)) for difference in differences))
        console.print()
    if forbidden:
        console.print(f"The organisation's policy forbids {', '.join(forbidden)}.", style="yellow")
    console.print(_summary(models, marks, location))


def show_limits() -> None:
    """Show how much may be asked in one request, and where that was read."""
    sources = list(dict.fromkeys(LIMIT_SOURCES.values()))
    table = _empty_table()
    table.add_column("Limit of a request", style="bold")
    table.add_column("Value")
    table.add_column("Source")
    for name, value in asdict(LIMITS).items():
        number = sources.index(LIMIT_SOURCES[name]) + 1
        table.add_row(Text(name.replace("_", " ")), Text(limit_text(value)), Text(f"[{number}]"))
    console = _console()
    console.print(table)
    _print_sources(console, sources)


def _console() -> Console:
    console = Console(highlight=False, markup=False, emoji=False)
    console.width = max(console.width, _NARROWEST)
    return console


# Rows.


def _row(model: Model, location: str | None, language: str | None, sources: Sequence[Source]) -> _Row:
    numbers = "".join(f"[{sources.index(source) + 1}]" for source in model.sources)
    facts = {
        "streams": streaming_text(model),
        "languages": language_text(model) if language is None else "",
        "sources": numbers,
    }
    states = dict.fromkeys(model.locations, "withdrawn")
    states |= {entry.location_id: entry.release_state for entry in listed([model])}
    return _Row(model.name, facts, _where(states, location), ", ".join(feature_texts(model)))


def _live_row(
    name: str, entries: Sequence[ListedModel], location: str | None, language: str | None, mark: str
) -> _Row:
    codes = {code for entry in entries for code in entry.languages}
    facts = {"languages": str(len(codes) or "") if language is None else "", "differs": mark}
    features = {
        feature for entry in entries for found in entry.languages.values() for feature in found
    } - {RECOGNIZER}
    return _Row(
        name,
        facts,
        _where({entry.location_id: entry.release_state for entry in entries}, location),
        ", ".join(sorted(feature.replace("_", " ") for feature in features)),
        _STYLES.get(mark, ""),
    )


_STYLES = {"new": "green", "missing": "red", "changed": "yellow"}


def _mark(difference: Difference, found: Collection[str]) -> str:
    """How the service differs from the table, in a word."""
    if difference.kind is DifferenceKind.NEW_MODEL:
        return "new"
    return "changed" if difference.model in found else "missing"


def _in_order(names: Iterable[str]) -> list[str]:
    """Names in the order of the table, new ones behind."""
    known = [model.name for model in MODELS]
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


def _where(states: Mapping[str, str], location: str | None) -> str:
    """The locations, by release state; of a single one the state alone."""
    if location is not None:
        return _state(states[location]) if location in states else ""
    by_state: dict[str, list[str]] = {}
    for place, state in sorted(states.items()):
        by_state.setdefault(_state(state), []).append(place)
    return "\n".join(f"{state}: {', '.join(places)}" for state, places in sorted(by_state.items()))


def _state(state: str) -> str:
    return state if state == "GA" else state.lower() or "of unknown state"


def _summary(models: Sequence[ListedModel], marks: Mapping[str, str], location: str | None) -> str:
    names = {model.name for model in models}
    places = {model.location_id for model in models}
    where = _count(len(places), "location") if location is None else location
    found = f"The service lists {_count(len(names), 'model')} in {where}"
    words = list(marks.values())
    counts = [f"{words.count(word)} {word}" for word in _STYLES if word in words]
    return f"{found}: {', '.join(counts)}." if counts else f"{found}, as the table does."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# Tables.


def _empty_table() -> Table:
    return Table(box=box.SIMPLE_HEAD)


def _table(rows: Iterable[_Row], location: str | None) -> Table:
    table = _empty_table()
    table.leading = 1
    table.add_column("Model", no_wrap=True)
    table.add_column("Where" if location is None else f"In {location}", no_wrap=True)
    table.add_column("Features")
    for row in rows:
        where = _wrap(row.where, _LOCATIONS_WIDTH)
        table.add_row(_name_and_facts(row), where, Text(row.features), style=row.style)
    return table


def _name_and_facts(row: _Row) -> Text:
    facts = (f"{name}: {fact}" for name, fact in row.facts.items() if fact)
    return Text("\n").join(
        [Text(row.name, "bold"), *(_wrap(fact, _FACTS_WIDTH, indent="  ") for fact in facts)]
    )


def _wrap(text: str, width: int, indent: str = "") -> Text:
    """Text in lines of at most so many characters, broken between words alone."""
    wrapper = TextWrapper(
        width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return Text("\n".join(line for part in text.split("\n") for line in wrapper.wrap(part) or [""]))


def _print_sources(console: Console, sources: Sequence[Source]) -> None:
    console.print("Sources", style="bold")
    console.print(
        _list(
            (f"[{number}]", f"{source.what}: {source.text}, {source.date}")
            for number, source in enumerate(sources, 1)
        )
    )


def _list(items: Iterable[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for mark, text in items:
        grid.add_row(Text(mark), Text(text))
    return grid
