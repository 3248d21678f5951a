"""The shared real data, against the counts of an independent implementation."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackedDays, PackReport, pack
from nfops.packing.manifest import read_counts, read_manifest
from nfops.packing.store import read_spot
from tests.shared import shared
from tests.unit.packing.raw import MARKET

NSE = ("data", "nse")


def expected(dataset: str) -> dict[str, int]:
    rows = pl.read_csv(shared("expected", "pack_counts.csv")).filter(pl.col("dataset") == dataset)
    return dict(rows.select("reason", "rows").iter_rows())


def spot_rows(root: Path, symbol: str) -> int:
    """Rows of the used spot on days with options."""
    days = PackedDays.open(root, symbol)
    used = [read_spot(root, symbol, date) for date in days.dates()]
    return sum(frame.height for frame in used if frame is not None)


@pytest.mark.parametrize(
    ("dataset", "folder", "layout"),
    [
        ("kite1m_2021", "options_1min_kite_2021", "kite_bars_csv"),
        ("trademarkk_2024", "options_1min_trademarkk_2024", "trademarkk_json"),
    ],
)
def test_bars_with_their_spot(tmp_path: Path, dataset: str, folder: str, layout: str) -> None:
    report = pack([shared(*NSE, folder)], layout, "NIFTY", tmp_path, MARKET)
    spot = spot_rows(tmp_path, "NIFTY")
    mine = {"option_rows_kept": report.packed - spot, "spot_rows_kept": spot, **report.total("dropped")}
    assert mine == expected(dataset)
    assert report.balanced


def pack_2019(root: Path, symbol: str) -> tuple[PackReport, PackReport]:
    """Pack the chains, then the index bars; return what the bars changed, and the chains as they came."""
    first = pack([shared(*NSE, "option_chain_15min_2019")], "nse_chain_csv", symbol, root, MARKET)
    index = shared(*NSE, "index_1min_2012_2021")
    months = [path for path in sorted(index.iterdir()) if path.name.startswith(("2019_MAY", "2019_JUL", "2019_AUG"))]
    return first, pack(months, "index_1min_csv", symbol, root, MARKET)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_chains_of_2019_with_their_index_bars(tmp_path: Path) -> None:
    mine: Counter[str] = Counter()
    for symbol in ("NIFTY", "BANKNIFTY"):
        first, bars = pack_2019(tmp_path, symbol)
        assert first.balanced
        assert bars.balanced
        assert "holiday" in first.refused_days[dt.date(2019, 6, 5)]
        assert list(first.refused_days) == [dt.date(2019, 6, 5)]
        for entry in bars.rechecked:
            mine.update(entry.dropped)
            mine.update({f"{reason} (row kept)": rows for reason, rows in entry.noted.items()})
            mine.update({f"{reason} (files)": files for reason, files in entry.refused.items()})
            mine["option_rows_kept"] += entry.packed
        mine.update(_spot_counts(tmp_path, symbol))
    assert dict(mine) == expected("chain15_2019")
    _balance_by_packed_file(tmp_path)


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
