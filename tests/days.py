"""Days made by hand or at random, for tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from nfops.daycache.build import build_day
from nfops.daycache.chain import ChainDay, Companion
from nfops.market import DayFacts, Market

MARKET = Market.load(Path(__file__).parents[1] / "meta")
DATE = dt.date(2024, 1, 3)


def facts(date: dt.date = DATE, symbol: str = "NIFTY") -> DayFacts:
    """Real facts of a real day."""
    return MARKET.facts(symbol, date)


def options(rows: list[tuple[int, int, str, float | None]], date: dt.date = DATE) -> pl.DataFrame:
    """Packed option rows from (second, strike, right, price), of the nearest expiry, each a trade of one lot."""
    session = MARKET.session(date)
    expiry = MARKET.expiry("NIFTY", date, "0")
    opened = dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=session.open)
    return pl.DataFrame(
        {
            "timestamp": [opened + dt.timedelta(seconds=row[0]) for row in rows],
            "strike": [row[1] for row in rows],
            "opt_type": [row[2] for row in rows],
            "close": [row[3] for row in rows],
            "vol_delta": [50 if row[3] is not None else 0 for row in rows],
            "oi": [1000 for _ in rows],
            "bid": [None if row[3] is None else row[3] - 0.05 for row in rows],
            "ask": [None if row[3] is None else row[3] + 0.05 for row in rows],
            "kind": ["tick" for _ in rows],
            "expiry": [expiry for _ in rows],
        },
        schema_overrides={"strike": pl.Int32, "close": pl.Float64, "bid": pl.Float64, "ask": pl.Float64},
    ).with_columns(pl.col("timestamp").cast(pl.Datetime("ns")).dt.replace_time_zone("Asia/Kolkata"))


def spot(rows: list[tuple[int, float]], date: dt.date = DATE) -> pl.DataFrame:
    """Packed spot rows from (second, price)."""
    opened = dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=MARKET.session(date).open)
    frame = pl.DataFrame(
        {"timestamp": [opened + dt.timedelta(seconds=s) for s, _ in rows], "close": [price for _, price in rows]}
    )
    return frame.with_columns(pl.col("timestamp").cast(pl.Datetime("ns")).dt.replace_time_zone("Asia/Kolkata"))


def day(
    option_rows: list[tuple[int, int, str, float | None]],
    spot_rows: list[tuple[int, float]] | None,
    date: dt.date = DATE,
) -> ChainDay:
    """Build a day from rows."""
    index = None if spot_rows is None else spot(spot_rows, date)
    return build_day(
        "NIFTY", MARKET.session(date), options(option_rows, date).sort("timestamp"), index, None, "by hand"
    )


LEVEL = 21_475
"""Half a step from a strike; markets are mirrored around it."""

EXPIRY_DAY = dt.date(2024, 1, 4)


def full_day(
    option_rows: list[tuple[int, int, str, float | None]],
    spot_rows: list[tuple[int, float]] | None,
    companion: Companion | None = None,
    *,
    future: bool = False,
) -> ChainDay:
    """An expiry day of rows: two expiries, small and large trades, and open interest that comes and goes.

    With ``future`` the near future trades whenever the index is seen, 20 points above it.

    What a row trades depends on nothing but itself, and in a mirrored market on its mirror image.
    """
    rows = options(option_rows, EXPIRY_DAY)
    out = pl.when(pl.col("opt_type") == "CE").then(pl.col("strike")).otherwise(2 * LEVEL - pl.col("strike"))
    minute = pl.col("timestamp").dt.epoch("s") // 40
    rows = rows.with_columns(
        (50 + 50 * ((minute + out) % 3) * pl.when(minute % 9 == 4).then(20).otherwise(1)).alias("vol_delta"),
        (1000 + 50 * (minute * (1 + out // 50 % 5) % 40)).alias("oi"),
    )
    dearer = 40 + (minute + out) % 7 / 2
    later = rows.with_columns(
        pl.lit(MARKET.expiry("NIFTY", EXPIRY_DAY, "1")).alias("expiry"),
        *(pl.col(name) + dearer for name in ("close", "bid", "ask")),
    )
    index = None if spot_rows is None else spot(spot_rows, EXPIRY_DAY)
    both = pl.concat([rows, later]).sort("timestamp", maintain_order=True)
    near = options([(second, 0, "CE", price + 20) for second, price in spot_rows or () if future], EXPIRY_DAY)
    near = near.with_columns(pl.lit(MARKET.expiry("NIFTY", EXPIRY_DAY, "monthly")).alias("expiry"))
    today = build_day("NIFTY", MARKET.session(EXPIRY_DAY), both, index, near if future else None, "by hand")
    return replace(today, companion=companion)


def market_rows(
    seed: int, *, every: int = 40, until: int = 22_500
) -> tuple[list[tuple[int, int, str, float | None]], list[tuple[int, float]]]:
    """A random market around 21,500: spot each few seconds, strikes whose prices follow it with noise."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(0, until, every)
    path = 21_500 + np.cumsum(rng.normal(0, 2.0, len(seconds)))
    index = [(int(s), round(float(p) * 20) / 20) for s, p in zip(seconds, path, strict=True)]
    rows: list[tuple[int, int, str, float | None]] = []
    for strike in range(21_000, 22_050, 50):
        for right, sign in (("CE", 1), ("PE", -1)):
            seen = rng.random(len(seconds)) < 0.6
            noise = rng.normal(0, 1.5, len(seconds))
            for s, p, e, here in zip(seconds, path, noise, seen, strict=True):
                worth = max(sign * (p - strike), 0.0) + 60 * (1 - s / 30_000) + e
                if here:
                    rows.append((int(s), strike, right, max(round(worth * 20) / 20, 0.05)))
    return rows, index


def scrambled(
    market: tuple[list[tuple[int, int, str, float | None]], list[tuple[int, float]]], after: int, seed: int
) -> tuple[list[tuple[int, int, str, float | None]], list[tuple[int, float]]]:
    """The same market up to a second and another one after it."""
    other = market_rows(seed)
    rows = [row for row in market[0] if row[0] <= after] + [row for row in other[0] if row[0] > after]
    return rows, [row for row in market[1] if row[0] <= after] + [row for row in other[1] if row[0] > after]
