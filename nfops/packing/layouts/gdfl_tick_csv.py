"""``gdfl_tick_csv``: ticks of Global Datafeeds, a file a contract or a whole day of the market.

``Time`` is that of the last trade, to the second. A row with ``LTQ`` 0 brings quotes only; open interest comes every
three minutes.
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

_NUMBERS: Final = ("LTP", "BuyPrice", "SellPrice")
_WHOLES: Final = ("BuyQty", "SellQty", "LTQ")
_OURS: Final = {"LTP": "close", "LTQ": "bar_volume", "OpenInterest": "oi",
                "BuyPrice": "bid", "BuyQty": "bid_qty", "SellPrice": "ask", "SellQty": "ask_qty"}  # fmt: skip
_CLOCK: Final = Clock("Date and Time", "moment")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    rows, dropped = gdfl.rows_of(file, _NUMBERS, _WHOLES, symbol, market)
    frame = rows.select(
        "row_hash",
        *INSTRUMENT,
        _CLOCK.final(pl.col("moment")),
        *(pl.col(vendor).alias(ours) for vendor, ours in _OURS.items()),
    )
    return by_segment(frame, symbol, market, dropped)


LAYOUT = Layout(
    name="gdfl_tick_csv",
    vendor="ticks of Global Datafeeds with the best bid and ask, a file a contract or the whole market",
    segments=("options", "spot", "futures"),
    kind="tick",
    form="csv",
    columns=(*gdfl.TIME, *_NUMBERS, *_WHOLES),
    clock=_CLOCK,
    volume=Volume("LTQ", "of the row"),
    price="LTP",
    names=Names("gdfl", gdfl.NAMES_IN),
    none={"BuyPrice, SellPrice 0": "no quote", "LTQ 0": "a quote without a trade"},
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
