"""``legacy_bhavcopy``: the exchange's daily activity zip, members ``op14112025.csv`` and ``fo14112025.csv`` (to 2025).

Names of columns and numbers are padded to a fixed width; only contracts that traded are listed. The zip's other members
are totals without contracts.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import (
    OTHER_SYMBOL,
    SUMMARY,
    Layout,
    Piece,
    contracts_of_day,
    hashed,
    need,
    price_or_none,
    together,
)
from nfops.packing.sources import RawFile

_NAME: Final = re.compile(r"(?P<kind>op|fo)(?P<day>\d{8})")
_PRICES: Final = {"OPEN_PRICE": "open", "HI_PRICE": "high", "LO_PRICE": "low", "CLOSE_PRICE": "close"}
_COLUMNS: Final = ("INSTRUMENT", "SYMBOL", "EXP_DATE", "OPEN_INT*", "TRD_QTY", "NO_OF_CONT", *_PRICES)


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # the exchange's own words
    named = _NAME.fullmatch(file.stem)
    if not named:
        raise DataError("totals; only op<date>.csv and fo<date>.csv list contracts", SUMMARY)
    day = dt.datetime.strptime(named["day"], "%d%m%Y").date()  # noqa: DTZ007 - a date has no zone
    rows = pl.read_csv(file.read(), infer_schema=False, truncate_ragged_lines=True)
    rows = rows.rename(str.strip).with_columns(pl.all().str.strip_chars())
    options = named["kind"] == "op"
    need((*_COLUMNS, *(("STR_PRICE", "OPT_TYPE") if options else ())), rows)
    mine = rows.filter((pl.col("SYMBOL") == symbol) & (pl.col("INSTRUMENT") == ("OPTIDX" if options else "FUTIDX")))
    if mine.is_empty():
        raise DataError(f"no index contract of {symbol}", OTHER_SYMBOL)
    lots, units = pl.col("NO_OF_CONT").cast(pl.Int64), pl.col("TRD_QTY").cast(pl.Int64)
    side = [pl.col("STR_PRICE").cast(pl.Float64).alias("strike"), pl.col("OPT_TYPE").alias("opt_type")]
    frame = mine.select(
        hashed(mine),
        pl.lit(day).alias("trade_date"),
        pl.col("EXP_DATE").str.to_date("%d/%m/%Y").alias("expiry"),
        *(side if options else ()),
        *(price_or_none(vendor).alias(ours) for vendor, ours in _PRICES.items()),
        lots.alias("volume_lots"),
        units.alias("volume_units"),
        pl.col("OPEN_INT*").cast(pl.Int64).alias("oi"),
        pl.when(lots > 0).then(units // lots).alias("lot_size"),
    )
    return [Piece("bhavcopy", contracts_of_day(frame))]


LAYOUT = Layout(
    name="legacy_bhavcopy",
    vendor="the daily activity zip of the exchange, members op<DDMMYYYY>.csv and fo<DDMMYYYY>.csv; reference data",
    segments=("bhavcopy",),
    kind="day",
    stamp="trade date, from the member's name",
    volume="lots and units of the day",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
