"""``trademarkk_json``: an index and some options of it as one-minute bars of whole days in one JSON."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import polars as pl

from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Layout, Piece, canonical
from nfops.packing.sources import RawFile

_OHLCV = ("open", "high", "low", "close", "bar_volume")


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    del market  # expiries are written in the file
    try:
        content = json.loads(file.read())
        days = content["days"]
        named = content["symbol"]
    except (ValueError, KeyError, TypeError) as fault:
        raise DataError(f"no snapshot of the compact form: {fault}", "bad_json") from None
    if named != symbol:
        raise DataError(f"the file is of {named}, not {symbol}", "other_symbol")
    return [piece for day in days for piece in _day(day)]


def _day(day: dict[str, Any]) -> list[Piece]:
    opening = dt.datetime.fromtimestamp(day["base"] / 1000, dt.timezone(dt.timedelta(hours=5, minutes=30)))
    base = opening.replace(tzinfo=None)
    spot = _bars(day["index"], base)
    options = [
        _bars(contract["bars"], base).with_columns(
            pl.lit(contract["ot"]).alias("opt_type"),
            pl.lit(int(contract["strike"])).alias("strike"),
            pl.lit(dt.date.fromisoformat(day["expiry"])).alias("expiry"),
        )
        for contract in day["contracts"]
    ]
    chain = pl.concat(map(canonical, options))
    return [Piece("spot", canonical(spot), spot.height), Piece("options", chain, chain.height)]


def _bars(bars: list[list[float]], base: dt.datetime) -> pl.DataFrame:
    """Rows ``[minute after the open, open, high, low, close, volume]``, labelled by the start of the bar."""
    columns = {"minute": pl.Int64, **dict.fromkeys(_OHLCV, pl.Float64)}
    rows = pl.DataFrame([[int(bar[0]), *map(float, bar[1:6])] for bar in bars], schema=columns, orient="row")
    start = pl.lit(base).cast(pl.Datetime("ns")) + pl.duration(minutes=pl.col("minute"))
    return rows.select((start + pl.duration(seconds=59)).alias("stamp"), *_OHLCV)


LAYOUT = Layout(
    name="trademarkk_json",
    vendor="days of index and option bars in one JSON, days[].{base, index, contracts[].bars}",
    segments=("options", "spot"),
    kind="bar",
    stamp="start of the bar, in minutes after the open; packed at its last second",
    volume="units of the bar",
    suffixes=(".json",),
    group=lambda _: "all",
    read=_read,
)
