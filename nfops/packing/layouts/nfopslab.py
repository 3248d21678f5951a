"""``nfopslab``: raw ticks as Parquet, a file a contract, with the packet of the broker field by field (53 columns).

``open``, ``high`` and ``low`` are the session's so far and ``close`` is the *previous day's* close; the traded price is
``price``. The first row of many files is stamped 1970, its time stands in ``ts``.
"""

from __future__ import annotations

import io
import re
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, tickers
from nfops.packing.layouts.base import Layout, Piece, Segment, canonical, hashed
from nfops.packing.sources import RawFile

_PATTERNS: Final[dict[Segment, re.Pattern[str]]] = {
    "spot": re.compile(r"(?P<symbol>[a-z]+)_spot.*", re.IGNORECASE),
    "futures": re.compile(r"(?P<symbol>[a-z]+)_fut.*", re.IGNORECASE),
}
_NEEDED: Final = {"price", "timestamp"}
_NUMBERS: Final = {"oi": "oi", "bp0": "bid", "sp0": "ask", "bq0": "bid_qty", "sq0": "ask_qty"}


def _read(file: RawFile, symbol: str, market: Market) -> list[Piece]:
    segment, named, ticker = _identify(file.stem)
    if named != symbol:
        raise DataError(f"the file is of {named}, not {symbol}", "other_symbol")
    rows = pl.read_parquet(io.BytesIO(file.read()))
    if rows.is_empty():
        raise DataError("the file has no rows", "empty_file")
    missing = _NEEDED - set(rows.columns)
    if missing:
        raise DataError(f"columns are missing: {', '.join(sorted(missing))}", "bad_columns")
    rows = rows.with_columns(hashed(rows))
    stamped, repaired = _stamps(rows)
    frame = stamped.select("row_hash", "stamp", pl.col("price").cast(pl.Float64).alias("close"), *_rest(stamped))
    if ticker is not None:
        frame = frame.with_columns(
            pl.lit(ticker.right).alias("opt_type"),
            pl.lit(ticker.strike).alias("strike"),
            pl.lit(market.contract_expiry(ticker)).alias("expiry"),
        )
    return [Piece(segment, canonical(frame), rows.height, {"epoch_timestamp": repaired} if repaired else {})]


def _identify(stem: str) -> tuple[Segment, str, tickers.Ticker | None]:
    """Segment, symbol and, for an option, its ticker, from a file's name."""
    for segment, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(stem):
            return segment, found["symbol"].upper(), None
    ticker = tickers.parse(stem)
    if ticker.strike is None:
        raise DataError(f"{stem!r} names a single future; futures come as one file a symbol", "misnamed_file")
    return "options", ticker.symbol, ticker


def _stamps(rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Read the time stamps, whatever their unit, and take ``ts`` where they are in 1970."""
    stamp = _moment(rows, "timestamp")
    if "ts" not in rows.columns:
        return rows.with_columns(stamp.alias("stamp")), 0
    epoch = stamp.dt.year() <= 1971
    mended = rows.with_columns(pl.when(epoch).then(_moment(rows, "ts")).otherwise(stamp).alias("stamp"))
    return mended, int(rows.select(epoch.sum()).item())


def _moment(rows: pl.DataFrame, column: str) -> pl.Expr:
    moment = pl.col(column)
    return (
        moment.str.to_datetime(time_unit="ns") if rows.schema[column] == pl.String else moment.cast(pl.Datetime("ns"))
    )


def _rest(rows: pl.DataFrame) -> list[pl.Expr]:
    """Take what the file has beside time and price: volume, quotes, open interest, time of the last trade."""
    have = set(rows.columns)
    taken = [pl.col(vendor).alias(ours) for vendor, ours in _NUMBERS.items() if vendor in have]
    if "volume" in have:
        taken.append(pl.col("volume").alias("day_volume"))
    elif "qty" in have:
        taken.append(pl.col("qty").alias("bar_volume"))
    if "lastTradeTime" in have:
        taken.append(_moment(rows, "lastTradeTime").alias("last_trade"))
    return taken


def _group(file: RawFile) -> str:
    """Files of one contract belong together; misnamed ones stand alone."""
    try:
        segment, symbol, ticker = _identify(file.stem)
    except DataError:
        return file.name
    return f"{symbol} {segment} {ticker or ''}"


LAYOUT = Layout(
    name="nfopslab",
    vendor="raw ticks as Parquet: a file a contract (banknifty1941128500ce), SYMBOL_spot_part_NNN, SYMBOL_futures",
    segments=("options", "spot", "futures"),
    kind="tick",
    stamp="IST wall clock; rows of 1970 take their time from ts",
    volume="units since the open",
    suffixes=(".parquet",),
    group=_group,
    read=_read,
)
