"""``truedata_csv``: ticks of TrueData without a header, ``YYYYMMDD,HH:MM:SS,price,volume,oi``, a file an instrument.

The instrument stands in the file's name only: BANKNIFTY20030512500CE.csv, NIFTY-I.csv, NIFTY BANK.csv, or
anything_BANKNIFTY.csv. Volume is that of the row, in units; an index has zeros there.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, tickers
from nfops.packing.layouts.base import Layout, Piece, of_symbol
from nfops.packing.layouts.contracts import INSTRUMENT, Instrument, by_segment, instrument_of, with_instruments
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import headerless, sound, summed
from nfops.packing.sources import RawFile

_COLUMNS: Final = ("day", "time", "price", "volume", "oi")
_CLOCK: Final = Clock("day and time", "moment")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    name = _instrument(file)
    index = tickers.INDEX_NAMES.get(name, name)
    ticker = None if index in tickers.UNDERLYINGS else tickers.parse_truedata(name)
    of_symbol(index if ticker is None else ticker.symbol, symbol)
    instrument = Instrument("spot") if ticker is None else instrument_of(ticker, market)
    lines, broken = headerless(file, _COLUMNS)
    named, _ = with_instruments(lines.with_columns(pl.lit(name).alias("name")), "name", lambda _: instrument, symbol)
    timed = named.with_columns(pl.concat_str("day", "time", separator=" ").alias("moment"))
    rows, unread = sound(timed, ("price",), ("volume", "oi"), {"moment": ["%Y%m%d %H:%M:%S"]})
    frame = rows.select(
        "row_hash",
        *INSTRUMENT,
        _CLOCK.final(pl.col("moment")),
        pl.col("price").alias("close"),
        pl.col("volume").alias("bar_volume"),
        "oi",
    )
    return by_segment(frame, symbol, market, summed(broken, unread))


def _instrument(file: RawFile) -> str:
    return file.stem.rsplit("_", 1)[-1].strip().upper()


def _group(file: RawFile, symbol: str, market: Market) -> str:
    """Spot files belong together, futures too, because a series is another contract each month."""
    name = _instrument(file)
    if tickers.INDEX_NAMES.get(name, name) == symbol:
        return "spot"
    try:
        ticker = tickers.parse_truedata(name)
        if ticker.symbol != symbol:
            return "other symbols"
        return "futures" if ticker.strike is None else f"{market.contract_expiry(ticker)} {ticker.strike}{ticker.right}"
    except DataError:
        return "other names"


LAYOUT = Layout(
    name="truedata_csv",
    vendor="ticks of TrueData, YYYYMMDD,HH:MM:SS,price,volume,oi, a file an instrument",
    segments=("options", "spot", "futures"),
    kind="tick",
    form="headerless csv",
    columns=_COLUMNS,
    first=r"\d{8},\d\d:\d\d:\d\d(,[\d.]+){3}",
    clock=_CLOCK,
    volume=Volume("volume", "of the row"),
    price="price",
    names=Names("truedata", "the file name"),
    none={"volume and oi 0": "an index has neither"},
    suffixes=(".csv", ".txt"),
    read=_read,
    group=_group,
)
