"""Days of files of the old scripts: the same whether they lie as they are or were brought into our form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nfops.daycache import ChainDay, DayStore, to_payload
from nfops.packing import pack
from nfops.types import MISSING
from tests import legacy_files as old
from tests.unit.packing.raw import MARKET, at, ticks

DATE = dt.date(2025, 4, 21)
EXPIRY = dt.date(2025, 4, 24)
"""A Thursday; the old calendar said Wednesday the 30th."""


def call(root: Path, expiry: str, strike: int, price: float) -> Path:
    rows = [("2025-04-21 09:15:05", price, 30), ("2025-04-21 09:15:09", price + 1, 0)]
    return old.option(root, "BANKNIFTY", expiry, "CE", strike, rows)


def day_of(root: Path, date: dt.date = DATE) -> ChainDay:
    store = DayStore(root, "BANKNIFTY", MARKET)
    assert store.build([date]) == {}
    return store.load(date)


def test_contracts_under_a_wrong_expiry_are_found_under_the_right_one(tmp_path: Path) -> None:
    call(tmp_path, "2025-04-30", 55000, 200.0)
    call(tmp_path, "2025-05-28", 55000, 600.0)
    day = day_of(tmp_path)
    assert day.expiries == (EXPIRY, dt.date(2025, 5, 29))
    assert day.arrays.last[[0, 2], 9].tolist() == [20100, 60100]
    assert day.legacy


def test_a_better_source_under_the_right_expiry_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    call(tmp_path, "2025-04-30", 55000, 200.0)
    path = tmp_path / "raw" / "banknifty25apr55000ce.parquet"
    ticks(path, [{"timestamp": at("2025-04-21 09:15:07"), "price": 77.0}])
    pack([path], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    day = day_of(tmp_path)
    assert (day.expiries, day.legacy, day.kinds) == ((EXPIRY,), False, ("tick",))
    assert day.arrays.last[0, [6, 7, 9]].tolist() == [MISSING, 7700, 7700]


def test_days_of_old_options_only_are_known_without_building_them(tmp_path: Path) -> None:
    path = call(tmp_path, "2025-04-24", 55000, 200.0)
    store = DayStore(tmp_path, "BANKNIFTY", MARKET)
    assert store.legacy([DATE, EXPIRY]) == {DATE}
    # With its kind it is a file like ours, whoever wrote it.
    pl.read_parquet(path, glob=False).with_columns(kind=pl.lit("tick")).write_parquet(path)
    assert store.legacy([DATE, EXPIRY]) == set()
    assert not day_of(tmp_path).legacy


def test_days_of_options_brought_into_our_form_are_known_too(tmp_path: Path) -> None:
    call(tmp_path / "old", "2025-04-24", 55000, 200.0)
    pack([tmp_path / "old"], "packed_legacy", "BANKNIFTY", tmp_path, MARKET)
    store = DayStore(tmp_path, "BANKNIFTY", MARKET)
    assert store.legacy([DATE]) == {DATE}
    ticks(tmp_path / "banknifty25apr55100ce.parquet", [{"timestamp": at("2025-04-21 09:15:07"), "price": 77.0}])
    pack([tmp_path / "banknifty25apr55100ce.parquet"], "nfopslab", "BANKNIFTY", tmp_path, MARKET)
    assert store.legacy([DATE]) == set()  # the run will look at the rows
    assert day_of(tmp_path).legacy


def test_an_expiry_of_no_contract_stays_where_it_is(tmp_path: Path) -> None:
    call(tmp_path, "2025-04-30", 55000, 200.0)
    call(tmp_path, "2031-01-01", 55000, 900.0)  # beyond the calendar
    assert day_of(tmp_path).expiries == (EXPIRY, dt.date(2031, 1, 1))


@pytest.mark.parametrize(("date", "expiry"), [("2025-04-21", "2025-04-30"), ("2025-04-25", "2025-04-30")])
def test_the_near_future_is_that_of_the_date(tmp_path: Path, date: str, expiry: str) -> None:
    # On the 25th the contract of April had expired: the rows are of that of May.
    old.option(tmp_path, "BANKNIFTY", "2025-05-28", "CE", 55000, [(f"{date} 09:15:05", 600.0, 30)])
    old.future(tmp_path, "BANKNIFTY", expiry, [(f"{date} 09:15:03", 55100.0, 30)])
    day = day_of(tmp_path, dt.date.fromisoformat(date))
    assert day.future_expiry == (EXPIRY if date == "2025-04-21" else dt.date(2025, 5, 29))
    assert day.arrays.last[-1, [2, 3]].tolist() == [MISSING, 5510000]


def test_a_far_future_of_another_vendor_is_not_taken_for_the_near_one(tmp_path: Path) -> None:
    call(tmp_path, "2025-04-24", 55000, 200.0)
    path = tmp_path / "packed/futures/BANKNIFTY/202505/exp=2025-05-29/ticks.parquet"
    old.future(tmp_path, "BANKNIFTY", "2025-05-29", [("2025-04-21 09:15:03", 55300.0, 30)])
    pl.read_parquet(path, glob=False).with_columns(kind=pl.lit("tick")).write_parquet(path)
    assert day_of(tmp_path).future_expiry is None


def test_as_they_lie_or_brought_into_our_form_the_arrays_are_the_same(tmp_path: Path) -> None:
    tree = tmp_path / "old"
    for strike, price in ((55000, 200.0), (55100, 150.0)):
        call(tree, "2025-04-30", strike, price)
    path = call(tree, "2025-05-28", 55000, 600.0)
    pl.read_parquet(path, glob=False).drop("vol_delta").write_parquet(path)
    old.spot(tree, "BANKNIFTY", "2025-04-21", [("2025-04-21 09:15:00", 55050.0)], old.TEXT)
    old.future(tree, "BANKNIFTY", "2025-04-30", [("2025-04-21 09:15:03", 55100.0, 30)])
    as_they_lie = day_of(tree)
    pack([tree / "packed"], "packed_legacy", "BANKNIFTY", tmp_path / "data", MARKET)
    brought = day_of(tmp_path / "data")
    assert (brought.expiries, brought.legacy, brought.rows) == (as_they_lie.expiries, True, as_they_lie.rows)
    assert brought.future_expiry == as_they_lie.future_expiry == EXPIRY
    assert np.array_equal(to_payload(brought)["block"], to_payload(as_they_lie)["block"])
    assert as_they_lie.arrays.last[0, 9] == 20100
