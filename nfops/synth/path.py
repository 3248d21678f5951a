"""The simulated index: a daily recursion that any day can be cut from, and a bridge of seconds inside the day.

Daily log-returns have a volatility that reverts to its mean in logarithms. Inside a day a Brownian bridge leads from
the open to the close, with more variance near open and close (a U) and a few jumps. All follows from seed and date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from nfops.market import Market, Session
from nfops.types import YEAR_DAYS, FloatArray

EPOCH: Final = dt.date(2019, 1, 1)
LEVEL: Final = {"NIFTY": 10_900.0, "BANKNIFTY": 27_200.0, "FINNIFTY": 16_000.0, "MIDCPNIFTY": 8_000.0}
"""Index level at the start of the recursion, in rupees; others begin at 20,000."""

DRIFT: Final = 0.10 / YEAR_DAYS
MEAN_VOLATILITY: Final = 0.14
REVERSION: Final = 0.05
VOLATILITY_OF_VOLATILITY: Final = 0.12
SPREAD_OF_VOLATILITY: Final = VOLATILITY_OF_VOLATILITY**2 / (1 - (1 - REVERSION) ** 2)
"""Variance of the logarithm of volatility in the long run; that of the days so far would change with every day."""

LEVERAGE: Final = -0.5
"""Correlation of a day's return with the change of its volatility."""

OVERNIGHT: Final = 0.25
"""Share of a day's variance that happens between the close and the next open."""

JUMPS_PER_DAY: Final = 0.6
JUMP_SIZE: Final = 0.0012


@dataclass(frozen=True, eq=False)
class DayPath:
    """One simulated day: the index ``(S,)`` in rupees, its annual volatility, the level of implied volatility (S,)."""

    session: Session
    previous_close: float
    spot: FloatArray
    volatility: float
    implied: FloatArray


def code(symbol: str) -> int:
    """Return a number for a symbol, to seed with."""
    return int.from_bytes(symbol.encode(), "big") % 2**32


def u_shape(seconds: int) -> FloatArray:
    """Relative activity over the day, mean 1: high after the open, low at noon, rising to the close."""
    at = np.linspace(0.0, 1.0, seconds)
    shape = 0.6 + 2.2 * np.exp(-at / 0.05) + 1.6 * (at - 0.5) ** 2 + 0.8 * np.exp(-(1 - at) / 0.08)
    return np.asarray(shape / shape.mean(), np.float64)


def variance_years(seconds: int, days_after: int) -> FloatArray:
    """Variance still to come at each second of a day, in years of it: the day's rest and ``days_after`` trading days.

    Options are worth what the index will still move, so they lose little overnight and most while the market moves.
    """
    rest = (1 - OVERNIGHT) * (1 - np.cumsum(u_shape(seconds)) / seconds)
    return np.asarray((np.maximum(rest, 0.0) + days_after) / YEAR_DAYS, np.float64)


def day_path(symbol: str, date: dt.date, seed: int, market: Market) -> DayPath:
    """Simulate one day of the index, whatever days are asked for besides."""
    days = market.trading_days(EPOCH, date)
    rng = np.random.default_rng([seed, code(symbol)])
    shocks = rng.standard_normal((len(days), 2))
    tied = LEVERAGE * shocks[:, 0] + np.sqrt(1 - LEVERAGE**2) * shocks[:, 1]
    excess = np.zeros(len(days))
    for day in range(1, len(days)):
        excess[day] = (1 - REVERSION) * excess[day - 1] + VOLATILITY_OF_VOLATILITY * tied[day - 1]
    volatility = MEAN_VOLATILITY * np.exp(excess - SPREAD_OF_VOLATILITY / 2)
    returns = DRIFT + volatility / np.sqrt(YEAR_DAYS) * shocks[:, 0]
    closes = LEVEL.get(symbol, 20_000.0) * np.exp(np.cumsum(returns))
    previous = closes[-2] if len(days) > 1 else LEVEL.get(symbol, 20_000.0)
    return _inside(symbol, market.session(date), seed, previous, float(returns[-1]), float(volatility[-1]))


def _inside(symbol: str, session: Session, seed: int, previous: float, whole: float, volatility: float) -> DayPath:
    rng = np.random.default_rng([seed, code(symbol), session.date.toordinal()])
    seconds = session.seconds
    gap = (
        OVERNIGHT * whole
        + np.sqrt(OVERNIGHT * (1 - OVERNIGHT)) * volatility / np.sqrt(YEAR_DAYS) * rng.standard_normal()
    )
    share = u_shape(seconds) / seconds
    steps = volatility * np.sqrt((1 - OVERNIGHT) / YEAR_DAYS * share) * rng.standard_normal(seconds)
    for at in rng.integers(0, seconds, rng.poisson(JUMPS_PER_DAY)):
        steps[at] += JUMP_SIZE * rng.standard_normal() * volatility / MEAN_VOLATILITY
    walk = np.cumsum(steps)
    bridge = walk + (whole - gap - walk[-1]) * np.cumsum(share)
    spot = np.round(previous * np.exp(gap + bridge) * 20) / 20
    noise = np.cumsum(rng.standard_normal(seconds)) * 0.02 / np.sqrt(seconds)
    implied = (volatility + 0.01) * np.exp(noise - 4.0 * bridge)
    return DayPath(session, previous, spot, volatility, np.clip(implied, 0.05, 1.5))
