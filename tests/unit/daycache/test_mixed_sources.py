"""Days put together of several sources (SPEC 2.7, 2.1): the same grid in whatever order they were packed."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from nfops.daycache import ChainDay, DayStore
from nfops.daycache.lookup import volume
from nfops.packing import PackedDays, pack
from nfops.types import MISSING
from tests.unit.packing.raw import MARKET, at, index_bars, poll, ticks

DATE = dt.date(2019, 5, 20)
CALL, PUT = 0, 1


def csv(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]))
    return path


def kite_bar(path: Path, name: str, minute: str, close: float, units: int) -> Path:
    """One bar, labelled by its start."""
    bar = f'"2019-05-20 {minute}:00","{close}","{close}","{close}","{close}","{units}","{name}"'
    return csv(path, '"TIME","Open","High","Low","Close","VOLUME","SYMBOL"', bar)


def day_of(root: Path) -> ChainDay:
    store = DayStore(root, "NIFTY", MARKET)
    assert store.build([DATE]) == {}
    return store.load(DATE)


def pack_all(root: Path, order: Iterable[str], raw: Path) -> Path:
    """Pack sources in an order; each name is a layout and the folder of its files."""
    for name in order:
        layout, _, folder = name.partition(":")
        pack([raw / (folder or layout)], layout, "NIFTY", root, MARKET)
    return root


SPOT = ("index_ticks_csv", "spot_1s_csv", "index_1min_csv", "nse_chain_csv")
"""From best to worst: ticks, one a second, bars, the polls' own."""


@pytest.fixture
def spots(tmp_path: Path) -> Path:
    """Four sources of the index, a paisa apart at 09:20:59; options come from the polls."""
    raw = tmp_path / "raw"
    csv(raw / "index_ticks_csv" / "NIFTY_20_May.csv", "timestamp,ltp,volume", "2019-05-20 09:20:59,11830.01,0")
    csv(raw / "spot_1s_csv" / "s.csv", "2019-05-20 09:20:59,11830.02")
    index_bars(raw / "index_1min_csv" / "b.csv", [("20190520", "09:21", 11830.03)])
    poll(raw / "nse_chain_csv", "20-05-2019_09:20", {11800: ("140", "2")}, "11830.04")
    return raw


@pytest.mark.parametrize("order", [*(SPOT[n:] + SPOT[:n] for n in range(4)), SPOT[::-1]], ids="-".join)
def test_ticks_are_used_whatever_was_packed_before_or_after(
    tmp_path: Path, spots: Path, order: tuple[str, ...]
) -> None:
    day = day_of(pack_all(tmp_path / "data", order, spots))
    assert day.spot is not None
    # 09:20:59 is second 5 x 60 + 59 = 359
    assert day.spot.price[358:360].tolist() == [MISSING, 1183001]
    assert PackedDays.open(tmp_path / "data", "NIFTY").sources(DATE) == {
        "options": ("nse_chain_csv",),
        "spot": ("index_ticks_csv",),
    }


@pytest.mark.parametrize(("best", "price"), [(1, 1183002), (2, 1183003), (3, 1183004)])
def test_the_best_of_what_is_there_is_used(tmp_path: Path, spots: Path, best: int, price: int) -> None:
    for order in (SPOT[best:], SPOT[best:][::-1]):
        day = day_of(pack_all(tmp_path / "-".join(order), order, spots))
        assert day.spot is not None
        assert day.spot.price[359] == price


@pytest.mark.slow
def test_the_content_of_a_day_is_the_same_in_every_order(tmp_path: Path, spots: Path) -> None:
    keys = set()
    for order in itertools.permutations(SPOT):
        root = pack_all(tmp_path / "-".join(order), order, spots)
        keys.add(DayStore(root, "NIFTY", MARKET).keys([DATE])[DATE])
    assert len(keys) == 1


OPTIONS = ("nfopslab", "kite_bars_csv", "nse_chain_csv")


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """The call at 11,800 from ticks, bars and polls, its put from bars and polls, everything at 11,900 from polls."""
    raw = tmp_path / "raw"
    first, second = at("2019-05-20 09:15:10"), at("2019-05-20 09:20:30")
    rows = [{"timestamp": first, "price": 150.0, "volume": 75}, {"timestamp": second, "price": 151.0, "volume": 225}]
    ticks(raw / "nfopslab" / "nifty1953011800ce.parquet", rows)
    kite_bar(raw / "kite_bars_csv" / "NIFTY19MAY11800CE.csv", "NIFTY19MAY11800CE", "09:16", 160.0, 750)
    kite_bar(raw / "kite_bars_csv" / "NIFTY19MAY11800PE.csv", "NIFTY19MAY11800PE", "09:16", 60.0, 375)
    poll(raw / "nse_chain_csv", "20-05-2019_09:20", {11800: ("140", "2"), 11900: ("90", "2")}, "11830")
    return raw


@pytest.mark.parametrize("order", list(itertools.permutations(OPTIONS)), ids="-".join)
def test_each_contract_has_its_own_best_source(tmp_path: Path, chain: Path, order: tuple[str, ...]) -> None:
    day = day_of(pack_all(tmp_path / "data", order, chain))
    assert day.arrays.strike[::2].tolist() == [1180000, 1190000]
    last = day.arrays.last
    # Ticks at seconds 10 and 330; the bar of 09:16 ends at 09:16:59, second 119; the poll of 09:20 is second 359.
    assert last[CALL, [9, 10, 329, 330, 359]].tolist() == [MISSING, 15000, 15000, 15100, 15100]
    assert last[PUT, [118, 119, 359]].tolist() == [MISSING, 6000, 6000]
    assert last[2:4, [358, 359]].tolist() == [[MISSING, 9000], [MISSING, 500]]
    # The first tick came within a minute of the open, so its 75 units were traded today; then 225 - 75.
    assert [volume(day.arrays.trades, contract, -1, 22_499) for contract in range(4)] == [225, 375, 0, 0]
    assert day.kinds == ("bar", "snapshot", "tick")
    assert (day.legacy, day.rows) == (False, 2 + 1 + 2 + 1)


def test_a_contract_has_ticks_on_one_date_and_bars_on_another(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    ticks(raw / "nfopslab" / "nifty1953011800ce.parquet", [{"timestamp": at("2019-05-21 09:15:10"), "price": 150.0}])
    kite_bar(raw / "kite_bars_csv" / "c.csv", "NIFTY19MAY11800CE", "09:16", 160.0, 750)
    pack_all(tmp_path, ("kite_bars_csv", "nfopslab"), raw)
    store, both = DayStore(tmp_path, "NIFTY", MARKET), [DATE, dt.date(2019, 5, 21)]
    assert store.build(both) == {}
    assert [store.load(date).kinds for date in both] == [("bar",), ("tick",)]
    packed = PackedDays.open(tmp_path, "NIFTY")
    assert [packed.sources(date) for date in both] == [{"options": ("kite_bars_csv",)}, {"options": ("nfopslab",)}]


def test_taking_the_best_source_away_brings_the_next_one_back(tmp_path: Path, spots: Path) -> None:
    root = pack_all(tmp_path / "data", SPOT, spots)
    csv(spots / "index_ticks_csv" / "NIFTY_20_May.csv", "timestamp,ltp,volume", "2019-05-21 09:20:59,11900.0,0")
    pack_all(root, ("index_ticks_csv",), spots)
    day = day_of(root)
    assert day.spot is not None
    assert day.spot.price[359] == 1183002
    assert np.flatnonzero(day.spot.price != MISSING)[0] == 359
