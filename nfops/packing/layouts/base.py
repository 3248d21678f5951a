"""What a vendor layout declares, and the raw-canonical rows its reader gives.

A reader turns one raw file into frames with the columns of RAW that it knows (the rest is filled with nulls). It fixes
only what the layout itself gets wrong (time stamps in 1970, lots instead of units); every rule that drops or blanks a
row is in :mod:`nfops.packing.clean`, the same for all vendors.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import polars as pl

from nfops.errors import DataError, MetaError
from nfops.market import Market, tickers
from nfops.packing.layouts.declared import Clock, Form, Names, Order, Volume
from nfops.packing.sources import RawFile

Segment: TypeAlias = Literal["options", "spot", "futures", "bhavcopy"]
RowKind: TypeAlias = Literal["tick", "bar", "snapshot", "day"]

RANKS: Final[Mapping[str, int]] = {"tick": 0, "1hz": 1, "bar": 2, "snapshot": 3, "day": 4, "untrusted": 5}
"""Of several sources of one date the one with the lowest rank is used (SPEC 2.7)."""

OTHER_SYMBOL: Final = "other_symbol"
"""Reason of files that belong to another symbol."""

SUMMARY: Final = "summary"
"""Reason of files of an archive that hold totals only."""

PASSED_OVER: Final = frozenset({OTHER_SYMBOL, SUMMARY})
"""Reasons that are no fault: there was nothing for us in the file."""

RAW: Final[Mapping[str, pl.DataType]] = {
    "stamp": pl.Datetime("ns"),  # IST wall clock, final: a bar's end minus one second
    "opt_type": pl.String(),
    "strike": pl.Int32(),
    "expiry": pl.Date(),
    "open": pl.Float64(),
    "high": pl.Float64(),
    "low": pl.Float64(),
    "close": pl.Float64(),  # the traded price
    "day_volume": pl.Int64(),  # units since the open, for ticks and snapshots
    "bar_volume": pl.Int64(),  # units of this row alone
    "oi": pl.Int64(),
    "bid": pl.Float64(),
    "ask": pl.Float64(),
    "bid_qty": pl.Int64(),
    "ask_qty": pl.Int64(),
    "last_trade": pl.Datetime("ns"),
    "poll_hash": pl.String(),  # of a snapshot's content, time stamp apart
    "poll_spot": pl.Float64(),
    "row_hash": pl.UInt64(),  # of the raw row as the vendor wrote it
}
"""Columns between a reader and the cleaning rules, with their types; rupees and units."""

DAY_COLUMNS: Final[Mapping[str, pl.DataType]] = {
    "trade_date": pl.Date(),
    "expiry": pl.Date(),
    "strike": pl.Int32(),  # null, like opt_type, for futures
    "opt_type": pl.String(),
    "open": pl.Float64(),
    "high": pl.Float64(),
    "low": pl.Float64(),
    "close": pl.Float64(),  # computed by the exchange when there was no trade
    "last": pl.Float64(),  # of an earlier day when there was no trade
    "settle": pl.Float64(),
    "index_settle": pl.Float64(),  # of options on their expiry day, instead of settle
    "underlying": pl.Float64(),
    "volume_lots": pl.Int64(),
    "volume_units": pl.Int64(),
    "oi": pl.Int64(),  # units
    "lot_size": pl.Int32(),
}
"""Columns of end-of-day contracts (segment ``bhavcopy``), with their types; rupees, null where the source has none."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Raw-canonical rows of one segment, one for each raw row, in file order.

    ``repairs`` counts rows the reader had to mend, by reason; ``dropped`` raw rows it could not make sense of, which
    are not in ``frame``.
    """

    segment: Segment
    frame: pl.DataFrame
    repairs: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)


Reader: TypeAlias = Callable[[RawFile, str, Market], Iterable[Piece]]
"""``(file, symbol, market)`` to pieces; a DataError refuses the whole file, with its reason."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One vendor's files: what they are, declared, and a small function that reads one.

    Parameters
    ----------
    vendor
        What the files are; for people.
    kind
        What a row is.
    form, columns, first, holds
        By these a file is known: columns are what it must have (of JSON: keys); where there is no header, or it is not
        enough, ``first`` is a pattern the first line begins with. ``holds`` is a pattern within the name, if any.
    clock, rows, volume, price, none, names
        Time stamps, order of rows, traded volume (None: there is none), the column of the traded price, what stands
        for "none" or "never" with its meaning, and how instruments are named.
    suffixes
        Endings of the files it reads; others in a folder are left alone.
    read
        Reader of one file. Columns it makes are those of RAW.
    group
        ``(file, symbol, market)`` to the name of its group. Files of one group are cleaned together; all files of one
        instrument must be in one group.
    rank
        Key of RANKS; the kind, unless it is said otherwise.
    untrusted
        Segments whose ``close`` may be no price of its date: packed without a kind (SPEC 2.8), and used last.
    hashes
        ``(file, numbers of rows)`` to their hashes over all columns, when ``read`` leaves ``row_hash`` null because it
        takes a few of many columns. Only rows that could be doubles are asked for.
    count
        Rows of a file that was refused whole, where they can be known without reading it.
    """

    name: str
    vendor: str
    segments: tuple[Segment, ...]
    kind: RowKind
    form: Form
    columns: tuple[str, ...]
    clock: Clock
    volume: Volume | None
    price: str
    names: Names
    suffixes: tuple[str, ...]
    read: Reader
    group: Callable[[RawFile, str, Market], str]
    rows: Order = "oldest first"
    none: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    holds: str = ""
    rank: str = ""
    untrusted: tuple[Segment, ...] = ()
    hashes: Callable[[RawFile, pl.Series], pl.Series] | None = None
    count: Callable[[RawFile], int] = lambda _: 0

    @property
    def newest_first(self) -> bool:
        """Whether rows run backwards in the file."""
        return self.rows == "newest first"

    def order(self, segment: Segment) -> tuple[int, bool, str]:
        """Sort key of sources of one date, the best first; of equals what the old scripts packed comes last."""
        rank = "untrusted" if segment in self.untrusted else self.rank or self.kind
        return RANKS[rank], bool(self.untrusted), self.name

    def kind_of(self, segment: Segment) -> RowKind | None:
        """Kind of packed rows; None for those whose close is not to be trusted."""
        return None if segment in self.untrusted else self.kind


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """Give ``frame`` all columns of RAW in order and type, nulls where the reader has none."""
    present = set(frame.columns)
    if "strike" in present and frame.schema["strike"].is_float():  # a strike that is no whole rupee is none
        strike = pl.col("strike")
        frame = frame.with_columns(pl.when(strike == strike.floor()).then(strike).cast(RAW["strike"], strict=False))
    return frame.select(
        pl.col(name).cast(kind) if name in present else pl.lit(None, kind).alias(name) for name, kind in RAW.items()
    )


def contracts_of_day(frame: pl.DataFrame) -> pl.DataFrame:
    """Give ``frame`` all columns of DAY_COLUMNS in order and type, its ``row_hash``, and midnight as ``stamp``."""
    present = set(frame.columns)
    return frame.select(
        *(pl.col(name).cast(kind) if name in present else pl.lit(None, kind).alias(name)
          for name, kind in DAY_COLUMNS.items()),
        pl.col("trade_date").cast(pl.Datetime("ns")).alias("stamp"),
        "row_hash",
    )  # fmt: skip


def price_or_none(column: str) -> pl.Expr:
    """Read a column of prices as text in which 0 stands for none."""
    value = pl.col(column).cast(pl.Float64)
    return pl.when(value != 0).then(value)


def hashed(rows: pl.DataFrame) -> pl.Series:
    """Hash every raw row over all its columns, whatever their order and width; equal rows of one second are doubles."""
    alike = rows.select(
        _wide(pl.col(name), kind) for name, kind in sorted(rows.schema.items(), key=lambda column: column[0])
    )
    return alike.hash_rows(seed=0).alias("row_hash")


def _wide(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Let the same value have the same hash, however wide a file's column is."""
    if kind.is_integer():
        return column.cast(pl.Int64)
    if kind.is_float():
        return column.cast(pl.Float64)
    return column.cast(pl.Datetime("ns", getattr(kind, "time_zone", None))) if kind == pl.Datetime else column


def together(_file: RawFile, _symbol: str, _market: Market) -> str:
    """Group of layouts whose instruments are spread over all files."""
    return "all"


def by_contract(file: RawFile, symbol: str, market: Market) -> str:
    """Group of layouts whose file names begin with a contract's name: the contract, however it is written."""
    name = re.split(r"[^A-Za-z0-9]", file.stem)[0]
    try:
        ticker = tickers.parse(name)
        expiry = market.contract_expiry(ticker)
    except DataError:
        return "other names"
    if ticker.symbol != symbol:
        return "other symbols"
    return f"{expiry} {'' if ticker.strike is None else ticker.strike}{ticker.right}"


def known_expiry(expiry: dt.date, symbol: str, market: Market) -> dt.date:
    """Return ``expiry`` when the calendar has it; DataError with reason ``unknown_expiry`` otherwise."""
    try:
        market.expiry_kind(symbol, expiry)
    except MetaError as fault:
        raise DataError(str(fault), "unknown_expiry") from None
    return expiry


def of_symbol(named: str, symbol: str) -> None:
    """Refuse a file of another symbol."""
    if named != symbol:
        raise DataError(f"the file is of {named}, not {symbol}", OTHER_SYMBOL)


def need(columns: Iterable[str], rows: pl.DataFrame) -> None:
    """Refuse a file that lacks columns, or has no rows."""
    need_columns(columns, rows.columns)
    if rows.is_empty():
        raise DataError("the file has a header and no rows", "empty_file")


def need_columns(columns: Iterable[str], present: Iterable[str]) -> None:
    """Refuse a file that lacks columns."""
    missing = sorted(set(columns) - set(present))
    if missing:
        raise DataError(f"columns are missing: {', '.join(missing)}", "bad_columns")
