"""``udiff_bhavcopy``: end-of-day contracts in the exchange's UDiFF columns, of the whole market or one symbol (2024-).

A price of 0 is none; a contract without a trade still has the exchange's computed close, and maybe the last price of an
earlier day. ``SttlmPric`` of options that expire on the day is the index's settlement, not an option's price.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, contracts_of_day, price_or_none, together
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import OTHER_SEGMENT, counted, of_mine, sound, summed, table
from nfops.packing.sources import RawFile

_PRICES: Final = {"OpnPric": "open", "HghPric": "high", "LwPric": "low", "ClsPric": "close", "LastPric": "last",
                  "UndrlygPric": "underlying"}  # fmt: skip
_WHOLES: Final = ("TtlTradgVol", "OpnIntrst", "NewBrdLotQty")
_DATES: Final = {"TradDt": ["%Y-%m-%d"], "XpryDt": ["%Y-%m-%d"]}
_COLUMNS: Final = (*_DATES, "FinInstrmTp", "TckrSymb", "StrkPric", "OptnTp", "SttlmPric", *_WHOLES, *_PRICES)


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # the exchange's own words: expiry and lot size are in the row
    lines, broken = table(file, _COLUMNS)
    mine, nameless = of_mine(lines, "TckrSymb", symbol)
    index = mine.filter(pl.col("FinInstrmTp").is_in(["IDO", "IDF"]))
    other = counted(OTHER_SEGMENT, mine.height - index.height)
    rows, unread = sound(index, (*_PRICES, "StrkPric", "SttlmPric"), _WHOLES, _DATES)
    price = {ours: price_or_none(vendor) for vendor, ours in _PRICES.items()}
    settle = price_or_none("SttlmPric")
    lots, lot = pl.col("TtlTradgVol"), pl.col("NewBrdLotQty")
    expires = (pl.col("FinInstrmTp") == "IDO") & (pl.col("XpryDt") == pl.col("TradDt"))
    frame = rows.select(
        "row_hash",
        pl.col("TradDt").dt.date().alias("trade_date"),
        pl.col("XpryDt").dt.date().alias("expiry"),
        pl.when(pl.col("FinInstrmTp") == "IDO").then("StrkPric").alias("strike"),
        pl.when(pl.col("FinInstrmTp") == "IDO").then("OptnTp").alias("opt_type"),
        *(value.alias(name) for name, value in price.items()),
        pl.when(~expires).then(settle).alias("settle"),
        pl.when(expires).then(settle).alias("index_settle"),
        lots.alias("volume_lots"),
        (lots * lot).alias("volume_units"),
        pl.col("OpnIntrst").alias("oi"),
        lot.alias("lot_size"),
    )
    return [Piece("bhavcopy", contracts_of_day(frame), dropped=summed(broken, nameless, other, unread))]


LAYOUT = Layout(
    name="udiff_bhavcopy",
    vendor="end-of-day index contracts in UDiFF columns (TradDt, TckrSymb, XpryDt, ...); reference data, not ticks",
    segments=("bhavcopy",),
    kind="day",
    form="csv",
    columns=_COLUMNS,
    clock=Clock("TradDt", "day"),
    volume=Volume("TtlTradgVol", "of the day", "lots"),
    price="LastPric; ClsPric is the exchange's, computed where there was no trade",
    names=Names("columns", "the columns TckrSymb, XpryDt, StrkPric, OptnTp"),
    none={"price 0": "none"},
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
