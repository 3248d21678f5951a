"""What a vendor layout declares, and the raw-canonical rows its reader gives.

A reader turns one raw file into a frame with the columns of RAW that it knows (the rest is filled with nulls). It fixes
only what the layout itself gets wrong (time stamps in 1970, lots instead of units); every rule that drops or blanks a
row is in :mod:`nfops.packing.clean`, the same for all vendors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import polars as pl

from nfops.market import Market
from nfops.packing.sources import RawFile

Segment: TypeAlias = Literal["options", "spot", "futures"]
RowKind: TypeAlias = Literal["tick", "bar", "snapshot"]

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


@dataclass(frozen=True, slots=True)
class Piece:
    """Raw-canonical rows of one segment. ``rows_in`` counts the rows of the file they stand for."""

    segment: Segment
    frame: pl.DataFrame
    rows_in: int
    repairs: Mapping[str, int] = field(default_factory=dict)


Reader: TypeAlias = Callable[[RawFile, str, Market], list[Piece]]


@dataclass(frozen=True, slots=True)
class Layout:
    """One vendor's files.

    Parameters
    ----------
    suffixes
        Endings of the files it reads; others in a folder are left alone.
    kind
        tick, bar or snapshot.
    newest_first
        Rows run backwards in the file.
    group
        Files of one group are cleaned together; from a file's name. A group never shares a packed date of an
        instrument with another one.
    """

    name: str
    vendor: str
    segments: tuple[Segment, ...]
    kind: RowKind
    stamp: str
    volume: str
    suffixes: tuple[str, ...]
    group: Callable[[RawFile], str]
    read: Reader
    newest_first: bool = False


def canonical(frame: pl.DataFrame) -> pl.DataFrame:
    """Give ``frame`` all columns of RAW in order and type, nulls where the reader has none."""
    present = set(frame.columns)
    return frame.select(
        pl.col(name).cast(kind) if name in present else pl.lit(None, kind).alias(name) for name, kind in RAW.items()
    )


def hashed(rows: pl.DataFrame) -> pl.Series:
    """Hash every raw row over all its columns; equal rows of one second are duplicates."""
    return rows.hash_rows(seed=0).alias("row_hash")
