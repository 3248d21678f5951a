"""The named defects of the shared real files, each caught by its rule, and counts of an independent implementation."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import PackReport, pack
from tests.shared import shared
from tests.unit.packing.raw import MARKET, packed
from tests.unit.packing.test_shared import NSE, expected, spot_rows

pytestmark = pytest.mark.slow


def go(root: Path, folder: str, layout: str, symbol: str = "NIFTY") -> PackReport:
    report = pack([shared(*NSE, *folder.split("/"))], layout, symbol, root, MARKET)
    assert report.rows_in > 0
    assert report.balanced
    return report


def test_ticks_of_a_mock_session_and_after_hours_are_dropped_doubles_first(tmp_path: Path) -> None:
    mine: Counter[str] = Counter()
    for symbol in ("NIFTY", "BANKNIFTY"):
        report = go(tmp_path, "index_ticks_2021/51.11-June-2021", "index_ticks_csv", symbol)
        assert list(report.refused_days) == [dt.date(2021, 6, 12)]
        assert "Saturday" in report.refused_days[dt.date(2021, 6, 12)]
        mine.update(report.total("dropped"))
        mine["spot_rows_kept"] += report.packed
    bars = go(tmp_path, "options_1min_kite_2021", "kite_bars_csv")
    mine["option_rows_kept"] = 4500  # as counted of the same files alone
    mine["spot_rows_kept"] += bars.packed - 4500
    assert dict(mine) == expected("kite1m_tickspot_2021")
    spot = packed(tmp_path, "spot/NIFTY/202106/date=2021-06-11/ticks.parquet")
    assert spot["kind"].unique().to_list() == ["tick"]
    assert spot["close"].max() == 15834.95
    assert packed(tmp_path, "spot/NIFTY/202106/date=2021-06-11/ticks.kite_bars_csv.parquet").height == 375


def test_index_ticks_are_put_in_order_and_holes_are_flagged(tmp_path: Path) -> None:
    holed = go(tmp_path, "index_ticks_2021/42.31-May-2021", "index_ticks_csv", "BANKNIFTY")
    stamps = packed(tmp_path, "spot/BANKNIFTY/202105/date=2021-05-31/ticks.parquet")["timestamp"]
    assert stamps.is_sorted()
    steps = stamps.diff().dt.total_seconds()
    assert (steps.max(), (steps > 5).sum()) == (667, 97)
    assert holed.total("flagged")["gap"] == (steps > 60).sum()
    report = go(tmp_path, "index_ticks_2021", "index_ticks_csv")
    assert report.total("flagged")["ends_early"] == 3
    # 16-April's file has rows up to the morning of the 19th, a trading day; they are of that day.
    later = packed(tmp_path, "spot/NIFTY/202104/date=2021-04-19/ticks.parquet")["timestamp"]
    assert str(later.max()) == "2021-04-19 09:15:13+05:30"
    seconds = {
        path.parent.name[5:]: pl.read_parquet(path)["timestamp"].dt.truncate("1s").n_unique()
        for path in (tmp_path / "packed" / "spot" / "NIFTY").rglob("ticks.parquet")
    }
    full = {date: count for date, count in seconds.items() if count > 17_000}
    assert len(full) >= 8
    assert max(full.values()) <= 22_500


def test_other_indices_among_the_ticks_are_passed_over_and_finnifty_is_read(tmp_path: Path) -> None:
    report = go(tmp_path, "index_ticks_2021/41.28-May-2021", "index_ticks_csv", "FINNIFTY")
    assert report.rows_in == 9585
    assert report.total("refused") == {}


def test_replayed_days_of_one_hertz_spot_are_named(tmp_path: Path) -> None:
    report = go(tmp_path, "nifty_spot_1s_2022", "spot_1s_csv")
    named = {str(date): why.split("those of ")[1] for date, why in report.refused_days.items() if "repeat" in why}
    assert named == {
        "2022-08-27": "2022-08-26",
        "2022-08-31": "2022-08-30",
        "2022-09-03": "2022-09-02",
        "2022-09-17": "2022-09-16",
        "2022-09-18": "2022-09-16",
        "2022-09-25": "2022-09-24",
    }
    # A Saturday with the prices of a Friday that is missing: no trading day, and nothing to compare it with.
    assert "Saturday" in report.refused_days[dt.date(2022, 9, 24)]
    assert len(report.refused_days) == 7
    assert report.total("flagged")["replayed_day"] == 0
    assert report.total("flagged")["ends_early"] == 1
    stopped = packed(tmp_path, "spot/NIFTY/202209/date=2022-09-21/ticks.parquet")["timestamp"]
    assert f"{stopped.max():%H:%M}" == "13:11"


def test_a_spot_of_every_second_stands_in_for_a_day_in_full(tmp_path: Path) -> None:
    go(tmp_path, "nifty_spot_1s_2022/2022-08-10.csv.gz", "spot_1s_csv")
    spot = packed(tmp_path, "spot/NIFTY/202208/date=2022-08-10/ticks.parquet")
    assert spot["timestamp"].n_unique() == spot.height
    assert spot.height == 22_501  # with the row of 15:30:00, which belongs to the last second


def test_polls_of_2026_are_packed_for_three_indices_and_stocks_are_refused(tmp_path: Path) -> None:
    mine: Counter[str] = Counter()
    for symbol in ("NIFTY", "BANKNIFTY", "MIDCPNIFTY"):
        report = go(tmp_path, "option_chain_5min_2026", "chain_5min_csv", symbol)
        assert report.total("refused") == {"stock_poll": 2}
        mine.update(report.total("dropped"))
        mine.update({f"{reason} (row kept)": rows for reason, rows in report.total("noted").items()})
        mine["option_rows_kept"] += report.packed
        mine["spot_rows_kept"] += spot_rows(tmp_path, symbol)
    # The independent count has MIDCPNIFTY's spot among its rows, which is 0.0 in all 78 polls: none.
    assert mine.pop("spot_rows_kept") == 234 - 78
    assert dict(mine) == {
        reason: rows for reason, rows in expected("chain5_2026").items() if reason != "spot_rows_kept"
    }


def test_full_ticks_of_kite_run_backwards_and_end_in_1970(tmp_path: Path) -> None:
    report = go(tmp_path, "kite_full_ticks", "kite_ticks_text", "BANKNIFTY")
    mine = {
        "option_rows_kept": report.packed,
        **report.total("dropped"),
        **{f"{reason} (row kept)": rows for reason, rows in report.total("noted").items()},
    }
    assert mine == expected("kite_ticks_2021")
    call = packed(tmp_path, "options/BANKNIFTY/202109/exp=2021-09-30/type=CE/strike=35300.parquet")
    assert call["timestamp"].is_sorted()
    # Deltas of the cumulative volume: their sum is the day's last volume, far from the sum of the column.
    assert call["vol_delta"].sum() == 21_575
    assert 1064.3 not in call["close"].to_list()[1:]  # the previous day's close
    steps = call["timestamp"].diff().dt.total_seconds()
    assert steps.max() <= 82
    put = packed(tmp_path, "options/BANKNIFTY/202109/exp=2021-09-30/type=PE/strike=35300.parquet")
    assert (put["bid"] == 0).sum() >= 1  # kept; the grid takes it as none
