"""Packed files as the old scripts wrote them, made by hand: no kind, no quotes, no open interest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import polars as pl

TEXT = pl.String()
MICROSECONDS = pl.Datetime("us")
NANOSECONDS = pl.Datetime("ns")

Row = tuple[str, float, int]
"""Wall clock, close and units traded."""


def option(
    root: Path,
    symbol: str,
    expiry: str,
    right: str,
    strike: int,
    rows: Sequence[Row],
    stamp: pl.DataType = MICROSECONDS,
    day_range: tuple[float, float] | None = None,
) -> Path:
    """Write an option file; ``day_range`` is the session's low and high, else those of the row's close."""
    frame = _prices(rows, stamp, day_range).with_columns(
        symbol=pl.lit(symbol),
        opt_type=pl.lit(right),
        strike=pl.lit(strike, pl.Int32),
        expiry=pl.lit(dt.date.fromisoformat(expiry)),
        expiry_type=pl.lit("weekly"),
        is_monthly=pl.lit(0, pl.Int8),
        is_weekly=pl.lit(1, pl.Int8),
    )
    columns = ["timestamp", "symbol", "opt_type", "strike", "open", "high", "low", "close", "vol_delta", "expiry",
               "expiry_type", "is_monthly", "is_weekly"]  # fmt: skip
    below = f"options/{symbol}/{_month(expiry)}/exp={expiry}/type={right}/strike={strike}.parquet"
    return _write(root / "packed" / below, frame.select(columns))


def spot(
    root: Path, symbol: str, date: str, rows: Sequence[tuple[str, float]], stamp: pl.DataType = NANOSECONDS
) -> Path:
    """Write a spot file, which has no ``vol_delta``."""
    frame = _prices([(clock, price, 0) for clock, price in rows], stamp, None)
    dated = frame.with_columns(symbol=pl.lit(symbol), trade_date=pl.lit(dt.date.fromisoformat(date)))
    columns = ["timestamp", "symbol", "open", "high", "low", "close", "trade_date"]
    return _write(root / "packed" / f"spot/{symbol}/{_month(date)}/date={date}/ticks.parquet", dated.select(columns))


def future(root: Path, symbol: str, expiry: str, rows: Sequence[Row], stamp: pl.DataType = NANOSECONDS) -> Path:
    """Write a futures file, whose columns include a ``symbol_right`` left over from a join."""
    frame = _prices(rows, stamp, None)
    dated = frame.with_columns(
        trade_date=pl.lit(dt.date.fromisoformat(rows[0][0][:10])),
        symbol=pl.lit(symbol),
        symbol_right=pl.lit(symbol),
        expiry=pl.lit(dt.date.fromisoformat(expiry)),
    )
    columns = [
        "timestamp",
        "symbol",
        "open",
        "high",
        "low",
        "close",
        "vol_delta",
        "trade_date",
        "symbol_right",
        "expiry",
    ]
    below = f"futures/{symbol}/{_month(expiry)}/exp={expiry}/ticks.parquet"
    return _write(root / "packed" / below, dated.select(columns))


def _prices(rows: Sequence[Row], stamp: pl.DataType, day_range: tuple[float, float] | None) -> pl.DataFrame:
    moments = pl.Series("timestamp", [dt.datetime.fromisoformat(clock) for clock, _, _ in rows])
    moments = moments.dt.strftime("%Y-%m-%d %H:%M:%S") if stamp == TEXT else moments.cast(stamp)
    close = pl.Series("close", [price for _, price, _ in rows], pl.Float64)
    low, high = (close, close) if day_range is None else (pl.repeat(at, len(close), eager=True) for at in day_range)
    units = pl.Series("vol_delta", [volume for _, _, volume in rows], pl.Int64)
    return pl.DataFrame([moments, close.alias("open"), high.alias("high"), low.alias("low"), close, units])


def _month(date: str) -> str:
    return date[:7].replace("-", "")


def _write(path: Path, frame: pl.DataFrame) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path
