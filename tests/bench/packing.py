"""Packing simulated raw files, against plain reads of the same files by polars.

Whether two rows are equal is judged by all columns, so the plain read is of all columns; a read of only those that are
packed is there to see how far one could get. Packing is wanted to take no more than MOST_READS plain reads, and to do
WANTED rows in a second of one core.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Final

import polars as pl

from nfops.market import Market
from nfops.packing import pack
from nfops.synth import synthesize
from tests.bench.board import Board, Target
from tests.bench.raw_files import SYMBOL, usual
from tests.bench.timing import Contender, race

MOST_READS: Final = 2.5
WANTED: Final = 1_000_000
READ: Final = "polars, raw files"
PACK: Final = "nfops pack"
SPAN = dt.date(2024, 1, 2), dt.date(2024, 1, 5)
PACKED = ("timestamp", "ts", "price", "volume", "lastTradeTime", "oi", "bp0", "sp0", "bq0", "sq0")


def bench(known: Market, scratch: Path, rounds: int) -> list[Board]:
    """Rows per CPU second of each contender, on 170 files of 2,000 rows and on files of 75,000 rows."""
    small, large = scratch / "small", scratch / "usual"
    made = synthesize(SYMBOL, *SPAN, small / "raw", market=known).rows
    return [
        _board("small", "Small raw files to packed ones", small, made, known, rounds),
        _board("usual", "Raw files of a usual size to packed ones", large, usual(large / "raw", known), known, rounds),
    ]


def _board(key: str, title: str, scratch: Path, rows: int, known: Market, rounds: int) -> Board:
    raw, root = scratch / "raw", scratch / "root"

    def anew() -> None:
        shutil.rmtree(root, ignore_errors=True)
        report = pack([raw], "nfopslab", SYMBOL, root, known)
        assert report.rows_in == rows

    anew()
    contenders = {
        READ: Contender(rows, lambda: _read(raw)),
        "polars, columns packed": Contender(rows, lambda: _read(raw, PACKED)),
        PACK: Contender(rows, anew),
        "polars, packed files": Contender(_read(root / "packed"), lambda: _read(root / "packed")),
    }
    rates = race(contenders, rounds)
    wanted = (
        Target(f"{title}: time of plain reads", MOST_READS, 1 / rates[PACK].ratio, at_most=True),
        Target(f"{title}: rows per second of CPU", WANTED, rates[PACK].rate),
    )
    return Board(f"pack_{key}", title, "rows per second of CPU", rates, targets=wanted)


def _read(folder: Path, columns: tuple[str, ...] = ()) -> int:
    rows = 0
    for path in sorted(folder.rglob("*.parquet")):
        scan = pl.scan_parquet(path, glob=False)
        if columns:
            scan = scan.select(pl.col("^(" + "|".join(columns) + ")$"))
        rows += scan.collect().height
    return rows
