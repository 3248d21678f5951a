"""``udiff_bhavcopy``: end-of-day contracts in the exchange's UDiFF columns, of the whole market or one symbol (2024-).

A price of 0 is none; a contract without a trade still has the exchange's computed close, and maybe the last price of an
earlier day. ``SttlmPric`` of options that expire on the day is the index's settlement, not an option's price.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import (
    OTHER_SYMBOL,
    Layout,
    Piece,
    contracts_of_day,
    hashed,
    need,
    price_or_none,
    together,
)
from nfops.packing.sources import RawFile

_PRICES: Final = {"OpnPric": "open", "HghPric": "high", "LwPric": "low", "ClsPric": "close", "LastPric": "last",
                  "UndrlygPric": "underlying"}  # fmt: skip
_COLUMNS: Final = ("TradDt", "FinInstrmTp", "TckrSymb", "XpryDt", "StrkPric", "OptnTp", "SttlmPric", "OpnIntrst",
                   "TtlTradgVol", "NewBrdLotQty", *_PRICES)  # fmt: skip


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # the exchange's own words: expiry and lot size are in the row
    rows = pl.read_csv(file.read(), infer_schema=False)
    need(_COLUMNS, rows)
    index = pl.col("FinInstrmTp").is_in(["IDO", "IDF"])
    mine = rows.filter(index & (pl.col("TckrSymb").str.strip_chars() == symbol))
    if mine.is_empty():
        raise DataError(f"no index contract of {symbol}; the first row is of {rows['TckrSymb'][0]}", OTHER_SYMBOL)
    price = {ours: price_or_none(vendor) for vendor, ours in _PRICES.items()}
    settle = price_or_none("SttlmPric")
    lots, lot = pl.col("TtlTradgVol").cast(pl.Int64), pl.col("NewBrdLotQty").cast(pl.Int64)
    expires = (pl.col("FinInstrmTp") == "IDO") & (pl.col("XpryDt") == pl.col("TradDt"))
    frame = mine.select(
        hashed(mine),
        pl.col("TradDt").str.to_date().alias("trade_date"),
        pl.col("XpryDt").str.to_date().alias("expiry"),
        pl.when(pl.col("FinInstrmTp") == "IDO").then(pl.col("StrkPric").cast(pl.Float64)).alias("strike"),
        pl.when(pl.col("FinInstrmTp") == "IDO").then("OptnTp").alias("opt_type"),
        *(value.alias(name) for name, value in price.items()),
        pl.when(~expires).then(settle).alias("settle"),
        pl.when(expires).then(settle).alias("index_settle"),
        lots.alias("volume_lots"),
        (lots * lot).alias("volume_units"),
        pl.col("OpnIntrst").cast(pl.Int64).alias("oi"),
        lot.alias("lot_size"),
    )
    return [Piece("bhavcopy", contracts_of_day(frame))]


LAYOUT = Layout(
    name="udiff_bhavcopy",
    vendor="end-of-day index contracts in UDiFF columns (TradDt, TckrSymb, XpryDt, ...); reference data, not ticks",
    segments=("bhavcopy",),
    kind="day",
    stamp="trade date",
    volume="lots of the day",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
