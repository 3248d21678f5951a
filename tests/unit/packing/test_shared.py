"""The shared real data, against the counts of an independent implementation."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackedDays, pack
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
