"""``spot_1s_csv``: index prices at exactly 1 Hz, a headerless CSV a day, ``YYYY-MM-DD HH:MM:SS,price`` (2022).

Nothing in a file says which index it is of. Files of weekends and holidays repeat the trading day before.
"""

from __future__ import annotations

import polars as pl

from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, hashed, headerless, together
from nfops.packing.sources import RawFile


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del symbol, market  # the user says of which index the files are
    rows = headerless(file, ("timestamp", "price"))
    frame = rows.select(
        hashed(rows),
        pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ns").alias("stamp"),
        pl.col("price").cast(pl.Float64).alias("close"),
    )
    return [Piece("spot", canonical(frame))]


LAYOUT = Layout(
    name="spot_1s_csv",
    vendor="index prices of every second, YYYY-MM-DD HH:MM:SS,price without a header; all files are of --symbol",
    segments=("spot",),
    kind="tick",
    stamp="IST wall clock",
    volume="none",
    suffixes=(".csv",),
    read=_read,
    group=together,
    rank="1hz",
)
