"""Figures of a run: each with the value of every round, so that its spread can be told."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

__all__ = ("Figure", "Record")

_NAME = 46
_COLUMN = 11


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that was measured.

    Attributes:
        unit: What it is counted in; ``ratio`` if it is one of two figures of the same round.
        rounds: What each round gave.
    """

    unit: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def least(self) -> float:
        """The least of the rounds."""
        return min(self.rounds)

    @property
    def most(self) -> float:
        """The most of the rounds."""
        return max(self.rounds)


@dataclass(slots=True)
class Record:
    """What was measured, by name. Names are paths, such as ``live/emulator/100/bare/cpu``.

    Attributes:
        environment: The machine, and what ran on it.
        figures: All figures, by name.
    """

    environment: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, name: str, unit: str, rounds: Sequence[float]) -> None:
        """Note a figure, and print it."""
        if name in self.figures:
            raise ValueError(f"{name} has been measured already")
        figure = self.figures[name] = Figure(unit, tuple(round(value, 4) for value in rounds))
        columns = "".join(
            f"{_digits(value):>{_COLUMN}}" for value in (figure.median, figure.least, figure.most)
        )
        print(f"{name:{_NAME}}{columns}  {unit}", flush=True)

    def head(self, text: str) -> None:
        """Print what the next figures are about."""
        columns = "".join(f"{name:>{_COLUMN}}" for name in ("median", "least", "most"))
        print(f"\n{text:{_NAME}}{columns}", flush=True)

    def below(self, path: str) -> Iterator[tuple[str, Figure]]:
        """The figures whose names begin with ``path``, and the rest of their names."""
        for name, figure in self.figures.items():
            if name.startswith(f"{path}/"):
                yield name.removeprefix(f"{path}/"), figure

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        figures = {
            name: {"unit": figure.unit, "rounds": figure.rounds} for name, figure in self.figures.items()
        }
        document = {"environment": self.environment, "figures": figures}
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` has written."""
        document = json.loads(path.read_text(encoding="utf-8"))
        figures = {
            name: Figure(figure["unit"], tuple(figure["rounds"]))
            for name, figure in document["figures"].items()
        }
        return cls(document["environment"], figures)


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
