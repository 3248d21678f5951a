"""Building some days of one month in one process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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


def build_piece(piece: Piece, market: Market) -> Path:
    """Build the days; those without a usable row, or with one that makes no sense, are noted with the reason."""
    options, futures = _rows(piece, "options", market), _rows(piece, "futures", market)
    with writing(piece.path) as writer:
        for date, key in piece.keys.items():
            near = market.expiry(piece.symbol, date, "monthly")
            of_date = None if futures is None else futures.filter(pl.col("date") == date)
            future = None if of_date is None or of_date.is_empty() else near_future(of_date, near)
            spot = read_spot(piece.root, piece.symbol, date)
            assert options is not None  # noqa: S101 - a date has its key from option files
            mine = options.filter(pl.col("date") == date)
            try:
                writer.add(build_day(piece.symbol, market.session(date), mine, spot, future, data_hash=key))
            except DataError as fault:
                writer.lacks(date, key, str(fault))
    return piece.path


def _rows(piece: Piece, segment: Segment, market: Market) -> pl.DataFrame | None:
    """Rows with their ``date``, those of one contract together; only the columns that are needed, to save memory."""
    dates = list(piece.keys)
    frames = [
        frame.with_columns(wall_clock(frame.schema["timestamp"]).dt.date().alias("date"))
        for frame in read_contracts(piece.root, segment, piece.symbol, dates[0], dates[-1], COLUMNS)
    ]
    if not frames:
        return None
    rows = pl.concat(frames, how="diagonal_relaxed")
    return refiled(rows, piece.symbol, market) if segment == "options" else rows
