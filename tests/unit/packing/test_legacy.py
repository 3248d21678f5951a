"""Files of the old scripts: read as they are, and their close judged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from nfops.errors import DataError
from nfops.packing import PackedDays
from nfops.packing.legacy import alike, is_legacy, judge_close
from nfops.packing.store import read_contracts, read_spot
from tests import legacy_files as old

DAY = dt.date(2023, 11, 6)
MORNING = [("2023-11-06 09:15:01", 112.0, 50), ("2023-11-06 09:15:02", 112.5, 0), ("2023-11-06 09:15:04", 111.0, 100)]


def clock(second: int, date: str = "2023-11-06") -> str:
    """Wall clock of a second after the open."""
    return f"{date} 09:{15 + second // 60:02d}:{second % 60:02d}"


@pytest.mark.parametrize("stamp", [old.MICROSECONDS, old.NANOSECONDS, old.TEXT], ids=["us", "ns", "text"])
def test_the_three_segments_are_read_as_they_are(tmp_path: Path, stamp: pl.DataType) -> None:
    old.option(tmp_path, "NIFTY", "2023-11-09", "PE", 19400, MORNING, stamp)
    old.spot(
        tmp_path, "NIFTY", "2023-11-06", [("2023-11-06 09:15:02", 19360.5), ("2023-11-06 09:15:00", 19351.0)], stamp
    )
    old.future(tmp_path, "NIFTY", "2023-11-30", [("2023-11-06 09:15:03", 19410.0, 150)], stamp)

    assert PackedDays.open(tmp_path, "NIFTY").dates() == (DAY,)
    (options,) = read_contracts(tmp_path, "options", "NIFTY", DAY, DAY)
    assert options.select("opt_type", "strike", "close", "vol_delta", "expiry").rows() == [
        ("PE", 19400, 112.0, 50, dt.date(2023, 11, 9)),
        ("PE", 19400, 112.5, 0, dt.date(2023, 11, 9)),
        ("PE", 19400, 111.0, 100, dt.date(2023, 11, 9)),
    ]
    (future,) = read_contracts(tmp_path, "futures", "NIFTY", DAY, DAY)
    assert future.select("close", "vol_delta", "expiry").rows() == [(19410.0, 150, dt.date(2023, 11, 30))]
    spot = read_spot(tmp_path, "NIFTY", DAY)
    assert spot is not None
    assert spot["close"].to_list() == [19351.0, 19360.5]  # put into order of time
    assert [f"{moment:%H:%M:%S %z}" for moment in spot["timestamp"]] == ["09:15:00 +0530", "09:15:02 +0530"]


def test_columns_of_other_types_become_ours(tmp_path: Path) -> None:
    path = old.option(tmp_path, "NIFTY", "2023-11-09", "CE", 19400, MORNING)
    odd = pl.read_parquet(path, glob=False).with_columns(
        pl.col("timestamp").dt.strftime("%Y-%m-%dT%H:%M:%S%.f+05:30"),
        pl.col("expiry").dt.strftime("%Y-%m-%d"),
        pl.col("strike").cast(pl.Float64),
        pl.col("opt_type", "symbol").cast(pl.Categorical),
        pl.col("close").cast(pl.Float32),
    )
    rows = alike(odd)
    assert (
        rows["timestamp"][0] == pl.read_parquet(path, glob=False)["timestamp"].dt.replace_time_zone("Asia/Kolkata")[0]
    )
    assert rows.select("expiry", "strike", "opt_type", "close").row(1) == (dt.date(2023, 11, 9), 19400, "CE", 112.5)
    assert rows.schema["strike"] == pl.Int32


def test_rows_whose_time_cannot_be_read_belong_to_no_day(tmp_path: Path) -> None:
    path = old.spot(
        tmp_path, "NIFTY", "2023-11-06", [("2023-11-06 09:15:00", 19351.0), ("2023-11-06 09:15:01", 1.0)], old.TEXT
    )
    broken = pl.read_parquet(path, glob=False).with_columns(timestamp=pl.Series(["2023-11-06 09:15:00", "NaT"]))
    broken.write_parquet(path)
    assert PackedDays.open(tmp_path, "NIFTY").dates("spot") == (DAY,)
    spot = read_spot(tmp_path, "NIFTY", DAY)
    assert spot is not None
    assert spot["close"].to_list() == [19351.0]


def test_rows_whose_expiry_cannot_be_read_belong_to_no_contract() -> None:
    rows = pl.DataFrame({"timestamp": ["2023-11-06 09:15:00"] * 2, "close": [1.0, 2.0], "expiry": ["2023-11-09", "?"]})
    assert alike(rows)["close"].to_list() == [1.0]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = old.option(tmp_path, "NIFTY", "2023-11-09", "CE", 19400, MORNING)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"the packed file .*strike=19400\.parquet cannot be read") as caught:
        PackedDays.open(tmp_path, "NIFTY")
    assert caught.value.reason == "unreadable"


def test_rows_without_a_kind_are_legacy() -> None:
    assert is_legacy(pl.DataFrame({"close": [1.0]}))
    assert is_legacy(pl.DataFrame({"kind": ["tick", None]}))
    assert not is_legacy(pl.DataFrame({"kind": ["tick", "bar"]}))


def test_a_close_that_moves_may_be_a_price(tmp_path: Path) -> None:
    path = old.option(tmp_path, "NIFTY", "2023-11-09", "CE", 19400, MORNING)
    assert judge_close(path).rows() == [(DAY, 3, 3, 112.0, "moves")]


def test_a_close_outside_the_range_of_the_day_is_yesterdays(tmp_path: Path) -> None:
    rows = [(clock(s), 1302.05, 20) for s in range(3)]
    path = old.option(tmp_path, "NIFTY", "2023-11-09", "CE", 19400, rows, day_range=(1160.6, 1295.0))
    assert judge_close(path).rows() == [(DAY, 3, 1, 1302.05, "previous_close")]


def test_a_close_that_stands_still_for_thirty_rows_is_yesterdays(tmp_path: Path) -> None:
    days = {"2023-11-06": (30, 1302.05), "2023-11-07": (29, 1250.0), "2023-11-08": (400, 1.0)}
    rows = [(clock(s, date), price, 20) for date, (count, price) in days.items() for s in range(count)]
    path = old.option(tmp_path, "NIFTY", "2023-11-09", "CE", 19400, rows)
    assert judge_close(pl.read_parquet(path, glob=False)).rows() == [
        (dt.date(2023, 11, 6), 30, 1, 1302.05, "previous_close"),
        (dt.date(2023, 11, 7), 29, 1, 1250.0, "unknown"),  # too few rows
        (dt.date(2023, 11, 8), 400, 1, 1.0, "unknown"),  # worthless: it may trade at one price all day
    ]


def test_rows_without_a_price_are_not_judged() -> None:
    rows = pl.DataFrame({"timestamp": ["2023-11-06 09:15:00"] * 2, "close": [None, 0.0]})
    assert judge_close(rows).is_empty()
