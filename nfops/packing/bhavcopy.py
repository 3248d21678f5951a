"""End-of-day contracts as the exchange publishes them: reference data, kept apart from what a sweep reads.

They lie in ``{root}/bhavcopy/{SYMBOL}/{date}.{layout}.parquet``, one row a contract, with the columns of COLUMNS. No
run reads them; they are there to hold packed ticks against.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import polars as pl

from nfops.errors import MetaError
from nfops.files import replacing
from nfops.market import Market
from nfops.packing.clean import tally
from nfops.packing.layouts.base import DAY_COLUMNS

FOLDER: Final = "bhavcopy"
_PREFERRED: Final = ("udiff_bhavcopy", "legacy_bhavcopy")
"""The newer form knows the last price, the settlement price and the underlying, too."""


def clean_contracts(rows: pl.DataFrame, market: Market) -> tuple[pl.DataFrame, pl.DataFrame, dict[dt.date, str]]:
    """Drop rows without a date or an expiry, doubles, and rows of other than trading days.

    Returns
    -------
    The rows left, the counts in the columns of ``clean.COUNTS``, and dates refused with the reason in words.
    """
    counts = []
    for column, reason in (("date", "no_timestamp"), ("expiry", "bad_contract")):
        counts.append(tally(rows.filter(pl.col(column).is_null()), "dropped", reason))
        rows = rows.filter(pl.col(column).is_not_null())
    double = ~rows.select(pl.struct("date", "row_hash").is_first_distinct()).to_series()
    counts.append(tally(rows.filter(double), "dropped", "duplicate"))
    rows = rows.filter(~double)
    refused: dict[dt.date, str] = {}
    for date in rows["date"].unique().sort().to_list():
        try:
            market.session(date)
        except MetaError as fault:
            refused[date] = str(fault)
    elsewhere = rows["date"].is_in(list(refused))
    counts.append(tally(rows.filter(elsewhere), "dropped", "not_a_trading_day"))
    rows = rows.filter(~elsewhere)
    counts.append(tally(rows.filter(pl.col("volume_lots") == 0), "noted", "no_trade_today"))
    counts.append(tally(rows, "packed", ""))
    return rows, pl.concat(counts), refused


def bhavcopy_path(root: Path, symbol: str, date: dt.date, layout: str) -> Path:
    """Place of the contracts of one date."""
    return root / FOLDER / symbol / f"{date}.{layout}.parquet"


def write_bhavcopy(path: Path, rows: pl.DataFrame) -> None:
    """Write the contracts of one date, in order of expiry; futures first."""
    with replacing(path) as part:
        rows.select(list(DAY_COLUMNS)).sort("expiry", "strike", "opt_type").write_parquet(part, compression="zstd")


def read_bhavcopy(root: Path, symbol: str, date: dt.date) -> pl.DataFrame | None:
    """Read the contracts of one date from the better of its sources, or give None."""
    for layout in _PREFERRED:
        path = bhavcopy_path(root, symbol, date, layout)
        if path.exists():
            return pl.read_parquet(path, glob=False)
    return None
