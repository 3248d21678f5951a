"""Packing simulated raw files and building days from them, against plain reads of the same files by polars.

Whether two rows are equal is judged by all columns, so the plain read is of all columns; a read of only those that are
packed is there to see how far one could get. Packing is wanted to take no more than MOST_READS plain reads, and to do
WANTED rows in a second of one core.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from nfops.daycache import DayStore
from nfops.market import Market
from nfops.packing import pack
from nfops.synth import synthesize
from tests.bench.raw_files import SYMBOL, usual
from tests.bench.timing import Contender, seconds

MOST_READS: Final = 2.5
WANTED: Final = 1_000_000
READ: Final = "read raw files, all columns"
PACK: Final = "nfops pack"
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


def verdict(rates: Mapping[str, float]) -> str:
    """Say in words how packing stands against what is wanted of it."""
    reads, rate = rates[READ] / rates[PACK], rates[PACK]
    return (
        f"packing takes {reads:.2f} x the time of a plain read ({_met(reads <= MOST_READS)}: at most {MOST_READS}) "
        f"and does {rate / 1e6:.2f} M rows per second of CPU ({_met(rate >= WANTED)}: at least {WANTED / 1e6:.0f} M)"
    )


def _met(well: bool) -> str:
    return "target met" if well else "target missed"


def _rates(scratch: Path, rows: int, known: Market, rounds: int, more: dict[str, Contender]) -> dict[str, float]:
    raw, root = scratch / "raw", scratch / "root"

    def anew() -> None:
        shutil.rmtree(root, ignore_errors=True)
        report = pack([raw], "nfopslab", SYMBOL, root, known)
        assert report.rows_in == rows

    anew()
    packed = _read(root / "packed")
    of_raw: dict[str, Contender] = {
        READ: lambda: _read(raw),
        "read raw files, columns packed": lambda: _read(raw, PACKED),
        PACK: anew,
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
