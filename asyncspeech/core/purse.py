"""`Purse` and `Purses`: what budgets have paid for that several sessions share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncspeech.config import Budget

__all__ = ("Purse", "Purses")


@dataclass(slots=True)
class Purse:
    """What one budget has paid for so far.

    Attributes:
        spent: US dollars.
    """

    spent: float = 0.0


class Purses:
    """The purses of one client: sessions whose budgets are equal share one."""

    def __init__(self) -> None:
        self._purses: dict[Budget, Purse] = {}

    def of(self, budget: Budget) -> Purse:
        """The purse of a budget."""
        return self._purses.setdefault(budget, Purse())
