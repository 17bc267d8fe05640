"""What the service costs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncspeech import Budget, ConfigurationError, Prices, PriceTier

SECONDS = st.integers(0, 400_000_000)
USED = st.sampled_from([0.0, 1.0, 499_999.5, 500_000.0, 3_000_000.0])


class TestUsd:
    @pytest.mark.parametrize(
        ("minutes", "usd"),
        [
            (0, 0.0),
            (1, 0.016),
            (500_000, 8_000.0),
            (500_001, 8_000.010),
            (1_000_000, 13_000.0),
            (2_000_000, 21_000.0),
            (2_000_100, 21_000.4),
        ],
    )
    def test_the_price_of_a_minute_falls_with_the_minutes(self, minutes: int, usd: float) -> None:
        assert Prices().usd(minutes * 60) == pytest.approx(usd)

    def test_a_second_costs_a_sixtieth_of_a_minute(self) -> None:
        assert Prices().usd(1) == pytest.approx(0.016 / 60)

    def test_what_the_account_has_used_counts(self) -> None:
        assert Prices(used_minutes=499_999).usd(120) == pytest.approx(0.016 + 0.010)

    def test_data_logging_is_cheaper(self) -> None:
        assert Prices.with_data_logging().usd(60) == pytest.approx(0.012)
        assert Prices.with_data_logging(used_minutes=600_000).usd(60) == pytest.approx(0.0075)

    @pytest.mark.parametrize("model", ["medical_dictation", "medical_conversation"])
    def test_medical_models_have_a_price_of_their_own(self, model: str) -> None:
        assert Prices(used_minutes=3_000_000).usd(60, model=model) == pytest.approx(0.078)

    def test_the_table_can_be_replaced(self) -> None:
        assert Prices(tiers=(PriceTier(0, 0.5),)).usd(30) == pytest.approx(0.25)

    def test_it_says_where_it_is_from_and_of_when(self) -> None:
        assert Prices().source.startswith("https://cloud.google.com/speech-to-text/pricing")
        assert Prices().date == "2025/2026"

    @given(SECONDS, SECONDS, USED)
    def test_more_never_costs_less(self, first: int, second: int, used: float) -> None:
        prices = Prices(used_minutes=used)
        less, more = sorted((first, second))
        assert prices.usd(less) <= prices.usd(more)


class TestSeconds:
    @given(st.integers(0, 1_000_000), USED)
    def test_what_a_number_of_seconds_costs_pays_for_them(self, seconds: int, used: float) -> None:
        prices = Prices(used_minutes=used)
        assert prices.seconds(prices.usd(seconds)) == seconds

    @given(SECONDS, st.floats(0, 100_000))
    def test_what_it_pays_for_costs_no_more(self, after: int, usd: float) -> None:
        prices = Prices()
        bought = prices.seconds(usd, after=after)
        assert prices.usd(after + bought) - prices.usd(after) <= usd + 1e-4

    def test_a_second_that_is_paid_in_part_is_not_paid_for(self) -> None:
        assert Prices().seconds(2.9 * 0.016 / 60) == 2

    def test_a_debt_pays_for_nothing(self) -> None:
        assert Prices().seconds(-1.0) == 0

    def test_what_costs_nothing_is_paid_for_without_end(self) -> None:
        assert Prices(tiers=(PriceTier(0, 0.0),)).seconds(0.0) == math.inf


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PriceTier(-1, 0.016), "from_minute: -1 is not a number from 0 on"),
        (lambda: PriceTier(0, -0.1), "usd_per_minute: -0.1 is not a number from 0 on"),
        (lambda: Prices(used_minutes=-1), "used_minutes: -1 is not a number from 0 on"),
        (lambda: Prices(tiers=()), "tiers: do not begin at minute 0 and ascend"),
        (lambda: Prices(tiers=(PriceTier(5, 1),)), "tiers: do not begin at minute 0 and ascend"),
        (
            lambda: Prices(tiers=(PriceTier(0, 1), PriceTier(0, 2))),
            "tiers: do not begin at minute 0 and ascend",
        ),
        (lambda: Budget(usd=0), "usd: 0 is not a number above 0"),
        (lambda: Budget(usd=1, warn_at=0), "warn_at: 0 is not a number above 0"),
        (lambda: Budget(usd=1, warn_at=1.5), "warn_at: 1.5 is more than 1, which is all of it"),
    ],
)
def test_what_cannot_be_is_refused(make: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message
