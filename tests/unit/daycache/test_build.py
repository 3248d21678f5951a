"""SPEC 3.1 to 3.3 on rows made by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from nfops.daycache import UNKNOWN_AGE, ChainDay, build_day
from nfops.daycache.lookup import age, quote, value, volume
from nfops.errors import DataError
from nfops.market import Session
from nfops.types import CALL, FUTURE, MISSING, PUT, Events
from tests.packed_rows import DATE, EXPIRY, MINUTE, OPEN, frame, row, spot

NEXT = dt.date(2024, 2, 1)


def day_of(*rows, session=MINUTE, index=None, future=None) -> ChainDay:
    return build_day("NIFTY", session, frame(rows), index, future, "content")


def events(column: Events, contract: int = 0) -> list[tuple[int, int]]:
    own = slice(column.start[contract], column.start[contract + 1])
    return list(zip(column.second[own].tolist(), column.value[own].tolist(), strict=True))


def test_there_is_no_price_before_the_first_and_none_is_filled_backwards():
    last = day_of(row(5, 100.05), row(8, 100.10)).arrays.last[0]
    assert last.dtype == np.int32
    assert last.tolist() == [MISSING] * 5 + [10005] * 3 + [10010] * 52


def test_the_last_price_of_a_second_stays_also_when_a_row_without_price_follows():
    day = day_of(row(5, 100.0), row(5.2, 101.0), row(5.9, None, vol_delta=0), row(7, None, vol_delta=0, oi=10))
    assert day.arrays.last[0, 5:8].tolist() == [10100, 10100, 10100]


def test_a_price_of_zero_is_no_price():
    assert day_of(row(3, 100.0), row(4, 0.0)).arrays.last[0, 4] == 10000


def test_rupees_become_the_nearest_paisa():
    assert day_of(row(0, 1275.05), row(1, 0.05), row(2, 8.15)).arrays.last[0, :3].tolist() == [127505, 5, 815]


def test_age_counts_from_the_last_row_that_traded():
    trades = day_of(row(2, 100.0), row(4, 100.0, vol_delta=0), row(6, 101.0, vol_delta=75)).arrays.trades
    assert [age(trades, 0, s) for s in (1, 2, 4, 5, 6, 59)] == [UNKNOWN_AGE, 0, 2, 3, 0, 53]


def test_the_first_priced_row_of_the_day_counts_as_traded_without_volume():
    day = day_of(row(1, None, vol_delta=0), row(3, 100.0, vol_delta=0), row(5, 100.0, vol_delta=0))
    assert events(day.arrays.trades) == [(3, 0)]


def test_the_first_priced_row_is_looked_for_in_each_contract():
    day = day_of(row(3, 100.0, vol_delta=0), row(7, 90.0, vol_delta=0, opt_type="PE"))
    assert [events(day.arrays.trades, c) for c in (0, 1)] == [[(3, 0)], [(7, 0)]]


def test_a_row_of_unknown_volume_counts_as_traded():
    day = day_of(row(1, 100.0), row(4, 101.0, vol_delta=None))
    assert events(day.arrays.trades) == [(1, 50), (4, 0)]


def test_units_of_one_second_are_added():
    trades = day_of(row(1, 100.0), row(1.5, 100.0, vol_delta=25), row(3, 100.0, vol_delta=100)).arrays.trades
    assert events(trades) == [(1, 75), (3, 100)]
    assert [volume(trades, 0, *window) for window in ((-1, 0), (-1, 1), (1, 3), (0, 59), (3, 59))] == [
        0,
        75,
        100,
        175,
        0,
    ]


def test_open_interest_holds_until_it_changes_and_is_null_nowhere():
    oi = day_of(
        row(1, 100.0), row(2, 100.0, oi=500), row(4, 100.0), row(5, 100.0, oi=500), row(6, 100.0, oi=0)
    ).arrays.oi
    assert [value(oi, 0, s) for s in (1, 2, 4, 5, 6, 59)] == [MISSING, 500, 500, 500, 0, 0]
    assert events(oi) == [(2, 500), (6, 0)]


def test_a_quote_of_zero_ends_the_quote_and_null_leaves_it():
    rows = (
        row(1, 100.0, bid=99.5, ask=100.5),
        row(3, 100.0),
        row(5, 100.0, bid=0.0, ask=100.25),
        row(8, 100.0, bid=98.0),
    )
    day = day_of(*rows)
    bids = [quote(day.arrays.bid, 0, s) for s in (0, 1, 4, 5, 7, 8, 10)]
    none = (MISSING, UNKNOWN_AGE)
    assert bids == [none, (9950, 0), (9950, 3), none, none, (9800, 0), (9800, 2)]
    assert [quote(day.arrays.ask, 0, s) for s in (4, 5, 10)] == [(10050, 3), (10025, 0), (10025, 5)]


def test_a_quote_of_the_same_price_is_young_again():
    bid = day_of(row(1, 100.0, bid=99.5), row(9, 100.0, bid=99.5)).arrays.bid
    assert [quote(bid, 0, s) for s in (8, 9)] == [(9950, 7), (9950, 0)]


def test_a_row_stamped_at_the_close_belongs_to_the_last_second():
    day = day_of(row(-0.001, 90.0), row(59.5, 100.0), row(60, 101.0), row(60.001, 102.0), row(61, 103.0))
    assert day.arrays.last[0].tolist() == [MISSING] * 59 + [10100]
    assert day.rows == 2


def test_a_day_of_two_segments_is_one_grid_with_its_break():
    session = Session(DATE, "drill", ((OPEN, OPEN + 10), (OPEN + 20, OPEN + 30)))
    rows = (row(9, 100.0), row(10, 101.0), row(10.5, 102.0), row(15, 103.0), row(19.999, 104.0), row(20, 105.0))
    day = day_of(*rows, row(30, 106.0), session=session)
    assert day.seconds == 30
    assert day.arrays.last[0, 8:22].tolist() == [MISSING] + [10100] * 11 + [10500] * 2
    assert day.arrays.last[0, 29] == 10600
    assert day.rows == 4


def test_contracts_stand_by_expiry_strike_and_right_and_the_future_last():
    options = [
        row(1, 40.0, strike=21100, opt_type="PE", expiry=NEXT),
        row(2, 10.0, strike=21100),
        row(1, 12.0, strike=20900, opt_type="PE"),
        row(3, 11.0, strike=20900),
    ]
    future = frame([row(4, 21050.0, opt_type=None, strike=None, vol_delta=25, expiry=EXPIRY)])
    day = build_day("NIFTY", MINUTE, frame(options), None, future, "content")
    assert day.expiries == (EXPIRY, NEXT)
    assert day.arrays.base.tolist() == [0, 4, 6]
    assert day.arrays.strike.tolist() == [2090000, 2090000, 2110000, 2110000, 2110000, 2110000, 0]
    assert day.arrays.right.tolist() == [CALL, PUT, CALL, PUT, CALL, PUT, FUTURE]
    assert day.arrays.last[:, -1].tolist() == [1100, 1200, 1000, MISSING, MISSING, 4000, 2105000]
    assert day.future_expiry == EXPIRY
    assert events(day.arrays.trades, 6) == [(4, 25)]


def test_strikes_without_any_price_are_left_out():
    unpriced = (
        row(1, None, vol_delta=0, oi=9, strike=strike, opt_type=side) for strike in (1, 3) for side in ("CE", "PE")
    )
    day = day_of(*unpriced, row(1, 10.0, strike=2, oi=7))
    assert day.arrays.strike.tolist() == [200, 200]
    assert [value(day.arrays.oi, c, 59) for c in (0, 1)] == [7, MISSING]


def test_the_index_is_known_from_its_first_row_and_every_row_makes_it_young():
    day = day_of(row(1, 100.0), index=spot((3, 21000.0), (5, 21000.0), (60, 21001.5)))
    assert day.spot is not None
    assert day.spot.price[[2, 3, 58, 59]].tolist() == [MISSING, 2100000, 2100000, 2100150]
    assert day.spot.age[[2, 3, 4, 5, 58, 59]].tolist() == [UNKNOWN_AGE, 0, 1, 0, 53, 0]
    assert day.ref_source == "spot"


@pytest.mark.parametrize("index", [None, spot(), spot((-5, 21000.0))])
def test_without_an_index_row_in_the_session_there_is_no_spot(index):
    day = day_of(row(1, 100.0), index=index)
    assert day.spot is None
    assert day.ref_source == "parity"


def test_files_of_the_old_scripts_lack_columns():
    old = frame([row(1, 100.0), row(4, 101.0)]).select("timestamp", "opt_type", "strike", "close", "expiry")
    naive = pl.col("timestamp").dt.replace_time_zone(None).dt.cast_time_unit("us")
    day = build_day("NIFTY", MINUTE, old.with_columns(naive), None, None, "content")
    assert day.legacy
    assert day.kinds == ()
    assert events(day.arrays.trades) == [(1, 0), (4, 0)]


def test_the_kinds_of_option_rows_are_known():
    day = day_of(row(1, 100.0, kind="tick"), row(2, 100.0, kind="bar"), index=spot((1, 21000.0)))
    assert (day.kinds, day.legacy, day.rows) == (("bar", "tick"), False, 3)


def test_arrays_refuse_to_be_written():
    arrays = day_of(row(1, 100.0)).arrays
    for array in (arrays.last, arrays.strike, arrays.trades.value, arrays.bid.second):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("rows", [[], [row(1, None, vol_delta=0, oi=5)], [row(-1, 100.0), row(61, 100.0)]])
def test_a_day_without_a_usable_option_row_is_refused(rows):
    with pytest.raises(DataError, match="NIFTY 2024-01-22: no option row with a price") as caught:
        day_of(*rows)
    assert caught.value.reason == "no_option_row"


def test_a_number_that_does_not_fit_is_refused():
    with pytest.raises(DataError, match=r"oi must be less than 2\*\*31 .*, got 3000000000") as caught:
        day_of(row(1, 100.0, oi=3_000_000_000))
    assert caught.value.reason == "bad_value"
