"""What the service costs: a table of prices, and the arithmetic of a bill.

The service charges by the second of audio, and by the stream: "each request is rounded up to the nearest
increment of 1 second", and every channel that is recognised by itself is charged for. The price of a
minute falls with the minutes that an account has used in the month.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from asyncspeech.config.values import check_not_negative, check_text, items
from asyncspeech.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

__all__ = ("PriceTier", "Prices")

_MINUTE = 60.0

# Sums of prices are floats: a budget for 60 s has to pay for 60 s.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class PriceTier:
    """A price, and from which minute of the month on it holds.

    Attributes:
        from_minute: How many minutes the account has used before.
        usd_per_minute: US dollars per minute of audio and channel.

    Raises:
        ConfigurationError: A value is less than 0.
    """

    from_minute: float
    usd_per_minute: float

    def __post_init__(self) -> None:
        check_not_negative(self, "from_minute", "usd_per_minute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What the service charges for streaming recognition, without taxes and discounts.

    The table knows the standard price and that of the medical models. The price list does not name
    ``chirp_2`` and ``chirp_3`` by themselves; they are taken to cost the standard price. Who pays
    another price gives another table: ``Prices(tiers=(PriceTier(0, 0.012),))``.

    Attributes:
        tiers: The standard price, from minute 0 on, in ascending order.
        medical_usd_per_minute: US dollars per minute for models whose name begins with ``medical``. The
            60 minutes a month that are free there are left out of account.
        used_minutes: How many minutes the account has used this month already; no session can know.
        source: Where the prices are from.
        date: As of when they are, as an ISO date, year or range.

    Raises:
        ConfigurationError: A value is less than 0, or the tiers are out of order.
    """

    tiers: tuple[PriceTier, ...] = (
        PriceTier(0, 0.016),
        PriceTier(500_000, 0.010),
        PriceTier(1_000_000, 0.008),
        PriceTier(2_000_000, 0.004),
    )
    medical_usd_per_minute: float = 0.078
    used_minutes: float = 0.0
    source: str = "https://cloud.google.com/speech-to-text/pricing, Speech-to-Text V2 API"
    date: str = "2025/2026"

    @classmethod
    def with_data_logging(cls, *, used_minutes: float = 0.0) -> Self:
        """The prices for a project that has agreed to data logging.

        Args:
            used_minutes: How many minutes the account has used this month already.
        """
        tiers = (
            PriceTier(0, 0.012),
            PriceTier(500_000, 0.0075),
            PriceTier(1_000_000, 0.006),
            PriceTier(2_000_000, 0.003),
        )
        return cls(tiers=tiers, used_minutes=used_minutes)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tiers", items(self.tiers, "tiers", PriceTier))
        check_not_negative(self, "medical_usd_per_minute", "used_minutes")
        check_text(self, "source", may_be_empty=True)
        check_text(self, "date", may_be_empty=True)
        starts = [tier.from_minute for tier in self.tiers]
        if not starts or starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            raise ConfigurationError("tiers", "do not begin at minute 0 and ascend")

    def usd(self, seconds: float, *, model: str = "long") -> float:
        """What audio costs.

        Args:
            seconds: How much is billed: whole seconds of each stream, times the channels that are
                recognised.
            model: By which model.
        """
        left, cost = seconds / _MINUTE, 0.0
        for minutes, price in self._spans(model, after=0.0):
            cost += min(left, minutes) * price
            if left <= minutes:
                break
            left -= minutes
        return cost

    def seconds(self, usd: float, *, model: str = "long", after: float = 0.0) -> float:
        """How many whole seconds are paid for by an amount; infinitely many where they cost nothing.

        Args:
            usd: The amount, in US dollars.
            model: For which model.
            after: How many seconds of it have been paid for already.
        """
        left, bought = max(0.0, usd), 0.0
        for minutes, price in self._spans(model, after=after / _MINUTE):
            payable = left / price if price else math.inf
            bought += min(minutes, payable)
            if payable <= minutes:
                break
            left -= minutes * price
        seconds = bought * _MINUTE
        return seconds if math.isinf(seconds) else float(math.floor(seconds + _ROUNDING))

    def _spans(self, model: str, *, after: float) -> Iterator[tuple[float, float]]:
        """For how many minutes each price holds, after so many more than the account has used."""
        if model.startswith("medical"):
            yield math.inf, self.medical_usd_per_minute
            return
        used = self.used_minutes + after
        ends = [tier.from_minute for tier in self.tiers[1:]] + [math.inf]
        for tier, end in zip(self.tiers, ends, strict=True):
            if end > used:
                yield end - max(used, tier.from_minute), tier.usd_per_minute
