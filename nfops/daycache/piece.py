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
    options, futures = _by_date(piece, "options", market), _by_date(piece, "futures", market)
    with writing(piece.path) as writer:
        for date, key in piece.keys.items():
            near = market.expiry(piece.symbol, date, "monthly")
            future = near_future(futures[date], near) if date in futures else None
            spot = read_spot(piece.root, piece.symbol, date)
            try:
                writer.add(
                    build_day(piece.symbol, market.session(date), options.pop(date), spot, future, data_hash=key)
                )
            except DataError as fault:
                writer.lacks(date, key, str(fault))
    return piece.path


def _by_date(piece: Piece, segment: Segment, market: Market) -> dict[dt.date, pl.DataFrame]:
    """Rows of each date, those of one contract together; only the columns that are needed, to save memory."""
    dates = list(piece.keys)
    frames = [
        frame.with_columns(wall_clock(frame.schema["timestamp"]).dt.date().alias("date"))
        for frame in read_contracts(piece.root, segment, piece.symbol, dates[0], dates[-1], COLUMNS)
    ]
    if not frames:
        return {}
    rows = pl.concat(frames, how="diagonal_relaxed")
    if segment == "options":
        rows = refiled(rows, piece.symbol, market)
    return {key[0]: day for key, day in rows.partition_by("date", as_dict=True, maintain_order=True).items()}
