"""``index_1min_csv``: one-minute bars of an index without a header, labelled by the end of the bar (2012-2021)."""

from __future__ import annotations

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import OTHER_SYMBOL, Layout, Piece, canonical, hashed, headerless, together
from nfops.packing.sources import RawFile

_COLUMNS = ("symbol", "day", "minute", "open", "high", "low", "close")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # an index has no contract terms
    rows = headerless(file, _COLUMNS)
    wanted = rows.filter(pl.col("symbol") == symbol)
    if wanted.is_empty():
        raise DataError(f"no row of {symbol}; the file is of {rows['symbol'][0]}", OTHER_SYMBOL)
    label = (pl.col("day") + pl.col("minute")).str.to_datetime("%Y%m%d%H:%M", time_unit="ns")
    prices = [pl.col(name).cast(pl.Float64) for name in _COLUMNS[3:]]
    frame = wanted.select(hashed(wanted), (label - pl.duration(seconds=1)).alias("stamp"), *prices)
    return [Piece("spot", canonical(frame))]


LAYOUT = Layout(
    name="index_1min_csv",
    vendor="one-minute index bars, SYMBOL,YYYYMMDD,HH:MM,open,high,low,close[,volume[,oi]] without a header",
    segments=("spot",),
    kind="bar",
    stamp="end of the bar; packed one second earlier",
    volume="none",
    suffixes=(".txt", ".csv"),
    read=_read,
    group=together,
)
