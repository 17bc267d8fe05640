"""`Budget`: what a session may cost."""

from __future__ import annotations

from dataclasses import dataclass

from asyncspeech.config.values import check_above_zero
from asyncspeech.errors import ConfigurationError

__all__ = ("Budget",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a session may cost.

    When it is nearly spent, `Session.events` tells so. What it does not pay for is not taken: everything
    before is recognised, and then the session ends with `BudgetExceededError`, which has the transcript.

    Attributes:
        usd: The amount, in US dollars, by `SessionConfig.prices`.
        warn_at: The share of it, above 0 and up to 1, at which `BudgetNearlySpent` is told.

    Raises:
        ConfigurationError: A value is out of range.
    """

    usd: float
    warn_at: float = 0.8

    def __post_init__(self) -> None:
        check_above_zero(self, "usd", "warn_at")
        if self.warn_at > 1:
            raise ConfigurationError("warn_at", f"{self.warn_at:g} is more than 1, which is all of it")
