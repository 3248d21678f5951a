"""The parts of an option's profit against an independent Black-76 and against the Taylor series."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from nfops.pricing.attribution import attribute

STRIKE, VOLATILITY = 21_500.0, 0.14
YEAR_S = 365 * 86_400
LOOKS = np.arange(0, 18_001, 60)
YEARS = (2 * 86_400 - LOOKS) / YEAR_S


def black(forward: np.ndarray, years: np.ndarray, volatility: np.ndarray | float, sign: int) -> np.ndarray:
    """Black-76 by another library's normal distribution."""
    spread = volatility * np.sqrt(years)
    d1 = np.log(forward / STRIKE) / spread + spread / 2
    return sign * (forward * norm.cdf(sign * d1) - STRIKE * norm.cdf(sign * (d1 - spread)))


def slopes(forward: np.ndarray, years: np.ndarray, sign: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Delta, gamma and theta by differences of prices."""
    up, here, down = (black(forward + step, years, VOLATILITY, sign) for step in (1.0, 0.0, -1.0))
    soon = black(forward, years - 1e-8, VOLATILITY, sign)
    return (up - down) / 2, up - 2 * here + down, (soon - here) / 1e-8


def path(seed: int = 4) -> np.ndarray:
    """A forward that moves by about 4 points a minute."""
    return 21_510 + np.cumsum(np.random.default_rng(seed).normal(0, 4, len(LOOKS)))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_parts_are_those_of_an_independent_revaluation(sign: int) -> None:
    forward, held = path(), np.full(len(LOOKS) - 1, 50)
    volatility = VOLATILITY + np.where(LOOKS >= 9_000, 0.01, 0.0)
    price = black(forward, YEARS, volatility, sign)
    parts = attribute(price, forward, YEARS, STRIKE, sign, held)
    f0, f1, t0, t1, v0 = forward[:-1], forward[1:], YEARS[:-1], YEARS[1:], volatility[:-1]
    theta = black(f0, t1, v0, sign) - black(f0, t0, v0, sign)
    vega = price[1:] - black(f1, t1, v0, sign)
    assert parts.theta == pytest.approx(50 * theta.sum(), rel=1e-7)
    assert parts.vega == pytest.approx(50 * vega.sum(), rel=1e-6)
    assert sum(parts) == pytest.approx(50 * (price[-1] - price[0]), abs=1e-5)
    # One step of a hundredth of volatility, about 8 points of a vega of some 600 a unit.
    assert 50 * 4 < parts.vega < 50 * 9


@pytest.mark.parametrize("sign", [1, -1])
def test_over_small_steps_the_parts_are_the_terms_of_the_series(sign: int) -> None:
    forward, held = path(), np.full(len(LOOKS) - 1, -50)
    parts = attribute(black(forward, YEARS, VOLATILITY, sign), forward, YEARS, STRIKE, sign, held)
    delta, gamma, theta = (slope[:-1] for slope in slopes(forward, YEARS, sign))
    steps = np.diff(forward)
    assert parts.delta == pytest.approx(-50 * (delta * steps).sum(), rel=1e-5)
    assert parts.gamma == pytest.approx(-50 * (gamma * steps**2 / 2).sum(), rel=0.01)
    assert parts.theta == pytest.approx(-50 * (theta * np.diff(-YEARS)).sum(), rel=0.01)
    assert abs(parts.vega) < 1e-3
    assert parts.gamma < 0 < parts.theta


def test_what_was_not_held_moves_nothing() -> None:
    forward, held = path(), np.where(LOOKS[:-1] < 6_000, 50, 0)
    price = black(forward, YEARS, VOLATILITY, 1)
    parts = attribute(price, forward, YEARS, STRIKE, 1, held)
    out = int(np.searchsorted(LOOKS, 6_000))
    assert sum(parts) == pytest.approx(50 * (price[out] - price[0]), abs=1e-6)


def test_steps_without_a_forward_or_a_volatility_stay_unexplained() -> None:
    forward, held = path(), np.full(len(LOOKS) - 1, 1)
    price = black(forward, YEARS, VOLATILITY, 1)
    gone = forward.copy()
    gone[100] = np.nan
    parts = attribute(price, gone, YEARS, STRIKE, 1, held)
    assert sum(parts) == pytest.approx(price[-1] - price[0] - (price[101] - price[99]), abs=1e-6)
    # A price below intrinsic value has no volatility: the step from it stays out, and of the step to it the jump.
    cheap = price.copy()
    cheap[200] = max(forward[200] - STRIKE, 0) - 1
    parts = attribute(cheap, forward, YEARS, STRIKE, 1, held)
    assert sum(parts) == pytest.approx(price[-1] - price[0] - (price[201] - price[200]), abs=1e-5)
