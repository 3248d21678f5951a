"""Real days of several sources, and of other hours, against what their raw files say when read line by line."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nfops.daycache import ChainDay, DayStore, reference
from nfops.packing import PackedDays, pack
from nfops.types import MISSING
from tests.packed_rows import frame
from tests.shared import shared
from tests.unit.packing.raw import MARKET

pytestmark = pytest.mark.slow

JUNE = dt.date(2021, 6, 11)
OPEN = 9 * 3600 + 15 * 60
Source = tuple[Path, str]


@pytest.fixture
def bars() -> Source:
    """Twelve contracts and the index, as bars of a minute."""
    return shared("data", "nse", "options_1min_kite_2021", "2021-06-11"), "kite_bars_csv"


@pytest.fixture
def ticks() -> Source:
    return shared("data", "nse", "index_ticks_2021", "51.11-June-2021"), "index_ticks_csv"


def store_of(root: Path, *sources: Source, symbol: str = "NIFTY") -> DayStore:
    for folder, layout in sources:
        assert pack([folder], layout, symbol, root, MARKET).balanced
    return DayStore(root, symbol, MARKET)


def day_of(store: DayStore, date: dt.date = JUNE) -> ChainDay:
    assert store.build([date]) == {}
    return store.load(date)


def some_bars(folder: Path, bars: Source, left_out: Sequence[str]) -> Source:
    """Copy the files of bars but some."""
    folder.mkdir()
    for path in bars[0].iterdir():
        if path.name.removesuffix("_minute.csv.gz") not in left_out:
            shutil.copy(path, folder)
    return folder, bars[1]


def test_ticks_of_the_index_lead_whatever_came_first(tmp_path: Path, bars: Source, ticks: Source) -> None:
    one, other = store_of(tmp_path / "a", bars, ticks), store_of(tmp_path / "b", ticks, bars)
    assert one.keys([JUNE]) == other.keys([JUNE])
    assert PackedDays.open(tmp_path / "a", "NIFTY").sources(JUNE) == {
        "options": ("kite_bars_csv",),
        "spot": ("index_ticks_csv",),
    }
    day = day_of(one)
    assert (day.kinds, day.ref_source, day.seconds, len(day.arrays.strike)) == (("bar",), "spot", 22_500, 12)

    # the last price of each second, line by line
    told: dict[int, int] = {}
    with gzip.open(ticks[0] / "Nifty_2021-06-11_.csv.gz", "rt") as lines:
        for row in sorted(csv.DictReader(lines), key=lambda row: row["timestamp"]):
            clock = row["timestamp"].split()[1]
            second = sum(int(part) * unit for part, unit in zip(clock.split(":"), (3600, 60, 1), strict=True)) - OPEN
            if row["timestamp"].startswith("2021-06-11") and 0 <= second <= 22_500:
                told[min(second, 22_499)] = round(float(row["ltp"]) * 100)
    assert len(told) > 10_000
    assert day.spot is not None
    seen = {second: int(day.spot.price[second]) for second in told}
    assert seen == told
    assert np.flatnonzero(day.spot.age == 0).tolist() == sorted(told)


def test_without_an_index_parity_stays_close_to_it(tmp_path: Path, bars: Source, ticks: Source) -> None:
    with_index = day_of(store_of(tmp_path / "a", bars, ticks))
    alone = day_of(store_of(tmp_path / "b", some_bars(tmp_path / "raw", bars, ["NIFTY"])))
    assert (alone.spot, alone.ref_source) == (None, "parity")
    assert np.array_equal(alone.arrays.last, with_index.arrays.last)
    ref = reference(alone, 60)
    known = ref.price != MISSING
    # the first bars end with second 59
    assert np.flatnonzero(known)[0] == 59
    assert known[59:].mean() > 0.99
    assert with_index.spot is not None
    away = (ref.price[known] - with_index.spot.price[known]) / with_index.spot.price[known]
    # the weekly forward of a week ahead stood within a third of a percent of the index all day
    assert abs(away).max() < 0.0033
    assert np.median(abs(away)) < 0.001


def test_a_strike_whose_put_is_not_there_keeps_its_call(tmp_path: Path, bars: Source) -> None:
    whole = day_of(store_of(tmp_path / "a", bars))
    less = day_of(store_of(tmp_path / "b", some_bars(tmp_path / "raw", bars, ["NIFTY2161715800PE"])))
    assert less.arrays.strike.tolist() == whole.arrays.strike.tolist()
    at = less.arrays.strike.tolist().index(1580000)
    assert (less.arrays.last[at + 1] == MISSING).all()
    others = [contract for contract in range(12) if contract != at + 1]
    assert np.array_equal(less.arrays.last[others], whole.arrays.last[others])


@pytest.mark.parametrize(
    ("symbol", "name", "date", "opened", "seconds"),
    [
        ("NIFTY", "2019_OCT_NIFTY", "2019-10-27", "18:15", 3600),
        ("BANKNIFTY", "2019_OCT_BNF", "2019-10-27", "18:15", 3600),
        ("BANKNIFTY", "2020_FEB_BNF", "2020-02-01", "09:15", 22_500),
    ],
)
def test_bars_of_special_sessions_fill_their_own_grid(
    tmp_path: Path, symbol: str, name: str, date: str, opened: str, seconds: int
) -> None:
    source, day = shared("data", "nse", "index_1min_2012_2021", f"{name}.txt.gz"), dt.date.fromisoformat(date)
    expiry = MARKET.expiry(symbol, day, "0")
    first = dt.datetime.fromisoformat(f"{date} {opened}:00")
    place = tmp_path / f"packed/options/{symbol}/{expiry:%Y%m}/exp={expiry}/type=CE/strike=100.parquet"
    place.parent.mkdir(parents=True)
    option = {"timestamp": first, "opt_type": "CE", "strike": 100, "close": 1.0, "kind": "tick", "expiry": expiry}
    frame([option]).write_parquet(place, metadata={"nfops.layout": "nfopslab"})
    grid = day_of(store_of(tmp_path, (source, "index_1min_csv"), symbol=symbol), day)

    # a bar is labelled by its end: that of 18:16 shows at 18:15:59, second 59; one labelled later is after the close
    told: dict[int, int] = {}
    with gzip.open(source, "rt") as lines:
        for row in csv.reader(lines):
            end = dt.datetime.strptime(f"{row[1]} {row[2]}", "%Y%m%d %H:%M")  # noqa: DTZ007 - wall clock
            second = int((end - first).total_seconds()) - 1
            if end.date() == day and 0 <= second < seconds:
                told[second] = round(float(row[6]) * 100)
    assert len(told) >= seconds // 60 - 5
    assert (grid.seconds, grid.spot is not None) == (seconds, True)
    assert grid.spot is not None
    assert {second: int(grid.spot.price[second]) for second in told} == told
    assert np.flatnonzero(grid.spot.age == 0).tolist() == sorted(told)
