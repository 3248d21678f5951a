"""``trademarkk_json``: an index and some options of it as one-minute bars of whole days in one JSON."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical, hashed, known_expiry, of_symbol, together
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.sources import RawFile

_IST = dt.timezone(dt.timedelta(hours=5, minutes=30))
_OHLCV = ("open", "high", "low", "close", "bar_volume")
_CLOCK = Clock("days[].base and the minute in the bar", "start")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    try:
        content = json.loads(file.read())
        of_symbol(content["symbol"], symbol)
        return [piece for day in content["days"] for piece in _day(day, symbol, market)]
    except (ValueError, KeyError, TypeError, IndexError, ArithmeticError, RecursionError) as fault:
        raise DataError(f"no snapshot of the compact form: {fault!r}", "bad_json") from None


def _day(day: dict[str, Any], symbol: str, market: Market) -> list[Piece]:
    opened = dt.datetime.fromtimestamp(day["base"] / 1000, _IST).replace(tzinfo=None)
    expiry = known_expiry(dt.date.fromisoformat(day["expiry"]), symbol, market)
    contracts = [
        _bars(contract["bars"], opened).with_columns(
            pl.lit(contract["ot"]).alias("opt_type"),
            pl.lit(int(contract["strike"])).alias("strike"),
            pl.lit(expiry).alias("expiry"),
        )
        for contract in day["contracts"]
    ]
    pieces = [Piece("options", canonical(contract)) for contract in contracts]
    return [Piece("spot", canonical(_bars(day["index"], opened))), *pieces]


def _bars(bars: list[list[float]], opened: dt.datetime) -> pl.DataFrame:
    """Rows ``[minute after the open, open, high, low, close, volume]``, labelled by the start of the bar."""
    columns = {"minute": pl.Int64, **dict.fromkeys(_OHLCV, pl.Float64)}
    rows = pl.DataFrame([[int(bar[0]), *map(float, bar[1:6])] for bar in bars], schema=columns, orient="row")
    start = pl.lit(opened).cast(pl.Datetime("ns")) + pl.duration(minutes=pl.col("minute"))
    return rows.select(hashed(rows), _CLOCK.final(start), *_OHLCV)


LAYOUT = Layout(
    name="trademarkk_json",
    vendor="days of index and option bars in one JSON, days[].{base, expiry, index, contracts[].bars}",
    segments=("options", "spot"),
    kind="bar",
    form="json",
    columns=("symbol", "days", "base", "expiry", "index", "contracts"),
    clock=_CLOCK,
    volume=Volume("sixth number of a bar", "of the row"),
    price="fifth number of a bar",
    names=Names("columns", "the keys symbol, expiry, strike, ot"),
    suffixes=(".json",),
    read=_read,
    group=together,
)
