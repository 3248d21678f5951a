"""Bringing files of the old scripts into our form, and using them beside better sources."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.packing import PackedDays, PackReport, pack
from nfops.packing.store import read_contracts, read_spot
from tests import legacy_files as old
from tests.unit.packing.raw import MARKET, at, index_bars, packed, ticks, tree

MORNING = [("2023-11-06 09:15:01", 112.0, 50), ("2023-11-06 09:15:04", 111.0, 100), ("2023-11-06 15:45:00", 111.0, 5)]
NIFTY = "NIFTY/202311/exp=2023-11-09/type=CE/strike=19400.parquet"


def bring(tmp_path: Path, symbol: str = "NIFTY") -> PackReport:
    return pack([tmp_path / "old"], "packed_legacy", symbol, tmp_path / "data", MARKET)


def test_options_keep_their_mark_and_everything_else_is_in_our_form(tmp_path: Path) -> None:
    old.option(tmp_path / "old", "NIFTY", "2023-11-09", "CE", 19400, MORNING, old.TEXT, day_range=(90.0, 130.0))
    report = bring(tmp_path)
    assert (report.rows_in, report.packed) == (3, 2)
    assert report.total("dropped") == {"outside_session": 1}
    assert report.total("noted") == {"legacy_close": 3}
    rows = packed(tmp_path / "data", f"options/{NIFTY}")
    assert rows.schema["timestamp"] == pl.Datetime("ns", "Asia/Kolkata")
    assert rows["timestamp"].dt.strftime("%H:%M:%S").to_list() == ["09:15:01", "09:15:04"]
    taken = ["open", "high", "low", "close", "vol_delta", "oi", "bid", "kind", "expiry_type", "is_weekly"]
    assert rows.select(taken).rows() == [
        (112.0, 112.0, 112.0, 112.0, 50, None, None, None, "weekly", 1),
        (111.0, 111.0, 111.0, 111.0, 100, None, None, None, "weekly", 1),
    ]


def test_spot_and_futures_become_ordinary_ticks(tmp_path: Path) -> None:
    old.spot(
        tmp_path / "old", "NIFTY", "2023-11-06", [("2023-11-06 09:15:02", 19360.5), ("2023-11-06 09:15:00", 19351.0)]
    )
    old.future(tmp_path / "old", "NIFTY", "2023-11-30", MORNING)
    report = bring(tmp_path)
    assert (report.rows_in, report.packed, report.total("noted")) == (5, 4, {})
    spot = packed(tmp_path / "data", "spot/NIFTY/202311/date=2023-11-06/ticks.parquet")
    assert spot.select("close", "vol_delta", "kind").rows() == [(19351.0, 0, "tick"), (19360.5, 0, "tick")]
    future = packed(tmp_path / "data", "futures/NIFTY/202311/exp=2023-11-30/ticks.parquet")
    assert future.select("close", "vol_delta", "kind").rows() == [(112.0, 50, "tick"), (111.0, 100, "tick")]


def test_equal_rows_of_a_second_are_trades_and_a_file_met_twice_is_not(tmp_path: Path) -> None:
    rows = [("2023-11-06 09:15:01", price, 50) for price in (112.0, 113.0, 112.0)]
    old.option(tmp_path / "old" / "a", "NIFTY", "2023-11-09", "CE", 19400, rows)
    old.option(tmp_path / "old" / "b", "NIFTY", "2023-11-09", "CE", 19400, rows)
    assert bring(tmp_path).total("dropped") == {"duplicate": 3}
    assert packed(tmp_path / "data", f"options/{NIFTY}")["close"].to_list() == [112.0, 113.0, 112.0]


def test_units_that_a_file_does_not_have_stay_unknown(tmp_path: Path) -> None:
    path = old.option(tmp_path / "old", "NIFTY", "2023-11-09", "CE", 19400, MORNING)
    pl.read_parquet(path, glob=False).drop("vol_delta").write_parquet(path)
    bring(tmp_path)
    assert packed(tmp_path / "data", f"options/{NIFTY}")["vol_delta"].to_list() == [None, None]


def test_contracts_under_a_wrong_expiry_are_moved_to_the_right_one(tmp_path: Path) -> None:
    rows = [("2023-06-26 09:15:01", 50.0, 25)]
    old.option(tmp_path / "old", "BANKNIFTY", "2023-06-29", "PE", 43700, rows)  # the 29th was a holiday
    old.option(tmp_path / "old", "BANKNIFTY", "2025-04-30", "CE", 55000, [("2025-04-21 09:15:01", 60.0, 30)])
    # On the last day the old scripts took a future for that of the next month, because they had its expiry wrong.
    old.future(tmp_path / "old", "BANKNIFTY", "2025-05-28", [("2025-04-24 09:15:01", 55100.0, 30)])
    report = bring(tmp_path, "BANKNIFTY")
    assert report.total("noted") == {"expiry_moved": 2, "legacy_close": 2}
    assert sorted(tree(tmp_path / "data")) == [
        "packed/futures/BANKNIFTY/202504/exp=2025-04-24/ticks.parquet",
        "packed/options/BANKNIFTY/202306/exp=2023-06-28/type=PE/strike=43700.parquet",
        "packed/options/BANKNIFTY/202504/exp=2025-04-24/type=CE/strike=55000.parquet",
    ]


def test_a_future_whose_price_is_plainly_yesterdays_is_told(tmp_path: Path) -> None:
    rows = [(f"2023-11-06 09:15:{second:02d}", 19410.0, 50) for second in range(30)]
    old.future(tmp_path / "old", "NIFTY", "2023-11-30", [*rows, ("2023-11-07 09:15:00", 19460.0, 50)])
    report = bring(tmp_path)
    assert (report.packed, report.total("noted")) == (31, {"legacy_close": 30})


def test_files_that_lie_elsewhere_say_themselves_what_they_are(tmp_path: Path) -> None:
    places = [
        old.option(tmp_path / "tree", "NIFTY", "2023-11-09", "CE", 19400, MORNING),
        old.spot(tmp_path / "tree", "NIFTY", "2023-11-06", [("2023-11-06 09:15:02", 19360.5)]),
        old.future(tmp_path / "tree", "NIFTY", "2023-11-30", MORNING),
    ]
    (tmp_path / "old").mkdir()
    for number, path in enumerate(places):
        path.rename(tmp_path / "old" / f"{number}.parquet")
    assert bring(tmp_path).packed == 5
    assert len(tree(tmp_path / "data")) == 3
    assert bring(tmp_path, "BANKNIFTY").rows_in == 0  # files of another symbol are passed over


def test_what_nfops_packed_itself_is_refused(tmp_path: Path) -> None:
    ticks(tmp_path / "raw" / "nifty23n0919400ce.parquet", [{"timestamp": at("2023-11-06 09:15:10")}])
    pack([tmp_path / "raw"], "nfopslab", "NIFTY", tmp_path / "old", MARKET)
    report = pack([tmp_path / "old" / "packed"], "packed_legacy", "NIFTY", tmp_path / "data", MARKET)
    assert report.total("refused") == {"not_legacy": 1}


def test_what_lies_in_the_data_root_is_no_raw_file(tmp_path: Path) -> None:
    old.option(tmp_path, "NIFTY", "2023-11-09", "CE", 19400, MORNING)
    with pytest.raises(ConfigError, match="is read there as it is"):
        pack([tmp_path / "packed"], "packed_legacy", "NIFTY", tmp_path, MARKET)
    ticks(tmp_path / "raw" / "nifty23n0919500ce.parquet", [{"timestamp": at("2023-11-06 09:15:10")}])
    assert pack([tmp_path], "nfopslab", "NIFTY", tmp_path, MARKET).total("refused") == {}


TWO_DAYS = [("2023-11-06 09:15:01", 1.0, 50), ("2023-11-07 09:15:01", 2.0, 50)]


def raw_call(tmp_path: Path, day: str) -> None:
    """Pack one day of the call from raw; a file a day."""
    path = tmp_path / f"raw{day}" / "nifty23n0919400ce.parquet"
    ticks(path, [{"timestamp": at(f"{day} 09:15:10"), "price": 77.0, "volume": 75}])
    pack([path], "nfopslab", "NIFTY", tmp_path, MARKET)


def used(tmp_path: Path) -> list[tuple[str, float, str | None]]:
    """Rows of the call that a run sees."""
    assert PackedDays.open(tmp_path, "NIFTY").dates()
    frames = read_contracts(tmp_path, "options", "NIFTY", dt.date(2023, 11, 6), dt.date(2023, 11, 8))
    rows = pl.concat([frame.with_columns(kind=pl.lit(None, pl.String)) if "kind" not in frame.columns else frame
                      for frame in frames], how="diagonal_relaxed")  # fmt: skip
    return rows.select(pl.col("timestamp").dt.date().cast(pl.String), "close", "kind").rows()


def test_dates_that_nothing_better_has_keep_the_old_rows(tmp_path: Path) -> None:
    path = old.option(tmp_path, "NIFTY", "2023-11-09", "CE", 19400, TWO_DAYS)
    before = path.read_bytes()
    raw_call(tmp_path, "2023-11-07")
    assert used(tmp_path) == [("2023-11-06", 1.0, None), ("2023-11-07", 77.0, "tick")]
    assert path.with_name("strike=19400.legacy.parquet").read_bytes() == before
    raw_call(tmp_path, "2023-11-06")
    assert used(tmp_path) == [("2023-11-06", 77.0, "tick"), ("2023-11-07", 77.0, "tick")]
    assert path.with_name("strike=19400.legacy.parquet").read_bytes() == before


@pytest.mark.parametrize("order", list(itertools.permutations(["raw6", "raw7", "old"])), ids="-".join)
def test_the_order_in_which_old_and_new_come_does_not_matter(tmp_path: Path, order: tuple[str, ...]) -> None:
    old.option(tmp_path / "old", "NIFTY", "2023-11-09", "CE", 19400, [*TWO_DAYS, ("2023-11-08 09:15:01", 3.0, 50)])
    for source in order:
        if source == "old":
            pack([tmp_path / "old"], "packed_legacy", "NIFTY", tmp_path, MARKET)
        else:
            raw_call(tmp_path, f"2023-11-0{source[-1]}")
    assert used(tmp_path) == [("2023-11-06", 77.0, "tick"), ("2023-11-07", 77.0, "tick"), ("2023-11-08", 3.0, None)]


def test_a_spot_of_the_old_scripts_is_better_than_bars_and_gives_way_to_raw_ticks(tmp_path: Path) -> None:
    day = dt.date(2023, 11, 6)
    path = old.spot(tmp_path, "NIFTY", "2023-11-06", [("2023-11-06 09:15:02", 19360.5)])
    before = path.read_bytes()
    index_bars(tmp_path / "bars.txt", [("20231106", "09:16", 19300.0)])
    pack([tmp_path / "bars.txt"], "index_1min_csv", "NIFTY", tmp_path, MARKET)
    assert path.read_bytes() == before
    assert path.with_name("ticks.index_1min_csv.parquet").exists()
    (tmp_path / "Nifty_6_Nov.csv").write_text("timestamp,ltp,volume\n2023-11-06 09:15:02,19361.0,0\n")
    pack([tmp_path / "Nifty_6_Nov.csv"], "index_ticks_csv", "NIFTY", tmp_path, MARKET)
    spot = read_spot(tmp_path, "NIFTY", day)
    assert spot is not None
    assert spot["close"].to_list() == [19361.0]
    assert path.with_name("ticks.legacy.parquet").read_bytes() == before
