"""``kite_ticks_text``: full ticks of Kite as Python prints them, a dict a line, the newest first, a file a contract.

``ohlc`` is the session's so far with the *previous day's* close; the traded price is ``last_price``. The oldest line
can be stamped 1970, with yesterday's price.
"""

from __future__ import annotations

import json
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, tickers
from nfops.packing.layouts.base import Layout, Piece, by_contract, canonical, of_symbol
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.layouts.text import BAD_VALUE, counted, summed
from nfops.packing.sources import RawFile

_LEVEL: Final = pl.Struct({"quantity": pl.Int64, "price": pl.Float64})
_TICK: Final = pl.Struct(
    {
        "last_price": pl.Float64,
        "volume": pl.Int64,
        "last_trade_time": pl.String,
        "oi": pl.Int64,
        "timestamp": pl.String,
        "depth": pl.Struct({"buy": pl.List(_LEVEL), "sell": pl.List(_LEVEL)}),
    }
)
_QUOTES: Final = {"buy": ("bid", "bid_qty"), "sell": ("ask", "ask_qty")}


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    name = file.stem.split("_")[0]
    ticker = tickers.parse(name)
    of_symbol(ticker.symbol, symbol)
    if ticker.strike is None:
        raise DataError(f"{name} is a future; this layout holds options", "other_segment")
    lines = pl.Series("line", file.read().decode().splitlines(), dtype=pl.String)
    lines = lines.filter(lines != "")
    ticks, unread = _decoded(lines)
    ticks = ticks.with_columns(
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="ns", strict=False).alias(ours)
        for name, ours in (("timestamp", "stamp"), ("last_trade_time", "last_trade"))
    )
    garbled = ticks["timestamp"].is_not_null() & ticks["stamp"].is_null()
    dropped = summed(counted("bad_line", unread), counted(BAD_VALUE, int(garbled.sum())))
    quotes = [
        pl.col("depth").struct.field(side).list.first().struct.field(field).alias(ours)
        for side, names in _QUOTES.items()
        for field, ours in zip(("price", "quantity"), names, strict=True)
    ]
    frame = ticks.filter(~garbled).select(
        "row_hash",
        "stamp",
        "last_trade",
        pl.col("last_price").alias("close"),
        pl.col("volume").alias("day_volume"),
        "oi",
        *quotes,
        pl.lit(ticker.right).alias("opt_type"),
        pl.lit(ticker.strike).alias("strike"),
        pl.lit(market.contract_expiry(ticker)).alias("expiry"),
    )
    return [Piece("options", canonical(frame), dropped=dropped)]


def _decoded(lines: pl.Series) -> tuple[pl.DataFrame, int]:
    """Read lines as ticks, with their ``row_hash``; leave out those that are none, and count them.

    Raises
    ------
    DataError
        With reason ``empty_file``, or ``bad_line`` when no line can be read.
    """
    if lines.is_empty():
        raise DataError("the file has no lines", "empty_file")
    text = _json(lines)
    try:
        ticks = text.str.json_decode(_TICK)
    except pl.exceptions.ComputeError:  # it does not say which lines
        text = pl.Series([line if line is not None and _is_json(line) else None for line in text], dtype=pl.String)
        ticks = text.str.json_decode(_TICK)
    read = text.is_not_null()
    if not read.any():
        raise DataError("line 1 is no dict as Python prints it", "bad_line")
    rows = ticks.struct.unnest().with_columns(lines.hash(seed=0).alias("row_hash"))
    return rows.filter(read), int((~read).sum())


def _json(lines: pl.Series) -> pl.Series:
    """Write Python's dicts as JSON: exact for lines in which every text is in plain single quotes, null for others."""
    odd = lines.str.contains(r'["\\]') | ~lines.str.starts_with("{'")
    swapped = lines.str.replace_all("'", '"', literal=True)
    for python, json_word in (("True", "true"), ("False", "false"), ("None", "null")):
        swapped = swapped.str.replace_all(rf"\b{python}\b", json_word)
    return swapped.set(odd, None)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


LAYOUT = Layout(
    name="kite_ticks_text",
    vendor="full ticks of Kite, a Python dict a line, newest first; BANKNIFTY21SEP35300CE_2021_08_20.txt",
    segments=("options",),
    kind="tick",
    form="lines",
    columns=("last_price", "volume", "last_trade_time", "oi", "timestamp", "depth"),
    first=r"\{'.*'last_price'",
    clock=Clock("timestamp", "moment"),
    volume=Volume("volume", "since the open"),
    price="last_price (ohlc.close is the previous day's)",
    names=Names("exchange", "the file name"),
    none={"timestamp 1970": "the vendor's clock was not set: dropped", "price 0 in depth": "no quote"},
    rows="newest first",
    suffixes=(".txt",),
    read=_read,
    group=by_contract,
)
