"""The chains of 2019 with their index bars: every row that was dropped, and why, held to an independent account."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackedDays
from nfops.packing.manifest import read_counts, read_manifest
from tests.golden.conftest import Packed
from tests.shared import shared

NSE = ("data", "nse")
SYMBOLS = ("NIFTY", "BANKNIFTY")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_days_with_bars_have_the_independent_counts(packed: Packed) -> None:
    mine: Counter[str] = Counter()
    for symbol in SYMBOLS:
        chains, bars = packed.reports("chain15_2019", symbol)
        assert "holiday" in chains.refused_days[dt.date(2019, 6, 5)]
        assert list(chains.refused_days) == [dt.date(2019, 6, 5)]
        for entry in bars.rechecked:  # the chains came first, and were looked at again with the bars
            mine.update(entry.dropped)
            mine.update({f"{reason} (row kept)": rows for reason, rows in entry.noted.items()})
            mine.update({f"{reason} (files)": files for reason, files in entry.refused.items()})
            mine["option_rows_kept"] += entry.packed
        mine.update(_spot_counts(packed("chain15_2019", symbol), symbol))
    rows = pl.read_csv(shared("expected", "pack_counts.csv")).filter(pl.col("dataset") == "chain15_2019")
    assert dict(mine) == dict(rows.select("reason", "rows").iter_rows())


def test_every_row_of_every_day_is_dropped_under_the_independent_reason(packed: Packed) -> None:
    totals: Counter[str] = Counter()
    counts = [read_counts(packed("chain15_2019", symbol)).filter(pl.col("symbol") == symbol) for symbol in SYMBOLS]
    chains = pl.concat(counts).filter(pl.col("layout") == "nse_chain_csv", pl.col("effect") != "derived")
    for effect, reason, rows in chains.group_by("effect", "reason").agg(pl.col("rows").sum()).iter_rows():
        if effect != "flagged":
            totals["option_rows_kept" if effect == "packed" else reason] += rows
    # Counted by an independent implementation; its outside_session also holds 106 index bars.
    assert totals == {
        "empty_poll": 2322,
        "frozen_snapshot": 80_596,
        "no_trade_today": 197_975,
        "not_a_trading_day": 42_452,
        "option_rows_kept": 300_806,
        "outside_session": 36_792 - 106,
        "spot_mismatch": 3592,
        "volume_reset": 61,
    }


def test_rows_counted_as_packed_are_those_that_lie_in_the_files(packed: Packed) -> None:
    roots = {packed("chain15_2019", symbol) for symbol in SYMBOLS}
    for root in roots:
        _balance_by_packed_file(root)


def _spot_counts(root: Path, symbol: str) -> Counter[str]:
    """Index rows of days with options, and rows of chains' own spot; the reference never looked at other days."""
    days = PackedDays.open(root, symbol).dates()
    kept = read_manifest(root).filter(
        pl.col("segment") == "spot", pl.col("symbol") == symbol, pl.col("dates").list.first().is_in(list(days))
    )
    raw = pl.concat(
        pl.read_csv(path, has_header=False, infer_schema=False).select(symbol="column_0", day="column_1")
        for path in sorted(shared(*NSE, "index_1min_2012_2021").glob("2019_*.txt.gz"))
        if path.name.startswith(("2019_MAY", "2019_JUL", "2019_AUG"))
    ).filter(pl.col("symbol") == symbol)
    wanted = raw.filter(pl.col("day").is_in([f"{day:%Y%m%d}" for day in days])).height
    bars = int(kept.filter(pl.col("layout") == "index_1min_csv")["rows"].sum())
    return Counter(
        spot_rows_kept=int(kept["rows"].sum()), outside_session=wanted - bars, spot_day_not_wanted=raw.height - wanted
    )


def _balance_by_packed_file(root: Path) -> None:
    """Rows counted as packed are the rows that lie in the files, sources beside a better one taken with it."""
    proper = pl.col("path").str.replace(r"ticks\.\w+\.parquet$", "ticks.parquet").alias("path")
    counted = read_counts(root).filter(pl.col("effect").is_in(["packed", "derived"]))
    sums = [frame.group_by(proper).agg(pl.col("rows").sum()).sort("path") for frame in (counted, read_manifest(root))]
    assert sums[0].equals(sums[1])
