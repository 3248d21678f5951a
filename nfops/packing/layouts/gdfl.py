"""What the layouts of Global Datafeeds share: ticker, date and time columns, and what their tickers mean."""

from __future__ import annotations

import functools
import re
from typing import Final

import polars as pl

from nfops.market import Market, tickers
from nfops.packing.layouts.base import need
from nfops.packing.layouts.contracts import Instrument, instrument_of, with_instruments
from nfops.packing.layouts.text import sound, summed, table
from nfops.packing.sources import RawFile

TIME: Final = ("Ticker", "Date", "Time")
NAMES_IN: Final = "the column Ticker; a file may hold many"
_OPEN_INTEREST: Final = {"Open Interest": "OpenInterest", "OI": "OpenInterest"}
"""Spellings seen of one column."""

_FORMS: Final = ("%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d-%m-%Y %H:%M:%S")


def rows_of(
    file: RawFile, numbers: tuple[str, ...], wholes: tuple[str, ...], symbol: str, market: Market
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Read the rows of a symbol with ``moment``, ``OpenInterest`` (however the file calls it) and what they are of."""
    lines, broken = table(file, (*TIME, *numbers, *wholes))
    named = lines.rename({old: new for old, new in _OPEN_INTEREST.items() if old in lines.columns})
    need(("OpenInterest",), named)
    mine, unknown = with_instruments(named, "Ticker", functools.partial(_meaning, symbol, market), symbol)
    timed = mine.with_columns(pl.concat_str("Date", "Time", separator=" ").alias("moment"))
    rows, unread = sound(timed, numbers, (*wholes, "OpenInterest"), {"moment": _FORMS})
    return rows, summed(broken, unknown, unread)


def _meaning(symbol: str, market: Market, name: str) -> Instrument | None:
    """Say what a ticker means; None for one of another symbol."""
    text = name.strip().upper()
    if text.endswith(".NSE_IDX"):
        index = text.removesuffix(".NSE_IDX")
        return Instrument("spot") if tickers.INDEX_NAMES.get(index, index) == symbol else None
    if not re.match(rf"((OPT|FUT)IDX_)?{symbol}[_\d-]", text):
        return None
    ticker = tickers.parse_gdfl(text)
    return instrument_of(ticker, market)
