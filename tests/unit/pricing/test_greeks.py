"""Sensitivities against values of sixty digits, and whole arrays against single numbers."""

from __future__ import annotations

import csv
import math
from decimal import Decimal

import numpy as np
import pytest

from nfops.pricing import all_greeks, greeks, implied_volatilities, implied_volatility, price, prices
from tests.shared import shared

FLOOR = 1e-290
"""Smaller numbers have fewer digits in doubles."""


def test_greeks_are_those_of_sixty_digits() -> None:
    with shared("data", "reference", "black76_vectors.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    compared = 0
    for row in rows:
        forward, strike, years, sigma = (float(row[name]) for name in ("forward", "strike", "T_years", "sigma"))
        found = greeks(forward, strike, years, sigma, 1 if row["cp"] == "C" else -1)
        discount = Decimal(row["discount"])
        # The file has discounted prices, whose theta also earns interest; here there is none.
        interest = Decimal(row["rate"]) * Decimal(row["price"])
        expected = {
            "delta": Decimal(row["delta_fwd"]) / discount,
            "gamma": Decimal(row["gamma_fwd"]) / discount,
            "vega": Decimal(row["vega"]) / discount,
            "theta": (Decimal(row["theta_per_year"]) - interest) / discount,
        }
        deviations = abs(math.log(forward / strike)) / (sigma * math.sqrt(years))
        for name, value in expected.items():
            if abs(value) > FLOOR:
                # Doubles know d1 to about 1e-16 of itself, and what depends on its square to d1 squared as much.
                tolerance = 1e-10 + 1e-15 * deviations**2 + 1e-13 * deviations
                assert getattr(found, name) == pytest.approx(float(value), rel=tolerance), (row["id"], name)
                compared += 1
    assert compared >= 4 * 50


@pytest.mark.parametrize(
    "wrong", [(0.0, 100.0, 0.1, 0.2), (100.0, 0.0, 0.1, 0.2), (100.0, 100.0, 0.0, 0.2), (100.0, 100.0, 0.1, 0.0)]
)
def test_past_expiry_or_without_volatility_there_are_no_greeks(wrong: tuple[float, float, float, float]) -> None:
    assert all(math.isnan(number) for number in greeks(*wrong, 1))


def test_arrays_broadcast_and_say_what_single_numbers_say() -> None:
    strike, sign = np.array([21_000.0, 21_500.0, 22_000.0]), np.array([[1], [-1]])
    found = prices(21_480.0, strike, 0.02, 0.13, sign)
    assert found.shape == (2, 3)
    assert found[1, 2] == price(21_480.0, 22_000.0, 0.02, 0.13, -1)
    volatility = implied_volatilities(found, 21_480.0, strike, 0.02, sign)
    assert volatility == pytest.approx(np.full((2, 3), 0.13), rel=1e-10)
    assert volatility[0, 0] == implied_volatility(found[0, 0], 21_480.0, 21_000.0, 0.02, 1)
    every = all_greeks(21_480.0, strike, 0.02, 0.13, sign)
    assert every["delta"][0] - every["delta"][1] == pytest.approx(np.ones(3))
    assert every["theta"].shape == (2, 3)
    assert every["vega"][0, 1] == greeks(21_480.0, 21_500.0, 0.02, 0.13, 1).vega


def test_without_time_or_volatility_a_price_is_intrinsic() -> None:
    strike = np.array([21_000.0, 22_000.0])
    assert prices(21_480.0, strike, [0.0, 0.0], 0.2, 1).tolist() == [480.0, 0.0]
    assert prices(21_480.0, strike, 0.1, 0.0, -1).tolist() == [0.0, 520.0]


def test_an_expired_or_worthless_premium_has_no_volatility_in_an_array() -> None:
    found = implied_volatilities([480.0, 490.0, 10.0], 21_480.0, 21_000.0, [0.02, 0.0, 0.02], 1)
    assert np.isnan(found).all()
