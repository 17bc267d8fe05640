"""`Budget`: what sessions may cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from asyncspeech.config.values import check_above_zero, set_member
from asyncspeech.errors import ConfigurationError

__all__ = ("Budget", "BudgetScope")


class BudgetScope(StrEnum):
    """Whose expenses a budget is for."""

    SESSION = "session"
    """Those of one session."""

    CLIENT = "client"
    """Those of all sessions together that a client has opened with this budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a session may cost, or all sessions of a client together.

    When it is nearly spent, `Session.events` tells so. What it does not pay for is not taken: everything
    before is recognised, and then the session ends with `BudgetExceededError`, which has the transcript.

    Of sessions that share a budget, each is told and each ends by itself, when it is given audio that is
    not paid for. Audio that it had taken by then is recognised, so the sum may exceed the budget by what
    the others have begun: usually less than a second each.

    Attributes:
        usd: The amount, in US dollars, by `SessionConfig.prices`.
        warn_at: The share of it, above 0 and up to 1, at which `BudgetNearlySpent` is told.
        per: Whether each session may cost so much, or all of a client's sessions with an equal budget:
            a `BudgetScope`, or its name.

    Raises:
        ConfigurationError: A value is out of range.
    """

    usd: float
    warn_at: float = 0.8
    per: BudgetScope = BudgetScope.SESSION

    def __post_init__(self) -> None:
        check_above_zero(self, "usd", "warn_at")
        if self.warn_at > 1:
            raise ConfigurationError("warn_at", f"{self.warn_at:g} is more than 1, which is all of it")
        set_member(self, "per", BudgetScope)
