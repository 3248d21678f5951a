"""Building days of arrays from packed files, against a plain read of the same columns of the same files by polars."""

from __future__ import annotations

from typing import Final

import polars as pl

from nfops.daycache.build import COLUMNS
from nfops.packing import PackedDays
from tests.bench.board import Board, Target
from tests.bench.span import SYMBOL, Span
from tests.bench.timing import Contender, race

MOST_DAYS: Final = 20
MOST_READS: Final = 3.0
WANTED: Final = 25.0
READ: Final = "polars, the same columns"
BUILD: Final = "nfops cache build"


def bench(span: Span, rounds: int) -> Board:
    """Days per CPU second."""
    first = f"{span.dates[0]:%Y%m}"
    dates = [date for date in span.dates if f"{date:%Y%m}" == first][:MOST_DAYS]
    packed = PackedDays.open(span.root, SYMBOL)
    paths = sorted({identity.rsplit(" ", 1)[0] for date in dates for identity in packed.inputs(date)})
    inside = pl.col("timestamp").dt.date().is_between(dates[0], dates[-1])

    def read() -> int:
        rows = 0
        for path in paths:
            scan = pl.scan_parquet(span.root / path, glob=False, hive_partitioning=False)
            there = [name for name in scan.collect_schema().names() if name in COLUMNS]
            rows += scan.select(there).filter(inside).collect().height
        return rows

    def build() -> None:
        assert not span.store.build(dates)

    rates = race(
        {
            READ: Contender(len(dates), read),
            BUILD: Contender(len(dates), build, prepare=lambda: span.store.purge(dates)),
        },
        rounds,
    )
    either = (
        Target("building days: time of plain reads", MOST_READS, 1 / rates[BUILD].ratio, at_most=True),
        Target("building days: days per second of CPU", WANTED, rates[BUILD].rate),
    )
    wanted = next((target for target in either if target.met), either[0])
    return Board("daycache", "Packed files to days of arrays", "days per second of CPU", rates, targets=(wanted,),
                 notes=(f"{len(dates)} simulated days",))  # fmt: skip
