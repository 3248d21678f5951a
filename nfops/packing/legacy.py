"""Packed files of the old scripts: reading them as they are, and telling whether their prices are prices (SPEC 2.8).

Those files have time stamps in microseconds or as text, no quotes, no open interest, sometimes no ``vol_delta``, and no
``kind``. Their ``close`` was taken from the vendor's column of that name, which is yesterday's close in the broker's
packets; ``open``, ``high`` and ``low`` are the session's so far.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from nfops.packing.stamps import in_zone, wall_clock

FEW: Final = 30
"""A price that stands still in fewer rows of a day says nothing."""

PREVIOUS_CLOSE: Final = "previous_close"
"""Verdict on a date whose close is no price of that date."""

WORTHLESS: Final = 1.0
"""Rupees; an option of at most so much may well trade at one price all day."""

_TYPES: Final[dict[str, pl.DataType]] = {
    "symbol": pl.String(),
    "opt_type": pl.String(),
    "strike": pl.Int32(),
    "open": pl.Float64(),
    "high": pl.Float64(),
    "low": pl.Float64(),
    "close": pl.Float64(),
    "vol_delta": pl.Int64(),
}


def is_legacy(rows: pl.DataFrame) -> bool:
    """Whether option rows come from the old scripts, all or some: nothing says what kind of rows they are."""
    return "kind" not in rows.columns or rows["kind"].has_nulls()


def alike(rows: pl.DataFrame) -> pl.DataFrame:
    """Give rows of a file of the old scripts the types of ours, in order of time; columns it lacks are not added.

    Rows without a readable time stamp or expiry are left out: they belong to no day or contract.
    """
    typed = [pl.col(name).cast(wanted) for name, wanted in _TYPES.items() if name in rows.columns]
    expiry = [date_of(rows.schema["expiry"], "expiry")] if "expiry" in rows.columns else []
    placed = ["timestamp", *(["expiry"] if expiry else [])]
    moment = in_zone(wall_clock(rows.schema["timestamp"]))
    typed_rows = rows.with_columns(moment, *typed, *expiry).drop_nulls(placed)
    ordered = typed_rows["timestamp"].is_sorted()
    return typed_rows if ordered else typed_rows.sort("timestamp", maintain_order=True)


def date_of(kind: pl.DataType, column: str) -> pl.Expr:
    """Give a column of dates that may be text or moments as dates."""
    text = kind == pl.String
    return pl.col(column).str.slice(0, 10).str.to_date(strict=False) if text else pl.col(column).cast(pl.Date)


def judge_close(source: Path | pl.DataFrame) -> pl.DataFrame:
    """Say of each date of a packed file whether ``close`` can be the traded price or is the vendor's previous close.

    Parameters
    ----------
    source
        A packed file of one contract, or its rows; meant for files of the old scripts, but any will do.

    Returns
    -------
    One row a date, ascending, with the columns

    - ``date``;
    - ``rows``: rows with a ``close``;
    - ``prices``: different values of ``close`` (int);
    - ``close``: the first of them, in rupees;
    - ``verdict``: ``moves`` when there are several; ``previous_close`` when there is one, and it lies outside the low
      and high of the session so far, or stood still above a rupee in at least ``FEW`` rows; else ``unknown``: a
      contract that hardly trades, or is worthless, looks the same either way.
    """
    rows = pl.read_parquet(source, glob=False, hive_partitioning=False) if isinstance(source, Path) else source
    lacking = [pl.lit(None, pl.Float64).alias(name) for name in ("high", "low") if name not in rows.columns]
    priced = alike(rows.with_columns(lacking)).filter(pl.col("close") > 0)
    days = priced.group_by(pl.col("timestamp").dt.date().alias("date")).agg(
        pl.len().cast(pl.Int64).alias("rows"),
        pl.col("close").n_unique().cast(pl.Int64).alias("prices"),
        pl.col("close").first(),
        ((pl.col("close") > pl.col("high")) | (pl.col("close") < pl.col("low"))).any().alias("outside"),
    )
    still = (pl.col("rows") >= FEW) & (pl.col("close") > WORTHLESS)
    verdict = (
        pl.when(pl.col("prices") > 1)
        .then(pl.lit("moves"))
        .when(pl.col("outside") | still)
        .then(pl.lit(PREVIOUS_CLOSE))
        .otherwise(pl.lit("unknown"))
    )
    return days.select("date", "rows", "prices", "close", verdict.alias("verdict")).sort("date")
