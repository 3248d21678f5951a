"""Black-76 close to expiry, where volatilities are large numbers, against plain bisection."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nfops.pricing import delta, implied_volatility
from tests.naive.choosing import delta_of

YEAR_S = 365 * 86_400


@pytest.mark.parametrize("seconds", [1, 5, 20, 60, 600, 22_500, 7 * 86_400])
def test_the_delta_of_a_premium_is_found_however_near_the_expiry(seconds: int) -> None:
    rng, years, solved = np.random.default_rng(seconds), seconds / YEAR_S, 0
    for _ in range(200):
        forward, strike = int(rng.integers(2_140_000, 2_160_000)), int(rng.integers(420, 441)) * 5_000
        right, sign = (("CE", 1), ("PE", -1))[int(rng.integers(2))]
        worth = max(sign * (forward - strike), 0) + float(rng.uniform(-100, 6_000))
        premium = max(5, round(worth / 5) * 5)
        expected = delta_of(premium, forward, strike, years, right)
        volatility = implied_volatility(float(premium), float(forward), float(strike), years, sign)
        assert math.isnan(volatility) is (expected is None)
        if expected is not None:
            assert delta(float(forward), float(strike), years, volatility, sign) == pytest.approx(expected, abs=1e-9)
            solved += 1
    assert solved > 150


def test_a_premium_of_the_last_second_has_its_own_volatility_and_not_a_limit() -> None:
    # At the money premium / forward = 2 N(w / 2) - 1, w the volatility times the root of time: 21.50 of 21,500 gives
    # w = 0.001 x sqrt(2 pi) = 0.00250663, a second is 1 / 5,615.69 ** 2 years, 0.00250663 x 5,615.69 = 14.0765.
    for premium, volatility in ((2_150.0, 14.0765), (4_300.0, 28.1529)):
        found = implied_volatility(premium, 2_150_000.0, 2_150_000.0, 1 / YEAR_S, 1)
        assert found == pytest.approx(volatility, rel=1e-5)
