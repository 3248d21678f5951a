"""Option values of the simulated market: parity, bounds, spreads, and Black-76 written a second time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nfops.pricing.black76 import price
from nfops.synth.options import CARRY, YEAR_S, forward, half_spread, on_grid, smile, value

STRIKES = range(20_000, 23_050, 50)
LEFT = np.array([30.0, 3_600.0, 22_500.0, 5 * 86_400.0, 25 * 86_400.0])
"""Seconds to expiry."""
SPOT = np.array([21_480.0, 21_512.35, 21_500.0, 21_333.3, 21_700.05])
IMPLIED = np.array([0.11, 0.14, 0.2, 0.3, 0.09])
YEARS = LEFT / YEAR_S
AHEAD = forward(SPOT, LEFT)


def values(right: str) -> np.ndarray:
    """Values by strike and case, ``(K, N)``."""
    return np.array([value(AHEAD, IMPLIED, float(strike), YEARS, right) for strike in STRIKES])


def test_the_forward_carries_the_index_to_expiry() -> None:
    expected = [spot * math.exp(0.065 * left / 31_536_000) for spot, left in zip(SPOT, LEFT, strict=True)]
    assert (CARRY, YEAR_S) == (0.065, 31_536_000)
    assert forward(SPOT, LEFT).tolist() == pytest.approx(expected, rel=1e-12)


def test_call_and_put_differ_by_forward_less_strike() -> None:
    gap = AHEAD - np.array(STRIKES)[:, None]
    assert np.allclose(values("CE") - values("PE"), gap, atol=1e-8)


def test_values_are_those_of_black76_at_the_volatility_of_the_smile() -> None:
    compared = 0
    for strike, row in zip(STRIKES, values("CE"), strict=True):
        smiled = np.maximum(smile(IMPLIED, float(strike), AHEAD, YEARS), 0.03)
        for at, worth in enumerate(row):
            expected = price(float(AHEAD[at]), float(strike), float(YEARS[at]), float(smiled[at]), 1)
            assert worth == pytest.approx(expected, abs=1e-8)
            compared += expected > 0.05
    assert compared > 100


def test_no_value_can_be_arbitraged() -> None:
    strikes = np.array(STRIKES, float)[:, None]
    calls, puts = values("CE"), values("PE")
    assert (calls >= np.maximum(AHEAD - strikes, 0) - 1e-8).all()
    assert (calls <= AHEAD).all()
    assert (puts >= np.maximum(strikes - AHEAD, 0) - 1e-8).all()
    assert (puts <= strikes).all()
    assert (np.diff(calls, axis=0) <= 1e-8).all()
    assert (np.diff(calls, axis=0) >= -50 - 1e-8).all()
    # A butterfly never costs less than nothing.
    assert (np.diff(calls, n=2, axis=0) >= -1e-6).all()


def test_volatility_is_dearer_below_the_money_than_above() -> None:
    deviation = IMPLIED * np.sqrt(YEARS)
    # Strike 1 under forwards two standard deviations above and below it is a strike below and above the money.
    low, middle, high = (smile(IMPLIED, 1.0, np.exp(side * deviation), YEARS) for side in (2.0, 0.0, -2.0))
    assert (low / middle).tolist() == pytest.approx([1 + 2 * 0.05 + 4 * 0.018] * 5)
    assert (high / middle).tolist() == pytest.approx([1 - 2 * 0.05 + 4 * 0.018] * 5)


def test_spreads_are_wider_away_from_the_money_for_dearer_options_and_at_the_open() -> None:
    fair, quiet = np.array([20.0, 100.0, 300.0]), np.ones(3)
    near, far = (half_spread(fair, away, quiet) for away in (0.0, 1.0))
    assert (np.diff(near) > 0).all()
    assert (far > near).all()
    assert (half_spread(fair, 0.0, 4 * quiet) > near).all()
    assert near.tolist() == pytest.approx([0.037, 0.085, 0.205])  # 0.025 + 0.0006 x value


def test_prices_lie_on_the_tick_and_cost_at_least_one() -> None:
    assert on_grid(np.array([0.0, 0.01, 0.06, 0.08, 100.03])).tolist() == pytest.approx([0.05, 0.05, 0.05, 0.1, 100.05])
