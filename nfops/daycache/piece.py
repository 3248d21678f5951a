"""Building some days of one month in one process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from nfops.daycache.build import COLUMNS, build_day
from nfops.daycache.month import writing
from nfops.daycache.refile import near_future, refiled
from nfops.errors import DataError
from nfops.market import Market
from nfops.packing.layouts.base import Segment
from nfops.packing.stamps import wall_clock
from nfops.packing.store import read_contracts, read_spot


@dataclass(frozen=True, slots=True)
class Piece:
    """Days of one month, ascending, with their keys; ``path`` takes them in the form of a month's file."""

    root: Path
    symbol: str
    keys: Mapping[dt.date, str]
    path: Path


class DayRows(NamedTuple):
    """Packed rows of one date, as :func:`nfops.daycache.build.build_day` takes them."""

    options: pl.DataFrame
    spot: pl.DataFrame | None
    future: pl.DataFrame | None


def build_piece(piece: Piece, market: Market) -> Path:
    """Build the days; those without a usable row, or with one that makes no sense, are noted with the reason."""
    with writing(piece.path) as writer:
        for date, rows in day_rows(piece.root, piece.symbol, tuple(piece.keys), market):
            key = piece.keys[date]
            try:
                writer.add(build_day(piece.symbol, market.session(date), *rows, data_hash=key))
            except DataError as fault:
                writer.lacks(date, key, str(fault))
    return piece.path


def day_rows(root: Path, symbol: str, dates: Sequence[dt.date], market: Market) -> Iterator[tuple[dt.date, DayRows]]:
    """Read the packed rows of ``dates``, ascending, of which each has option rows; one date after the other."""
    options, futures = (_rows(root, symbol, dates, segment, market) for segment in ("options", "futures"))
    assert options is not None  # noqa: S101 - every date has option files
    for date in dates:
        near = market.expiry(symbol, date, "monthly")
        of_date = None if futures is None else futures.filter(pl.col("date") == date)
        future = None if of_date is None or of_date.is_empty() else near_future(of_date, near)
        yield date, DayRows(options.filter(pl.col("date") == date), read_spot(root, symbol, date), future)


def _rows(root: Path, symbol: str, dates: Sequence[dt.date], segment: Segment, market: Market) -> pl.DataFrame | None:
    """Rows with their ``date``, those of one contract together; only the columns that are needed, to save memory."""
    frames = [
        frame.with_columns(wall_clock(frame.schema["timestamp"]).dt.date().alias("date"))
        for frame in read_contracts(root, segment, symbol, dates[0], dates[-1], COLUMNS, of=dates)
    ]
    if not frames:
        return None
    rows = pl.concat(frames, how="diagonal_relaxed")
    return refiled(rows, symbol, market) if segment == "options" else rows
