"""``chain_5min_csv``: polls of the option chains of several indices, one CSV a poll (2026)."""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import (
    OTHER_SYMBOL,
    Layout,
    Piece,
    canonical,
    hashed,
    known_expiry,
    need,
    together,
)
from nfops.packing.sources import RawFile

_SIDES: Final = ("CE", "PE")
_FIELDS: Final = {"LTP": "close", "OI": "oi", "Volume": "day_volume"}
_COLUMNS: Final = ("Symbol", "Expiry", "Strike", "Spot", "timestamp", *(f"{s}_{f}" for s in _SIDES for f in _FIELDS))


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    rows = pl.read_csv(file.read(), infer_schema=False)
    if "Stock" in rows.columns:
        raise DataError("a poll of stocks; only those of indices are packed", "stock_poll")
    need(_COLUMNS, rows)
    mine = rows.filter(pl.col("Symbol") == symbol)
    if mine.is_empty():
        raise DataError(f"no row of {symbol}; the first is of {rows['Symbol'][0]}", OTHER_SYMBOL)
    expiries = mine.partition_by("Expiry", maintain_order=True)
    return [Piece("options", canonical(_poll(poll, symbol, market))) for poll in expiries]


def _poll(rows: pl.DataFrame, symbol: str, market: Market) -> pl.DataFrame:
    """Turn the lines of one expiry, each a call and a put, into rows; all of them are one poll."""
    expiry = known_expiry(rows["Expiry"].str.to_date()[0], symbol, market)
    spot = pl.col("Spot").cast(pl.Float64)
    content = rows.drop("timestamp").write_csv().encode()
    common = (
        hashed(rows),
        pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ns").alias("stamp"),
        pl.lit(expiry).alias("expiry"),
        pl.col("Strike").cast(pl.Float64).alias("strike"),
        pl.when(spot > 0).then(spot).alias("poll_spot"),  # 0 is none
        pl.lit(hashlib.blake2b(content, digest_size=12).hexdigest()).alias("poll_hash"),
    )
    return pl.concat(
        rows.select(
            *common,
            pl.lit(side).alias("opt_type"),
            *(pl.col(f"{side}_{vendor}").cast(pl.Float64).alias(ours) for vendor, ours in _FIELDS.items()),
        )
        for side in _SIDES
    )


LAYOUT = Layout(
    name="chain_5min_csv",
    vendor="polls of several indices' chains, Symbol,Expiry,Strike,CE_LTP,CE_OI,CE_Volume,...; a line is two rows",
    segments=("options", "spot"),
    kind="snapshot",
    stamp="IST second of the poll",
    volume="units since the open",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
