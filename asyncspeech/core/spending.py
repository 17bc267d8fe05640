"""`Spending`: what a session has cost, and for how much more its budget pays.

A budget may be shared by all sessions of a client. What the others have spent is looked up whenever this
session asks what is left.

A second is counted when the first frame of it goes out, on each stream by itself: that is how the
service rounds. So are the seconds that are sent again, and the silence of a keep-alive. Where the
service says that it has billed more than that, it is believed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from asyncspeech.config import BudgetScope
from asyncspeech.core.actions import Deliver
from asyncspeech.core.purse import Purse
from asyncspeech.model import BudgetNearlySpent

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncspeech.config import Budget, SessionConfig
    from asyncspeech.core.actions import Action
    from asyncspeech.core.purse import Purses
    from asyncspeech.core.stream import Stream

__all__ = ("Spending",)


class Spending:
    """Counts what one session costs.

    Args:
        config: The session's configuration.
        do: Takes the actions.
        purses: What the client's sessions share.
    """

    def __init__(self, config: SessionConfig, do: Callable[[Action], None], purses: Purses) -> None:
        self._do = do
        self._rate = config.sample_rate_hertz
        self._channels = len(config.recognized_channels)
        self._seconds: dict[str, int] = {}
        self._estimated_seconds = 0
        self._purses = purses
        self._own = Purse()
        self._warned_of: Budget | None = None
        self.reconfigure(config)

    @property
    def usd(self) -> float:
        """What the session has cost, in US dollars."""
        prices = self._config.prices
        return sum(prices.usd(seconds, model=model) for model, seconds in self._seconds.items())

    @property
    def budget_spent(self) -> float:
        """What the budget has paid for, in US dollars, also for others that share it."""
        return self._purse.spent

    @property
    def estimated_seconds(self) -> int:
        """What the service should have billed by our own count, in seconds of one channel."""
        return self._estimated_seconds

    def left_frames(self) -> float:
        """For how many frames the budget still pays, besides those that are paid for."""
        if self._is_shared and self._purse.spent != self._reviewed_at:  # by the others
            self._review()
        return self._left_frames

    def saved_usd(self, seconds: float) -> float:
        """What the session would cost more if so many seconds of audio more had been sent."""
        model, prices = self._config.requested_model, self._config.prices
        spent = self._seconds.get(model, 0)
        more = spent + seconds * self._channels
        return prices.usd(more, model=model) - prices.usd(spent, model=model)

    def reconfigure(self, config: SessionConfig) -> None:
        """Go by another configuration from now on. What was spent stays spent."""
        self._config = config
        budget = config.budget
        self._is_shared = budget is not None and budget.per is BudgetScope.CLIENT
        self._purse = self._purses.of(budget) if budget is not None and self._is_shared else self._own
        self._review()

    def open(self, stream: Stream) -> None:
        """Begin to count a stream."""
        stream.model = self._config.requested_model

    def count(self, stream: Stream) -> None:
        """Count what a stream has cost since it was counted last."""
        begun = -(-stream.timeline.length // self._rate) * self._channels
        self._estimated_seconds += begun - stream.estimated_seconds
        stream.estimated_seconds = begun
        seconds = max(begun, stream.billed_seconds)
        if seconds > stream.counted_seconds:
            before, spent = self._seconds.get(stream.model, 0), self._own.spent
            self._seconds[stream.model] = before + seconds - stream.counted_seconds
            stream.counted_seconds = seconds
            stream.paid_frames = seconds // self._channels * self._rate
            self._own.spent = self.usd
            if self._is_shared:
                self._purse.spent += self._own.spent - spent
            self._review()

    def _review(self) -> None:
        """See what is left, and warn if that is little."""
        config, budget = self._config, self._config.budget
        spent = self._reviewed_at = self._purse.spent
        if budget is None:
            self._left_frames = math.inf
            return
        model = config.requested_model
        after = self._seconds.get(model, 0)
        seconds = config.prices.seconds(budget.usd - spent, model=model, after=after)
        # No whole number of seconds goes into infinitely many.
        self._left_frames = math.inf if math.isinf(seconds) else seconds // self._channels * self._rate
        if spent >= budget.usd * budget.warn_at and budget != self._warned_of:
            self._warned_of = budget
            self._do(Deliver(BudgetNearlySpent(spent, budget.usd)))
