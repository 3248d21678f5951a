import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from nfops.daycache import DayStore, build_day, cutting, keys
from nfops.errors import CacheError
from nfops.market import Market
from nfops.packing import PackedDays
from tests.packed_rows import frame, row, spot

META = Path(__file__).parents[3] / "meta"
DAYS = [dt.date(2024, 1, 30), dt.date(2024, 1, 31), dt.date(2024, 2, 1)]  # over the end of a month
WEEKLY, MONTHLY = dt.date(2024, 2, 1), dt.date(2024, 2, 29)


@pytest.fixture(scope="session")
def market() -> Market:
    return Market.load(META)


@pytest.fixture
def root(tmp_path) -> Path:
    """A data root with three days of one call and its index."""
    pack_call(tmp_path, {date: 100.0 + n for n, date in enumerate(DAYS)})
    for date in DAYS:
        place = tmp_path / f"packed/spot/NIFTY/{date:%Y%m}/date={date}/ticks.parquet"
        write(place, spot((0, 21500.0), date=date))
    return tmp_path


def write(path: Path, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(path, metadata={"nfops.layout": "nfopslab"})


def pack_call(root: Path, prices: dict[dt.date, float | None], strike: int = 21500) -> None:
    rows = frame(row(5, price, date=date, strike=strike, expiry=WEEKLY, oi=50) for date, price in prices.items())
    write(root / f"packed/options/NIFTY/202402/exp={WEEKLY}/type=CE/strike={strike}.parquet", rows)


def store_of(root: Path, market: Market) -> DayStore:
    return DayStore(root, "NIFTY", market)


def built(store: DayStore, dates=DAYS, **how) -> tuple[dict[dt.date, str], list[tuple[int, int]]]:
    seen: list[tuple[int, int]] = []
    return store.build(dates, progress=lambda *done: seen.append(done), **how), seen


def test_a_day_comes_back_as_it_was_built(root, market):
    store = store_of(root, market)
    assert built(store) == ({}, [(2, 3), (3, 3)])
    day = store.load(DAYS[1])
    rows = frame([row(5, 101.0, date=DAYS[1], strike=21500, expiry=WEEKLY, oi=50)])
    expected = build_day("NIFTY", market.session(DAYS[1]), rows, spot((0, 21500.0), date=DAYS[1]), None, "")
    assert np.array_equal(day.arrays.last, expected.arrays.last)
    assert day.arrays.last[0, 5] == 10100
    assert (day.date, day.session, day.expiries, day.rows, day.kinds) == (
        DAYS[1],
        expected.session,
        (WEEKLY,),
        2,
        ("tick",),
    )
    assert day.data_hash == store.keys(DAYS)[DAYS[1]]


def test_a_loaded_day_cannot_be_written(root, market):
    store = store_of(root, market)
    store.build(DAYS)
    with pytest.raises(ValueError, match="read-only"):
        store.load(DAYS[0]).arrays.last[0, 0] = 1


def test_arrays_lie_at_multiples_of_64_bytes(root, market):
    store = store_of(root, market)
    store.build(DAYS)
    arrays = [store.load(date).arrays for date in DAYS]
    assert {array.last.ctypes.data % 64 for array in arrays} | {
        array.trades.value.ctypes.data % 64 for array in arrays
    } == {0}


def test_a_day_is_mapped_once(root, market):
    store = store_of(root, market)
    store.build(DAYS)
    assert np.shares_memory(store.load(DAYS[0]).arrays.last, store.load(DAYS[0]).arrays.last)


def test_what_did_not_change_is_kept(root, market):
    store = store_of(root, market)
    store.build(DAYS)
    before = store.path("202401").stat().st_mtime_ns
    assert built(store) == ({}, [])
    assert store.path("202401").stat().st_mtime_ns == before


def test_the_key_does_not_depend_on_the_dates_asked_for(root, market):
    store = store_of(root, market)
    store.build([DAYS[1]])
    assert store.states(DAYS) == dict(zip(DAYS, ["missing", "ready", "missing"], strict=True))
    assert built(store)[1] == [(1, 2), (2, 2)]
    assert store.keys(DAYS[:1])[DAYS[0]] == store.keys(DAYS)[DAYS[0]]
    assert store.ready(DAYS) == set(DAYS)


def test_a_changed_file_makes_exactly_its_days_stale(root, market):
    store = store_of(root, market)
    store.build(DAYS)
    kept = store.load(DAYS[1])
    write(root / f"packed/spot/NIFTY/202401/date={DAYS[0]}/ticks.parquet", spot((0, 22222.0), date=DAYS[0]))
    assert store.states(DAYS) == dict(zip(DAYS, ["stale", "ready", "ready"], strict=True))
    assert built(store)[1] == [(1, 1)]
    assert store.load(DAYS[0]).spot.price[0] == 2222200
    assert np.array_equal(store.load(DAYS[1]).arrays.last, kept.arrays.last)
    assert store.load(DAYS[1]).data_hash == kept.data_hash


def test_a_new_contract_makes_its_day_stale(root, market):
    store = store_of(root, market)
    store.build(DAYS)
    pack_call(root, {DAYS[2]: 7.0}, strike=21550)
    assert store.states(DAYS) == dict(zip(DAYS, ["ready", "ready", "stale"], strict=True))
    store.build(DAYS)
    assert store.load(DAYS[2]).arrays.strike.tolist() == [2150000, 2150000, 2155000, 2155000]


def test_other_code_makes_every_day_stale(root, market, monkeypatch):
    store = store_of(root, market)
    store.build(DAYS)
    monkeypatch.setattr(keys, "_builder", lambda: "other code")
    assert set(store.states(DAYS).values()) == {"stale"}


def test_days_without_option_rows_are_missing_and_not_looked_at_again(root, market):
    pack_call(root, {DAYS[0]: None, DAYS[1]: 100.0})
    store = store_of(root, market)
    for work in ([(2, 2)], []):
        unusable, seen = built(store)
        assert {date: (fault.reason, str(fault)) for date, fault in unusable.items()} == {
            DAYS[0]: ("missing", "NIFTY 2024-01-30: no option row with a price lies in the session"),
            DAYS[2]: ("missing", "no option row is packed"),
        }
        assert seen == work
    assert store.states(DAYS) == dict(zip(DAYS, ["missing", "ready", "missing"], strict=True))
    with pytest.raises(CacheError, match=r"2024-01-30 has no arrays: .*no option row with a price"):
        store.load(DAYS[0])


def test_the_near_future_is_that_of_the_calendar(root, market):
    near = frame([row(7, 21600.0, date=DAYS[0], strike=None, opt_type=None, expiry=MONTHLY)])
    far = frame([row(7, 21700.0, date=DAYS[0], strike=None, opt_type=None, expiry=dt.date(2024, 3, 28))])
    write(root / f"packed/futures/NIFTY/202402/exp={MONTHLY}/ticks.parquet", near)
    write(root / "packed/futures/NIFTY/202403/exp=2024-03-28/ticks.parquet", far)
    store = store_of(root, market)
    store.build(DAYS)
    assert (store.load(DAYS[0]).future_expiry, store.load(DAYS[0]).arrays.last[-1, 7]) == (MONTHLY, 2160000)
    assert store.load(DAYS[1]).future_expiry is None


def test_a_day_that_is_not_cached_is_named(root, market):
    store = store_of(root, market)
    with pytest.raises(CacheError, match=r"NIFTY 2024-01-30 is not in the day cache .*; build it first"):
        store.load(DAYS[0])
    store.build([DAYS[1]])
    with pytest.raises(CacheError, match=r"NIFTY 2024-01-30 is not in the day cache .*; build it first"):
        store.load(DAYS[0])


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda whole: whole[:10],
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda _: b"PAR1" * 100,
        lambda whole: whole[: len(whole) // 2] + whole[-400:],
        lambda whole: whole[:-18] + b"\xff" * 8 + whole[-10:],
    ],
    ids=["empty", "tiny", "last byte", "half", "foreign", "middle gone", "length"],
)
def test_a_damaged_file_is_refused_and_built_again(root, market, damage):
    store = store_of(root, market)
    store.build(DAYS)
    path = store.path("202401")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CacheError, match=r"202401\.days.*anew"):
        store.load(DAYS[0])
    assert set(store.states(DAYS[:2]).values()) == {"missing"}
    assert built(store)[1] == [(2, 2)]
    assert store.load(DAYS[0]).arrays.last[0, 5] == 10000


def test_a_day_stays_whole_while_its_month_is_written_anew(root, market):
    store = store_of(root, market)
    store.build([DAYS[0]])
    day = store.load(DAYS[0])
    pack_call(root, {DAYS[0]: 55.0})
    store.build([DAYS[0]])
    assert (day.arrays.last[0, 5], store.load(DAYS[0]).arrays.last[0, 5]) == (10000, 5500)


def test_a_failed_build_leaves_what_was_there(root, market, monkeypatch):
    store = store_of(root, market)
    store.build(DAYS[:1])

    def broken(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("nfops.daycache.piece.read_spot", broken)
    with pytest.raises(OSError, match="no space left"):
        store.build(DAYS)
    assert store.ready(DAYS) == {DAYS[0]}
    assert [path.name for path in (root / "cache/NIFTY").iterdir() if path.name != ".lock"] == ["202401.days"]


def test_info_describes_every_day(root, market):
    store = store_of(root, market)
    store.build(DAYS[:1])
    info = store.info(DAYS)
    assert info["state"].to_list() == ["ready", "missing", "missing"]
    assert info["packed"].to_list() == [True, True, True]
    first = info.row(0, named=True)
    # two contracts and the index's price and age, a second each, are 4 x 4 x 22,500 bytes; the rest is small
    assert 360_000 < first.pop("bytes") < 362_000
    assert first == {
        "date": DAYS[0],
        "state": "ready",
        "packed": True,
        "lacking": None,
        "option_sources": ["nfopslab"],
        "spot_sources": ["nfopslab"],
        "future_sources": [],
        "rows": 2,
        "contracts": 2,
        "expiries": [WEEKLY],
        "kinds": ["tick"],
        "legacy": False,
        "options_from": dt.time(9, 15, 5),
        "options_until": dt.time(9, 15, 5),
        "ref_source": "spot",
        "ref_from": dt.time(9, 15),
        "ref_until": dt.time(9, 15),
        "ref_fresh": 61 / 22_500,  # the index of second 0 is at most 60 seconds old until second 60
    }
    assert info.row(1)[3:] == (None, ["nfopslab"], ["nfopslab"], [], *(None,) * 12)


def test_purge_deletes_the_given_days_only(root, market):
    store = store_of(root, market)
    store.build(DAYS)
    freed = store.purge([DAYS[0], DAYS[2]])
    assert store.states(DAYS) == dict(zip(DAYS, ["missing", "ready", "missing"], strict=True))
    assert freed > 2 * 360_000
    assert store.load(DAYS[1]).arrays.last[0, 5] == 10100
    assert not store.path("202402").exists()
    assert store.purge(DAYS) > 360_000
    assert store.purge(DAYS) == 0


def test_pieces_end_with_the_month_and_are_not_larger_than_memory(root, monkeypatch):
    packed = PackedDays.open(root, "NIFTY")
    assert cutting.cut(DAYS, packed, 1) == [DAYS[:2], DAYS[2:]]
    assert cutting.cut(DAYS, packed, 2) == [DAYS[:2], DAYS[2:]]
    assert cutting.cut(DAYS[:2], packed, 2) == [DAYS[:1], DAYS[1:2]]
    monkeypatch.setattr(cutting, "PIECE_ROWS", 3)  # each day has two rows
    assert cutting.cut(DAYS, packed, 1) == [DAYS[:1], DAYS[1:2], DAYS[2:]]


@pytest.mark.slow
def test_worker_processes_write_the_same_bytes(root, market):
    store = store_of(root, market)
    assert built(store, workers=2) == ({}, [(2, 3), (3, 3)])
    apart = [store.path(month).read_bytes() for month in ("202401", "202402")]
    store.purge(DAYS)
    store.build(DAYS)
    assert apart == [store.path(month).read_bytes() for month in ("202401", "202402")]
