"""``kite_bars_csv``: one-minute bars from Kite, one quoted CSV an instrument, labelled by the start of the bar."""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, tickers
from nfops.packing.layouts.base import Layout, Piece, by_contract, canonical, of_symbol
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import sound, summed, table
from nfops.packing.sources import RawFile

_PRICES: Final = ("Open", "High", "Low", "Close")
_COLUMNS: Final = ("TIME", *_PRICES, "VOLUME", "SYMBOL")
_CLOCK: Final = Clock("TIME", "start")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    lines, broken = table(file, _COLUMNS)
    names = lines["SYMBOL"].unique().to_list()
    if len(names) != 1 or names[0] is None:
        raise DataError(f"a file must hold one instrument, got {names}", "mixed_instruments")
    name = names[0].replace("%20", " ")
    rows, unread = sound(lines, _PRICES, ("VOLUME",), {"TIME": ["%Y-%m-%d %H:%M:%S"]})
    frame = rows.select(
        "row_hash",
        _CLOCK.final(pl.col("TIME")),
        *(pl.col(column).alias(column.lower()) for column in _PRICES),
        pl.col("VOLUME").alias("bar_volume"),
    )
    dropped = summed(broken, unread)
    index = tickers.INDEX_NAMES.get(name, name)
    if index in market.symbols:
        of_symbol(index, symbol)
        return [Piece("spot", canonical(frame), dropped=dropped)]
    ticker = tickers.parse(name)
    of_symbol(ticker.symbol, symbol)
    if ticker.strike is None:
        raise DataError(f"{name} is a future; this layout holds options and the index", "other_segment")
    contract = frame.with_columns(
        pl.lit(ticker.right).alias("opt_type"),
        pl.lit(ticker.strike).alias("strike"),
        pl.lit(market.contract_expiry(ticker)).alias("expiry"),
    )
    return [Piece("options", canonical(contract), dropped=dropped)]


LAYOUT = Layout(
    name="kite_bars_csv",
    vendor="one-minute bars from Kite, quoted, a file an instrument",
    segments=("options", "spot"),
    kind="bar",
    form="csv",
    columns=_COLUMNS,
    clock=_CLOCK,
    volume=Volume("VOLUME", "of the row"),
    price="Close",
    names=Names("exchange", "the column SYMBOL"),
    suffixes=(".csv",),
    read=_read,
    group=by_contract,
)
