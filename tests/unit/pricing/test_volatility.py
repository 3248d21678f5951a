"""Realised volatility and the volatility index, by hand and against what they must find in a known market."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nfops.pricing import (
    Strip,
    close_to_close,
    garman_klass,
    parkinson,
    prices,
    strip_variance,
    volatility_index,
)
from nfops.types import FloatArray


def test_closes_by_hand() -> None:
    # Returns ln 2, -ln 2, ln 2: mean ln 2 / 3, sample variance (2 (2/3)^2 + (4/3)^2) / 2 (ln 2)^2 = 4/3 (ln 2)^2.
    found = close_to_close(np.array([1.0, 2.0, 1.0, 2.0]), 1)
    assert found == pytest.approx(math.log(2) * math.sqrt(4 / 3 * 252))


def test_a_return_from_or_to_an_unknown_price_is_left_out() -> None:
    # Left are ln 2 and ln 4: mean 3/2 ln 2, sample variance (ln 2)^2 / 2.
    found = close_to_close(np.array([1.0, 2.0, np.nan, 1.0, 4.0]), 1)
    assert found == pytest.approx(math.log(2) * math.sqrt(252 / 2))


def test_one_return_has_no_deviation_and_no_bar_no_range() -> None:
    assert math.isnan(close_to_close(np.array([1.0, 2.0]), 1))
    assert math.isnan(parkinson(np.array([]), np.array([]), 1))


def test_ranges_by_hand() -> None:
    high, low = np.array([math.e, math.e]), np.array([1.0, 1.0])
    assert parkinson(high, low, 1) == pytest.approx(math.sqrt(252 / (4 * math.log(2))))
    open_, close = np.array([1.0, 1.0]), np.array([math.e, 1.0])
    # 1/2 less (2 ln 2 - 1) for the first bar, 1/2 for the second.
    mean = 0.5 - (2 * math.log(2) - 1) / 2
    assert garman_klass(open_, high, low, close, 1) == pytest.approx(math.sqrt(252 * mean))


def test_all_three_find_the_volatility_of_a_walk() -> None:
    rng, steps, days = np.random.default_rng(7), 400, 2_000
    path = np.cumsum(rng.normal(0, 0.2 / math.sqrt(252 * steps), (days, steps)), axis=1)
    path = np.concatenate([np.zeros((days, 1)), path], axis=1)
    open_, high, low, close = (np.exp(part) for part in (path[:, 0], path.max(1), path.min(1), path[:, -1]))
    daily = np.exp(np.cumsum(np.concatenate([[0.0], path[:, -1]])))
    assert close_to_close(daily, 1) == pytest.approx(0.2, rel=0.05)
    # A path of 400 steps misses a little of its range.
    assert parkinson(high, low, 1) == pytest.approx(0.2, rel=0.06)
    assert garman_klass(open_, high, low, close, 1) == pytest.approx(0.2, rel=0.08)


def strip(volatility: float, days: float, spread: float = 0.0) -> Strip:
    """Quotes of a wide, dense chain at one volatility."""
    forward, years = 21_480.0, days / 365
    strike = np.arange(12_000.0, 36_000.0, 50.0)
    call, put = (prices(forward, strike, years, volatility, sign) for sign in (1, -1))

    def sides(middle: FloatArray) -> tuple[FloatArray, FloatArray]:
        return middle * (1 - spread / 2), middle * (1 + spread / 2)

    return Strip(forward, years, strike, *sides(call), *sides(put))


@pytest.mark.parametrize("volatility", [0.1, 0.18, 0.45])
def test_the_strip_of_a_flat_smile_is_worth_its_volatility(volatility: float) -> None:
    assert math.sqrt(strip_variance(strip(volatility, 24))) == pytest.approx(volatility, rel=2e-3)


def test_the_index_lies_between_the_expiries_by_total_variance() -> None:
    near, following = strip(0.12, 16), strip(0.2, 44)
    # 30 days lie half way: total variance is the mean of 0.12^2 16 and 0.2^2 44 over 365.
    expected = math.sqrt((0.12**2 * 16 + 0.2**2 * 44) / 2 / 30)
    assert volatility_index(near, following) == pytest.approx(expected, rel=2e-3)


def test_wide_quotes_do_not_count_and_gaps_are_filled() -> None:
    assert math.isnan(strip_variance(strip(0.15, 24, spread=0.31)))
    whole = strip(0.15, 24, spread=0.2)
    holes = np.arange(len(whole.strike)) % 3 == 1
    bid = np.where(holes, 0.0, whole.put_bid)
    ask = np.where(holes, np.nan, whole.call_ask)
    patchy = Strip(whole.forward, whole.years, whole.strike, whole.call_bid, ask, bid, whole.put_ask)
    assert strip_variance(patchy) == pytest.approx(strip_variance(whole), rel=2e-3)


def test_without_time_or_strikes_below_the_forward_there_is_no_variance() -> None:
    whole = strip(0.15, 24)
    assert math.isnan(strip_variance(strip(0.15, 0.0)))
    above = whole.strike > whole.forward
    rest = (part[above] for part in (whole.strike, whole.call_bid, whole.call_ask, whole.put_bid, whole.put_ask))
    assert math.isnan(strip_variance(Strip(whole.forward, whole.years, *rest)))
