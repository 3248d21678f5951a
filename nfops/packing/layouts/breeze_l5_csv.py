"""``breeze_l5_csv``: futures ticks of ICICI's Breeze with five levels of depth, all instruments in one CSV (2025).

The depth is mislabelled: ``bid_price_1`` is the best bid, ``bid_price_2`` the best *ask*, and all other levels are 0. A
true second bid is never above the first, so such a row says so itself; it is mended and counted, others stay as they
are. No expiry is given: rows are of the near month.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.market import Market, tickers
from nfops.packing.layouts.base import Layout, Piece, canonical, together
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import of_mine, sound, summed, table
from nfops.packing.sources import RawFile

MISLABELLED: Final = "mislabelled_depth"

_QUOTES: Final = {"bid_price_1": "bid", "bid_qty_1": "bid_qty", "ask_price_1": "ask", "ask_qty_1": "ask_qty"}
_NUMBERS: Final = ("last_price", "bid_price_1", "bid_price_2", "ask_price_1")
_WHOLES: Final = ("volume_traded", "open_interest", "bid_qty_1", "bid_qty_2", "ask_qty_1")
_COLUMNS: Final = ("Symbol", "exchange_timestamp", *_NUMBERS, *_WHOLES)
_CLOCK: Final = Clock("exchange_timestamp, the receiver's clock", "moment")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # the near month is found by date
    lines, broken = table(file, _COLUMNS)
    codes = {code: tickers.breeze_symbol(code) for code in lines["Symbol"].unique().drop_nulls().to_list()}
    mine, nameless = of_mine(lines.with_columns(pl.col("Symbol").replace(codes)), "Symbol", symbol)
    rows, unread = sound(mine, _NUMBERS, _WHOLES, {"exchange_timestamp": ["%Y-%m-%d %H:%M:%S%.f"]})
    wrong = (pl.col("ask_price_1") == 0) & (pl.col("bid_price_2") > pl.col("bid_price_1"))
    mended = {"ask": "bid_price_2", "ask_qty": "bid_qty_2"}
    frame = rows.with_columns(wrong.fill_null(value=False).alias("wrong")).select(
        "row_hash",
        "wrong",
        _CLOCK.final(pl.col("exchange_timestamp")),
        pl.col("last_price").alias("close"),
        pl.col("volume_traded").alias("day_volume"),
        pl.col("open_interest").alias("oi"),
        *(pl.when("wrong").then(mended.get(ours, vendor)).otherwise(vendor).alias(ours)
          for vendor, ours in _QUOTES.items()),
    )  # fmt: skip
    count = int(frame["wrong"].sum())
    repairs = {MISLABELLED: count} if count else {}
    return [Piece("futures", canonical(frame), repairs, summed(broken, nameless, unread))]


LAYOUT = Layout(
    name="breeze_l5_csv",
    vendor="futures ticks of Breeze with five levels of depth, all instruments in one file; rows are of the near month",
    segments=("futures",),
    kind="tick",
    form="csv",
    columns=_COLUMNS,
    clock=_CLOCK,
    volume=Volume("volume_traded", "since the open"),
    price="last_price",
    names=Names("breeze", "the column Symbol"),
    none={"ask_price_1 0 with bid_price_2 above bid_price_1": "level 2 of the bids is the best ask",
          "price 0 in depth": "no quote"},
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)  # fmt: skip
