"""Black-76 against values computed with 60 digits, and against what must hold whatever the numbers are.

Doubles carry about 16 digits. A premium is a difference of numbers as large as the forward, so a few units in the last
place of the forward are noise in it; divided by vega, they are the noise in a volatility.
"""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pytest

from nfops.pricing.black76 import delta, implied_volatility, price
from tests.shared import shared

TOLERANCE = 1e-10
ULPS = 8


class Vector(NamedTuple):
    """A row of the file; prices are undiscounted here, because nfops takes the forward with no interest."""

    forward: float
    strike: float
    years: float
    volatility: float
    sign: int
    price: float
    delta: float
    tick_price: float
    tick_volatility: float | None


def vectors() -> list[Vector]:
    with shared("data", "reference", "black76_vectors.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 60
    return [
        Vector(
            forward=float(row["forward"]),
            strike=float(row["strike"]),
            years=float(row["T_years"]),
            volatility=float(row["sigma"]),
            sign=1 if row["cp"] == "C" else -1,
            price=float(Decimal(row["price"]) / Decimal(row["discount"])),
            delta=float(Decimal(row["delta_fwd"]) / Decimal(row["discount"])),
            tick_price=float(Decimal(row["tick_price"]) / Decimal(row["discount"])),
            tick_volatility=float(row["iv_from_tick_price"]) if row["iv_from_tick_price"] else None,
        )
        for row in rows
    ]


def noise(forward: float) -> float:
    """What cannot be known of a premium."""
    return ULPS * math.ulp(forward)


def vega(case: Vector, volatility: float) -> float:
    spread = volatility * math.sqrt(case.years)
    d1 = math.log(case.forward / case.strike) / spread + spread / 2
    return case.forward * math.sqrt(case.years) * math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)


def near(found: float, true: float, case: Vector) -> bool:
    """Whether a volatility is right to 1e-10, or to what its premium carries of it."""
    return abs(found - true) <= max(TOLERANCE * true, noise(case.forward) / vega(case, true))


def test_prices_are_those_of_sixty_digits() -> None:
    for case in vectors():
        found = price(case.forward, case.strike, case.years, case.volatility, case.sign)
        assert abs(found - case.price) <= TOLERANCE * case.price + noise(case.forward), case


def test_out_of_the_money_prices_keep_their_digits_however_small() -> None:
    small = [case for case in vectors() if case.sign * (case.forward - case.strike) < 0]
    assert len(small) > 20
    assert min(case.price for case in small) < 1e-17
    for case in small:
        found = price(case.forward, case.strike, case.years, case.volatility, case.sign)
        assert found == pytest.approx(case.price, rel=1e-9, abs=0), case


def test_deltas_are_those_of_sixty_digits() -> None:
    for case in vectors():
        found = delta(case.forward, case.strike, case.years, case.volatility, case.sign)
        assert found == pytest.approx(case.delta, rel=TOLERANCE, abs=1e-15), case


def test_the_volatility_that_made_a_price_is_found_again() -> None:
    exact = 0
    for case in vectors():
        intrinsic = max(case.sign * (case.forward - case.strike), 0.0)
        found = implied_volatility(case.price, case.forward, case.strike, case.years, case.sign)
        if case.price - intrinsic <= math.ulp(case.forward):
            continue  # nothing is left of its time value in doubles
        assert near(found, case.volatility, case), case
        exact += abs(found / case.volatility - 1) <= TOLERANCE
    assert exact >= 50


def test_the_volatility_of_a_price_on_the_tick_is_found_or_there_is_none() -> None:
    blank = 0
    for case in vectors():
        found = implied_volatility(case.tick_price, case.forward, case.strike, case.years, case.sign)
        if case.tick_volatility is None:
            assert math.isnan(found), case
            blank += 1
        else:
            assert near(found, case.tick_volatility, case), case
    assert blank == 4


@pytest.mark.parametrize("sign", [1, -1])
def test_at_or_below_intrinsic_value_there_is_no_volatility(sign: int) -> None:
    forward, strike = 21_500.0, 21_500.0 - sign * 100.0
    assert math.isnan(implied_volatility(100.0, forward, strike, 0.01, sign))
    assert math.isnan(implied_volatility(99.95, forward, strike, 0.01, sign))
    assert math.isnan(implied_volatility(0.0, forward, 21_500.0 + sign * 100.0, 0.01, sign))
    assert implied_volatility(100.05, forward, strike, 0.01, sign) > 0


@pytest.mark.parametrize("years", [0.0, -0.001, math.nan])
def test_past_expiry_there_is_no_volatility(years: float) -> None:
    assert math.isnan(implied_volatility(100.0, 21_500.0, 21_500.0, years, 1))


@pytest.mark.parametrize(
    ("premium", "forward", "strike", "sign"),
    [
        (21_500.0, 21_500.0, 21_600.0, 1),  # a call is worth less than the forward at any volatility
        (21_400.0, 21_500.0, 21_400.0, -1),  # a put less than its strike
        (math.nan, 21_500.0, 21_500.0, 1),
        (100.0, 0.0, 21_500.0, 1),
        (100.0, math.nan, 21_500.0, -1),
    ],
)
def test_a_premium_that_no_volatility_gives_has_none(premium: float, forward: float, strike: float, sign: int) -> None:
    assert math.isnan(implied_volatility(premium, forward, strike, 0.01, sign))


def random_cases(count: int) -> list[Vector]:
    """Contracts as they trade: within 2.5 standard deviations, from ten minutes to three months."""
    rng = np.random.default_rng(11)
    cases = []
    for _ in range(count):
        years, volatility = float(np.exp(rng.uniform(np.log(2e-5), np.log(0.25)))), float(rng.uniform(0.06, 1.0))
        strike = 50.0 * round(21_500 * math.exp(volatility * math.sqrt(years) * rng.uniform(-2.5, 2.5)) / 50)
        forward = float(np.round(21_500 + rng.uniform(-25, 25), 2))
        cases.append(Vector(forward, strike, years, volatility, 1, 0.0, 0.0, 0.0, None))
    return cases


def test_call_and_put_differ_by_forward_less_strike() -> None:
    for case in random_cases(300):
        f, k, years, volatility = case[:4]
        call, put = (price(f, k, years, volatility, sign) for sign in (1, -1))
        assert call - put == pytest.approx(f - k, abs=noise(f))
        assert delta(f, k, years, volatility, 1) - delta(f, k, years, volatility, -1) == pytest.approx(1, abs=1e-15)


def test_call_and_put_of_one_strike_have_one_volatility() -> None:
    checked = 0
    for case in random_cases(300):
        f, k, years, volatility = case[:4]
        if vega(case, volatility) * volatility < 0.05:
            continue  # cheaper than a tick
        for sign in (1, -1):
            assert near(implied_volatility(price(f, k, years, volatility, sign), f, k, years, sign), volatility, case)
        checked += 1
    assert checked > 250


def test_delta_is_the_change_of_the_price_with_the_forward() -> None:
    for case in random_cases(100):
        f, k, years, volatility = case[:4]
        step = 1e-4 * f * volatility * math.sqrt(years)
        for sign in (1, -1):
            change = price(f + step, k, years, volatility, sign) - price(f - step, k, years, volatility, sign)
            assert delta(f, k, years, volatility, sign) == pytest.approx(change / (2 * step), abs=1e-6)


@pytest.mark.parametrize("seconds", [1, 60])
@pytest.mark.parametrize(("strike", "sign"), [(22_500.0, 1), (20_500.0, -1), (21_500.0, 1)])
def test_in_the_last_second_a_volatility_may_be_very_high(seconds: int, strike: float, sign: int) -> None:
    years = seconds / (365 * 86_400)
    found = implied_volatility(5.0, 21_500.0, strike, years, sign)
    assert price(21_500.0, strike, years, found, sign) == pytest.approx(5.0, rel=1e-9)
