"""Cutting the days that are to be built into pieces, and spreading these over processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl

from nfops.daycache.piece import Piece
from nfops.packing import PackedDays
from nfops.processes import spawned

PIECE_ROWS: Final = 8_000_000
"""Packed rows that one process holds at a time, about; a gigabyte."""


def cut(wanted: Sequence[dt.date], packed: PackedDays, workers: int) -> list[list[dt.date]]:
    """Cut the days into pieces of one month, not too large for memory, and at least as many as there are workers."""
    spread = packed.manifest.select("dates", pl.col("rows") / pl.col("dates").list.len())
    sums = spread.explode("dates", empty_as_null=False).group_by("dates").agg(pl.col("rows").sum())
    rows = dict(sums.iter_rows())
    most = -(-len(wanted) // workers)
    pieces: list[list[dt.date]] = []
    for _, days in groupby(wanted, key=lambda date: f"{date:%Y%m}"):
        held = PIECE_ROWS
        for date in days:
            held += rows[date]
            if held > PIECE_ROWS or len(pieces[-1]) == most:
                pieces.append([])
                held = rows[date]
            pieces[-1].append(date)
    return pieces


@contextmanager
def mapping(workers: int) -> Iterator[Callable[[Callable[[Piece], Path], Iterable[Piece]], Iterator[Path]]]:
    """Give ``map``, in this process or over others; results come in order."""
    if workers <= 1:
        yield map
        return
    with spawned(workers) as pool:
        yield pool.map
