"""``gdfl_1min_csv``: one-minute bars of Global Datafeeds, labelled by their last second (09:15:59).

Files that others extended with Type, Strike, Expiry and the like are read too; the ticker says all of that.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.market import Market
from nfops.packing.layouts import gdfl
from nfops.packing.layouts.base import Layout, Piece, together
from nfops.packing.layouts.contracts import INSTRUMENT, by_segment
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.sources import RawFile

_PRICES: Final = ("Open", "High", "Low", "Close")
_CLOCK: Final = Clock("Date and Time", "last")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    rows, dropped = gdfl.rows_of(file, _PRICES, ("Volume",), symbol, market)
    frame = rows.select(
        "row_hash",
        *INSTRUMENT,
        _CLOCK.final(pl.col("moment")),
        *(pl.col(name).alias(name.lower()) for name in _PRICES),
        pl.col("Volume").alias("bar_volume"),
        pl.col("OpenInterest").alias("oi"),
    )
    return by_segment(frame, symbol, market, dropped)


LAYOUT = Layout(
    name="gdfl_1min_csv",
    vendor="one-minute bars of Global Datafeeds, also with Type, Strike, Expiry added; a file a contract or the market",
    segments=("options", "spot", "futures"),
    kind="bar",
    form="csv",
    columns=(*gdfl.TIME, *_PRICES, "Volume"),
    clock=_CLOCK,
    volume=Volume("Volume", "of the row"),
    price="Close",
    names=Names("gdfl", gdfl.NAMES_IN),
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
