"""Packed rows made by hand: a day of a minute, times in seconds after its open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import polars as pl

from nfops.market import Session

DATE = dt.date(2024, 1, 22)
EXPIRY = dt.date(2024, 1, 25)
OPEN = 9 * 3600 + 15 * 60
MINUTE = Session(DATE, "regular", ((OPEN, OPEN + 60),))

_SCHEMA = {
    "timestamp": pl.Datetime("ns", "Asia/Kolkata"),
    "symbol": pl.String,
    "opt_type": pl.String,
    "strike": pl.Int32,
    "close": pl.Float64,
    "vol_delta": pl.Int64,
    "oi": pl.Int64,
    "bid": pl.Float64,
    "ask": pl.Float64,
    "kind": pl.String,
    "expiry": pl.Date,
}


def stamp(second: float, date: dt.date = DATE) -> dt.datetime:
    """Wall clock of a second after the open."""
    return dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=OPEN + second)


def row(second: float, close: float | None = None, *, date: dt.date = DATE, **columns: Any) -> dict[str, Any]:
    """One option row of the call at 21,000; every column can be given."""
    usual = {"symbol": "NIFTY", "opt_type": "CE", "strike": 21000, "vol_delta": 50, "kind": "tick", "expiry": EXPIRY}
    return {"timestamp": stamp(second, date), "close": close, **usual, **columns}


def frame(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Rows with the columns of an option or futures file."""
    naive = {**_SCHEMA, "timestamp": pl.Datetime("ns")}
    return pl.DataFrame(list(rows), schema=naive).with_columns(pl.col("timestamp").dt.replace_time_zone("Asia/Kolkata"))


def spot(*prices: tuple[float, float], date: dt.date = DATE) -> pl.DataFrame:
    """Index rows of (second, price in rupees)."""
    rows = [
        {"timestamp": stamp(second, date), "close": price, "vol_delta": 0, "kind": "tick"} for second, price in prices
    ]
    return frame(rows).select("timestamp", "close", "vol_delta", "kind")
