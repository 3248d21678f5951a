"""``nfopslab``: raw ticks as Parquet, a file a contract, with the packet of the broker field by field (53 columns).

``open``, ``high`` and ``low`` are the session's so far and ``close`` is the *previous day's* close; the traded price is
``price``. The first row of many files is stamped 1970, its time stands in ``ts``.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import itertools
import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, tickers
from nfops.packing.layouts.base import RAW, Layout, Piece, Segment, by_contract, hashed, need_columns, of_symbol
from nfops.packing.layouts.declared import Clock, Names, Volume
from nfops.packing.sources import RawFile
from nfops.packing.stamps import wall_clock

_WHOLE: Final[dict[Segment, re.Pattern[str]]] = {
    "spot": re.compile(r"(?P<symbol>[a-z]+)_spot.*", re.IGNORECASE),
    "futures": re.compile(r"(?P<symbol>[a-z]+)_fut.*", re.IGNORECASE),
}
_NUMBERS: Final = {"price": "close", "oi": "oi", "bp0": "bid", "sp0": "ask", "bq0": "bid_qty", "sq0": "ask_qty"}
_EPOCH_ENDS: Final = dt.datetime(1972, 1, 1)  # noqa: DTZ001 - wall clock
_SLICE: Final = 500_000
"""Rows read at a time: a future's file holds years of 50 columns."""


def _read(file: RawFile, symbol: str, market: Market) -> Iterator[Piece]:
    """Read the columns that are packed; whether rows are doubles is asked of ``_hashes`` where it is in doubt."""
    segment, named, ticker = _identify(file.stem)
    of_symbol(named, symbol)
    terms: list[pl.Expr] = []
    if ticker is not None:
        expiry = market.contract_expiry(ticker)
        terms = [
            pl.lit(ticker.right).alias("opt_type"),
            pl.lit(ticker.strike, pl.Int32).alias("strike"),
            pl.lit(expiry).alias("expiry"),
        ]
    scan = _scan(file)
    schema = scan.collect_schema()
    need_columns(("price", "timestamp"), schema)
    taken = scan.select(*_wanted(tuple(schema.items())), *terms)
    for start in itertools.count(0, _SLICE):
        rows = taken.slice(start, _SLICE).collect()
        if not rows.height:
            if not start:
                raise DataError("the file has a header and no rows", "empty_file")
            return
        mended = rows.drop_in_place("mended")
        yield Piece(segment, rows, {"epoch_timestamp": int(mended.sum())} if mended.any() else {})
        if rows.height < _SLICE:
            return


def _hashes(file: RawFile, rows: pl.Series) -> pl.Series:
    """Hash some rows over all columns; ``rows`` are their numbers, in any order."""
    scan, wanted = _scan(file), rows.unique().sort()
    found = []
    for start in range(0, wanted[-1] + 1, _SLICE):
        here = wanted.filter(wanted.is_between(start, start + _SLICE - 1))
        if here.len():
            found.append(hashed(scan.slice(start, _SLICE).collect()[here - start]))
    return pl.concat(found).gather(wanted.search_sorted(rows))


def _scan(file: RawFile) -> pl.LazyFrame:
    plain = not file.member and file.path.suffix != ".gz"
    return pl.scan_parquet(file.path if plain else io.BytesIO(file.read()), glob=False)


def _count(file: RawFile) -> int:
    return int(_scan(file).select(pl.len()).collect().item())


def _identify(stem: str) -> tuple[Segment, str, tickers.Ticker | None]:
    """Segment, symbol and, for an option, its ticker, from a file's name."""
    for segment, pattern in _WHOLE.items():
        if found := pattern.fullmatch(stem):
            return segment, found["symbol"].upper(), None
    try:
        ticker = tickers.parse(stem)
    except DataError as fault:
        raise DataError(str(fault), "misnamed_file") from None
    if ticker.strike is None:
        raise DataError(f"{stem!r} names a single future; futures come as one file a symbol", "misnamed_file")
    return "options", ticker.symbol, ticker


@functools.lru_cache(maxsize=64)
def _wanted(columns: tuple[tuple[str, pl.DataType], ...]) -> tuple[pl.Expr, ...]:
    """Give what is taken of a file with these columns; tens of thousands of files have the same."""
    schema = pl.Schema(columns)
    return *_moments(schema), *_taken(schema)


def _moments(schema: pl.Schema) -> tuple[pl.Expr, pl.Expr]:
    """``stamp``, which is ``ts`` where the file says 1970, and whether it had to be ``mended`` so."""
    stamp = _moment(schema, "timestamp")
    if "ts" not in schema:
        return stamp.alias("stamp"), pl.lit(value=False).alias("mended")
    epoch = (stamp < _EPOCH_ENDS).fill_null(value=True)
    return pl.when(epoch).then(_moment(schema, "ts")).otherwise(stamp).alias("stamp"), epoch.alias("mended")


def _moment(schema: pl.Schema, column: str) -> pl.Expr:
    return wall_clock(schema[column], column)


def _taken(schema: pl.Schema) -> list[pl.Expr]:
    """Take what the file has beside its time: price, volume, quotes, open interest, time of the last trade."""
    numbers = _NUMBERS | ({"volume": "day_volume"} if "volume" in schema else {"qty": "bar_volume"})
    taken = [pl.col(vendor).cast(RAW[ours]).alias(ours) for vendor, ours in numbers.items() if vendor in schema]
    if "lastTradeTime" in schema:
        taken.append(_moment(schema, "lastTradeTime").alias("last_trade"))
    return taken


def _group(file: RawFile, symbol: str, market: Market) -> str:
    """Spot parts belong together, futures too, and the files of one contract."""
    for segment, pattern in _WHOLE.items():
        if found := pattern.fullmatch(file.stem):
            return segment if found["symbol"].upper() == symbol else "other symbols"
    return by_contract(file, symbol, market)


LAYOUT = Layout(
    name="nfopslab",
    vendor="raw ticks as Parquet: a file a contract (banknifty1941128500ce), SYMBOL_spot_part_NNN, SYMBOL_futures",
    segments=("options", "spot", "futures"),
    kind="tick",
    form="parquet",
    columns=("timestamp", "price"),
    clock=Clock("timestamp, or ts where that is of 1970", "moment"),
    volume=Volume("volume, or qty of the row where a file has none", "since the open"),
    price="price (close is the previous day's)",
    names=Names("exchange", "the file name"),
    none={"timestamp 1970": "take ts", "bp0, sp0 0": "no quote"},
    suffixes=(".parquet",),
    read=_read,
    group=_group,
    hashes=_hashes,
    count=_count,
)
