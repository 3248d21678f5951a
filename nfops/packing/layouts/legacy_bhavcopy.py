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
from nfops.packing.layouts.base import SUMMARY, Layout, Piece, contracts_of_day, price_or_none, together
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import OTHER_SEGMENT, counted, of_mine, sound, summed, table
from nfops.packing.sources import RawFile

_NAME: Final = re.compile(r"(?P<kind>op|fo)(?P<day>\d{8})")
_PRICES: Final = {"OPEN_PRICE": "open", "HI_PRICE": "high", "LO_PRICE": "low", "CLOSE_PRICE": "close"}
_WHOLES: Final = ("OPEN_INT*", "TRD_QTY", "NO_OF_CONT")
_COLUMNS: Final = ("INSTRUMENT", "SYMBOL", "EXP_DATE", *_WHOLES, *_PRICES)


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # the exchange's own words
    named = _NAME.fullmatch(file.stem)
    if not named:
        raise DataError("totals; only op<date>.csv and fo<date>.csv list contracts", SUMMARY)
    day = dt.datetime.strptime(named["day"], "%d%m%Y").date()  # noqa: DTZ007 - a date has no zone
    options = named["kind"] == "op"
    lines, broken = table(file, (*_COLUMNS, *(("STR_PRICE", "OPT_TYPE") if options else ())))
    mine, nameless = of_mine(lines.with_columns(pl.all().str.strip_chars()), "SYMBOL", symbol)
    index = mine.filter(pl.col("INSTRUMENT") == ("OPTIDX" if options else "FUTIDX"))
    other = counted(OTHER_SEGMENT, mine.height - index.height)
    rows, unread = sound(index, (*_PRICES, *(("STR_PRICE",) if options else ())), _WHOLES, {"EXP_DATE": ["%d/%m/%Y"]})
    lots, units = pl.col("NO_OF_CONT"), pl.col("TRD_QTY")
    side = [pl.col("STR_PRICE").alias("strike"), pl.col("OPT_TYPE").alias("opt_type")]
    frame = rows.select(
        "row_hash",
        pl.lit(day).alias("trade_date"),
        pl.col("EXP_DATE").dt.date().alias("expiry"),
        *(side if options else ()),
        *(price_or_none(vendor).alias(ours) for vendor, ours in _PRICES.items()),
        lots.alias("volume_lots"),
        units.alias("volume_units"),
        pl.col("OPEN_INT*").alias("oi"),
        pl.when(lots > 0).then(units // lots).alias("lot_size"),
    )
    return [Piece("bhavcopy", contracts_of_day(frame), dropped=summed(broken, nameless, other, unread))]


LAYOUT = Layout(
    name="legacy_bhavcopy",
    vendor="the daily activity zip of the exchange, members op<DDMMYYYY>.csv and fo<DDMMYYYY>.csv; reference data",
    segments=("bhavcopy",),
    kind="day",
    form="csv",
    columns=_COLUMNS,
    holds=_NAME.pattern,
    clock=Clock("the date in the member's name", "day"),
    volume=Volume("NO_OF_CONT", "of the day", "lots"),
    price="CLOSE_PRICE",
    names=Names("columns", "the columns SYMBOL, EXP_DATE, STR_PRICE, OPT_TYPE"),
    none={"price 0": "none"},
    rows="any",
    suffixes=(".csv",),
    read=_read,
    group=together,
)
