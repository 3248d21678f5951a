"""Packing simulated raw files and building days from them, against plain reads of the same files by polars.

Whether two rows are equal is judged by all columns, so the plain read is of all columns; a read of only those that are
packed is there to see how far one could get.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import polars as pl

from nfops.daycache import DayStore
from nfops.market import Market
from nfops.packing import pack
from nfops.synth import synthesize
from tests.bench.raw_files import SYMBOL, usual
from tests.bench.timing import Contender, seconds

SPAN = dt.date(2024, 1, 2), dt.date(2024, 1, 5)
PACKED = ("timestamp", "ts", "price", "volume", "lastTradeTime", "oi", "bp0", "sp0", "bq0", "sq0")


def small_files(known: Market, scratch: Path, rounds: int) -> dict[str, float]:
    """Rows per CPU second of each contender, on 170 files of 2,000 rows."""
    made = synthesize(SYMBOL, *SPAN, scratch / "raw", market=known)
    days = known.trading_days(*SPAN)

    def rebuild() -> None:
        store = DayStore(scratch / "root", SYMBOL, known)
        store.purge(days)
        store.build(days)

    return _rates(scratch, made.rows, known, rounds, {"nfops cache build": rebuild})


def usual_files(known: Market, scratch: Path, rounds: int) -> dict[str, float]:
    """Rows per CPU second of each contender, on files of 75,000 rows."""
    return _rates(scratch, usual(scratch / "raw", known), known, rounds, {})


def _rates(scratch: Path, rows: int, known: Market, rounds: int, more: dict[str, Contender]) -> dict[str, float]:
    raw, root = scratch / "raw", scratch / "root"

    def anew() -> None:
        shutil.rmtree(root, ignore_errors=True)
        report = pack([raw], "nfopslab", SYMBOL, root, known)
        assert report.rows_in == rows

    anew()
    packed = _read(root / "packed")
    of_raw: dict[str, Contender] = {
        "read raw files, all columns": lambda: _read(raw),
        "read raw files, columns packed": lambda: _read(raw, PACKED),
        "nfops pack": anew,
    }
    taken = seconds({**of_raw, "read packed files": lambda: _read(root / "packed"), **more}, rounds)
    return {name: (rows if name in of_raw else packed) / cpu for name, cpu in taken.items()}


def _read(folder: Path, columns: tuple[str, ...] = ()) -> int:
    rows = 0
    for path in sorted(folder.rglob("*.parquet")):
        scan = pl.scan_parquet(path, glob=False)
        if columns:
            scan = scan.select(pl.col("^(" + "|".join(columns) + ")$"))
        rows += scan.collect().height
    return rows
