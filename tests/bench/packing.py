"""Packing simulated raw files and building days from them, against plain reads of the same files by polars."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import polars as pl

from nfops.daycache import DayStore
from nfops.market import Market
from nfops.packing import pack
from nfops.synth import synthesize
from tests.bench.timing import seconds

SYMBOL = "NIFTY"
SPAN = dt.date(2024, 1, 2), dt.date(2024, 1, 5)


def bench(known: Market, scratch: Path, rounds: int) -> dict[str, float]:
    """Rows per CPU second of each contender; the rows are those of the raw files, or of the packed ones."""
    raw, root = scratch / "raw", scratch / "root"
    made = synthesize(SYMBOL, *SPAN, raw, market=known)
    days = known.trading_days(*SPAN)

    def anew() -> None:
        shutil.rmtree(root, ignore_errors=True)
        pack([raw], "nfopslab", SYMBOL, root, known)

    def rebuild() -> None:
        store = DayStore(root, SYMBOL, known)
        store.purge(days)
        store.build(days)

    def read(folder: Path) -> int:
        return sum(pl.read_parquet(path).height for path in sorted(folder.rglob("*.parquet")) if path.stat().st_size)

    anew()
    packed = read(root / "packed")
    taken = seconds(
        {
            "read raw files": lambda: read(raw),
            "nfops pack": anew,
            "read packed files": lambda: read(root / "packed"),
            "nfops cache build": rebuild,
        },
        rounds,
    )
    rows = {"read raw files": made.rows, "nfops pack": made.rows}
    return {name: rows.get(name, packed) / cpu for name, cpu in taken.items()}
