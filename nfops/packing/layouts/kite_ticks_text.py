"""``kite_ticks_text``: full ticks of Kite as Python prints them, a dict a line, the newest first, a file a contract.

``ohlc`` is the session's so far with the *previous day's* close; the traded price is ``last_price``. The oldest line
can be stamped 1970, with yesterday's price.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, tickers
from nfops.packing.layouts.base import Layout, Piece, by_contract, canonical, of_symbol
from nfops.packing.layouts.declared import Clock, Names, Volume
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
    ticks = _json(lines.filter(lines != "")).str.json_decode(_TICK).struct.unnest()
    quotes = [
        pl.col("depth").struct.field(side).list.first().struct.field(field).alias(ours)
        for side, names in _QUOTES.items()
        for field, ours in zip(("price", "quantity"), names, strict=True)
    ]
    frame = ticks.select(
        lines.filter(lines != "").hash(seed=0).alias("row_hash"),
        *(_moment(vendor).alias(ours) for vendor, ours in (("timestamp", "stamp"), ("last_trade_time", "last_trade"))),
        pl.col("last_price").alias("close"),
        pl.col("volume").alias("day_volume"),
        "oi",
        *quotes,
        pl.lit(ticker.right).alias("opt_type"),
        pl.lit(ticker.strike).alias("strike"),
        pl.lit(market.contract_expiry(ticker)).alias("expiry"),
    )
    return [Piece("options", canonical(frame))]


def _json(lines: pl.Series) -> pl.Series:
    """Write Python's dicts as JSON: exact for lines in which every text is in plain single quotes."""
    if lines.is_empty():
        raise DataError("the file has no lines", "empty_file")
    odd = lines.str.contains(r'["\\]') | ~lines.str.starts_with("{'")
    if odd.any():
        raise DataError(f"line {int(odd.arg_max() or 0) + 1} is no dict as Python prints it", "bad_line")
    swapped = lines.str.replace_all("'", '"', literal=True)
    for python, json in (("True", "true"), ("False", "false"), ("None", "null")):
        swapped = swapped.str.replace_all(rf"\b{python}\b", json)
    return swapped


def _moment(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="ns")


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
