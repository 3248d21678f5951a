"""What a row shows of trades: prices of today only, and units traded since the row before (SPEC 2.4, 2.5)."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from nfops.packing.layouts.base import RowKind, Segment
from nfops.packing.runs import Runs, numbers

FIRST_ROW_NS: Final = 60 * 10**9
"""A first row this close to the open shows volume traded since the open; a later one shows an unknown past."""

DAY: Final = "day"
"""Number of a date of an instrument, ascending, in rows that stand together by it."""

MARKED: Final = ("no_trade_today", "stale_trade", "volume_reset")
"""Columns that say of rows that something was blanked or looks wrong."""


def trades(rows: pl.DataFrame, days: Runs, kind: RowKind, segment: Segment) -> pl.DataFrame:
    """Blank the prices of rows that show no trade of today and turn day volumes into deltas."""
    silent = pl.col("close").is_null() | (pl.col("close") <= 0)
    if kind != "bar":
        silent |= (pl.col("day_volume") == 0).fill_null(value=False)
    # A row that repeats yesterday's trade has a volume of 0 as well; the older trade says more.
    stale = (pl.col("last_trade") < pl.col("opened")).fill_null(value=False)
    rows = rows.with_columns(no_trade_today=silent & ~stale, stale_trade=stale)
    untraded = pl.col("no_trade_today") | pl.col("stale_trade")
    rows = rows.with_columns(untraded=untraded, volume=pl.when(untraded).then(0).otherwise(pl.col("day_volume")))
    rows = rows.hstack(_deltas(rows, days))
    if rows["vol_delta"].has_nulls():
        bars = pl.when(~pl.col("untraded")).then(pl.col("bar_volume"))
        rows = rows.with_columns(pl.coalesce("vol_delta", bars, _unsaid(segment)).alias("vol_delta"))
    traded = pl.when(~pl.col("untraded"))
    own = [name for name in ("open", "high", "low") if rows[name].null_count() < rows.height]
    rows = rows.with_columns(traded.then("close").alias("close"), *(traded.then(name).alias(name) for name in own))
    return rows.with_columns(
        pl.coalesce(name, "close").alias(name) if name in own else pl.col("close").alias(name)
        for name in ("open", "high", "low")
    )


def _deltas(rows: pl.DataFrame, days: Runs) -> list[pl.Series]:
    """Units traded since the row before (null where no volume is said), and whether the day's went down (SPEC 2.5)."""
    said = rows["volume"].is_not_null().to_numpy()
    volume = rows["volume"].drop_nulls().to_numpy()
    heights = np.add.reduceat(said, days.starts, dtype=np.int64) if rows.height else days.lengths
    stamp, opened = (numbers(rows, name)[days.starts] for name in ("stamp", "opened"))
    early = stamp - opened <= FIRST_ROW_NS
    highest, fell = np.empty_like(volume), np.zeros(len(volume), np.bool_)
    np.less(volume[1:], volume[:-1], out=fell[1:])
    starts = np.cumsum(heights) - heights
    for start, height, known in zip(starts[heights > 0], heights[heights > 0], early[heights > 0], strict=True):
        highest[start] = 0 if known else volume[start]
        np.maximum.accumulate(volume[start : start + height - 1], out=highest[start + 1 : start + height])
        fell[start] = False
    delta, reset = pl.Series("vol_delta", np.maximum(volume - highest, 0)), pl.Series("volume_reset", fell)
    if len(delta) < rows.height:
        places = np.flatnonzero(said)
        delta = pl.repeat(None, rows.height, dtype=pl.Int64, eager=True).scatter(places, delta).alias(delta.name)
        reset = pl.repeat(False, rows.height, eager=True).scatter(places, reset).alias(reset.name)
    # A row without a trade of today falls to volume 0 by definition; it is counted under its own reason already.
    return [delta, reset & ~rows["untraded"]]


def _unsaid(segment: Segment) -> pl.Expr:
    """Units of a row that says nothing of volume: none, but not known in a contract of which no row says anything."""
    if segment == "spot":
        return pl.lit(0, pl.Int64)
    said = (pl.col("day_volume").is_not_null() | pl.col("bar_volume").is_not_null()).any().over("target")
    return pl.when(said).then(pl.lit(0, pl.Int64))
