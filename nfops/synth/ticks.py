"""Ticks of one simulated contract on one day, with the columns a broker's packet has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from nfops.synth.options import TICK, half_spread, on_grid
from nfops.synth.path import DayPath, u_shape
from nfops.types import FloatArray, Int64Array

OI_EVERY_S: Final = 180
LEVELS: Final = 5
RESET_CHANCE: Final = 0.02
STALE_CHANCE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the ticks of a contract depend on besides its fair value."""

    lot: int
    away: float
    """Distance from the money, 0 at it, about 1 a few percent out."""
    busy: float
    """Expected rows on a full day."""
    interest: int
    """Open interest in lots at the open."""


def day_ticks(
    path: DayPath, fair: FloatArray, kind: Instrument, previous: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Simulate the rows of a contract; return them with what was planted.

    ``fair`` (S,) is its fair value by second, ``previous`` yesterday's last price. Rows are in time order.
    """
    seconds = len(fair)
    activity = u_shape(seconds)
    count = max(int(rng.poisson(kind.busy * seconds / 22_500)), 3)
    at = np.sort(rng.choice(seconds, count, p=activity / activity.sum()))
    half = half_spread(fair[at], kind.away, activity[at])
    bid, ask = on_grid(fair[at] - half - TICK / 4), on_grid(fair[at] + half + TICK / 4)
    ask = np.maximum(ask, bid + TICK)
    price = np.where(rng.random(count) < 0.5, bid, ask)
    traded = rng.random(count) < 0.7
    traded[0] = True
    price = price[np.maximum.accumulate(np.where(traded, np.arange(count), 0))]
    qty = np.where(traded, rng.geometric(0.25, count) * kind.lot, 0)
    volume = np.cumsum(qty)
    planted = {}
    if rng.random() < RESET_CHANCE:
        cut = int(rng.integers(1, count))
        volume[cut:] -= volume[cut - 1]
    micros = (path.session.open + at) * 1_000_000 + rng.integers(0, 999_999, count)
    micros.sort()
    midnight = np.datetime64(path.session.date, "us")
    stamp = midnight + micros.astype("timedelta64[us]")
    last_trade = stamp[np.maximum.accumulate(np.where(traded, np.arange(count), 0))]
    if rng.random() < STALE_CHANCE:
        price[0], volume[0], qty[0] = previous, 0, 0
        last_trade[0] = midnight - np.timedelta64(17 * 3600, "s")
        planted["stale_first_tick"] = 1
    if (np.diff(volume) < 0).any():  # a restart among the first rows may show as no fall
        planted["volume_reset"] = 1
    return _packet(
        stamp, price, qty, volume, bid, ask, last_trade, previous, _interest(at, kind, rng), kind, rng
    ), planted


def _interest(at: Int64Array, kind: Instrument, rng: np.random.Generator) -> Int64Array:
    """Open interest in units, published every few minutes."""
    steps = rng.normal(0.0, max(kind.interest * 0.01, 1.0), at[-1] // OI_EVERY_S + 1)
    return np.maximum(np.round(kind.interest + np.cumsum(steps)), 0).astype(np.int64)[at // OI_EVERY_S] * kind.lot


def _packet(
    stamp: np.ndarray[tuple[int], np.dtype[np.datetime64]],
    price: FloatArray,
    qty: Int64Array,
    volume: Int64Array,
    bid: FloatArray,
    ask: FloatArray,
    last_trade: np.ndarray[tuple[int], np.dtype[np.datetime64]],
    previous: float,
    interest: Int64Array,
    kind: Instrument,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Lay out the packet: session OHLC so far, yesterday's close, five levels of depth."""
    count = len(price)
    sizes = rng.integers(1, 40, (4 * LEVELS, count)) * kind.lot
    depth: dict[str, object] = {}
    for side, (best, step) in {"b": (bid, -TICK), "s": (ask, TICK)}.items():
        row = 0 if side == "b" else 2 * LEVELS
        for level in range(LEVELS):
            depth[f"{side}q{level}"] = sizes[row + level]
            depth[f"{side}p{level}"] = np.round(np.maximum(best + step * level, TICK), 2)
            depth[f"{side}o{level}"] = sizes[row + LEVELS + level] // kind.lot
    return pl.DataFrame(
        {
            "timestamp": stamp,
            "price": np.round(price, 2),
            "qty": qty,
            "avgPrice": np.round(np.cumsum(price) / np.arange(1, count + 1), 2),
            "volume": volume,
            "volactual": volume,
            "bQty": sizes[:LEVELS].sum(axis=0),
            "sQty": sizes[2 * LEVELS : 3 * LEVELS].sum(axis=0),
            "open": np.full(count, round(price[0], 2)),
            "high": np.round(np.maximum.accumulate(price), 2),
            "low": np.round(np.minimum.accumulate(price), 2),
            "close": np.full(count, round(previous, 2)),
            "changeper": (price - previous) / previous * 100,
            "lastTradeTime": last_trade,
            "oi": interest,
            "oiHigh": np.maximum.accumulate(interest),
            "oiLow": np.minimum.accumulate(interest),
            **depth,
            "ts": stamp,
        }
    )
