"""SPEC 3.4 and 3.5 on prices made by hand; a contract's price is young where it has a row."""

import datetime as dt
from itertools import chain

import numpy as np
import pytest

from nfops.daycache import UNKNOWN_AGE, ChainDay, build_day, is_incomplete, reference
from nfops.daycache.reference import parity_forward
from nfops.market import Session
from nfops.types import MISSING
from tests.packed_rows import DATE, EXPIRY, MINUTE, OPEN, frame, row, spot

NEXT = dt.date(2024, 2, 1)
HOUR = Session(DATE, "regular", ((OPEN, OPEN + 3600),))


def pair(second: float, strike: int, call: float, put: float, **columns) -> list[dict]:
    rights = (("CE", call), ("PE", put))
    return [row(second, price, strike=strike, opt_type=right, **columns) for right, price in rights]


def day_of(*pairs: list[dict], session: Session = MINUTE, index=None) -> ChainDay:
    return build_day("NIFTY", session, frame(chain.from_iterable(pairs)), index, None, "content")


def known(day: ChainDay, max_age_s: int) -> dict[int, tuple[int, int]]:
    ref = reference(day, max_age_s)
    return {int(s): (int(ref.price[s]), int(ref.age[s])) for s in np.flatnonzero(ref.price != MISSING)}


def test_the_forward_is_strike_plus_call_minus_put_at_the_least_gap():
    # |C - P|: 150 at 21,000, 20 at 21,100, 90 at 21,200 -> 21,100 + 60 - 80
    day = day_of(pair(0, 21000, 190, 40), pair(0, 21100, 60, 80), pair(0, 21200, 20, 110))
    assert known(day, 0) == {0: (2108000, 0)}


def test_of_equal_gaps_the_lower_strike_counts():
    # |C - P| = 30 at both: 21,000 + 30, not 21,100 - 30 (2,107,000)
    day = day_of(pair(0, 21100, 50, 80), pair(0, 21000, 80, 50))
    assert known(day, 0) == {0: (2103000, 0)}


def test_prices_older_than_allowed_make_no_pair_and_nothing_is_carried():
    day = day_of([row(0, 80.0)], [row(2, 50.0, opt_type="PE")])
    # the call is the older one: age s - 0, so the pair lives from 2 to max_age_s
    assert known(day, 5) == {s: (2103000, s) for s in (2, 3, 4, 5)}
    assert known(day, 1) == {}
    ref = reference(day, 5)
    assert (ref.price[6], ref.age[6]) == (MISSING, UNKNOWN_AGE)


def test_another_strike_takes_over_when_the_nearest_to_parity_is_too_old():
    day = day_of(pair(0, 21000, 80, 80), pair(3, 21100, 40, 70))
    assert known(day, 4) == {
        **{s: (2100000, s) for s in range(5)},  # gap 0
        **{s: (2107000, s - 3) for s in range(5, 8)},  # 21,100 - 30
    }


def test_a_row_without_trade_does_not_make_a_pair_young():
    day = day_of(pair(0, 21000, 80, 50), pair(4, 21000, 90, 50, vol_delta=0))
    assert known(day, 5) == {s: (2103000 if s < 4 else 2104000, s) for s in range(6)}


def test_the_nearest_expiry_with_a_pair_counts_however_large_its_gap():
    day = day_of(pair(0, 21000, 200, 50), pair(0, 21100, 60, 60, expiry=NEXT), pair(2, 21100, 60, 60, expiry=NEXT))
    assert known(day, 1) == {0: (2115000, 0), 1: (2115000, 1), 2: (2110000, 0), 3: (2110000, 1)}


def test_one_expiry_and_second_gives_the_same_forward_as_the_whole_day():
    random = np.random.default_rng(5)
    rows = [
        pair(float(second), int(strike), float(call), float(put))
        for second, strike, call, put in zip(
            np.sort(random.integers(0, 60, 80)),
            random.choice([20900, 21000, 21100], 80),
            random.integers(1, 9, 80),
            random.integers(1, 9, 80),
            strict=True,
        )
    ]
    day = day_of(*rows)
    for oldest in (0, 3, 60):
        at_once = reference(day, oldest).price.tolist()
        assert [parity_forward(day.arrays, 0, second, oldest) for second in range(60)] == at_once


def test_a_spot_is_taken_as_it_is_whatever_age_is_allowed():
    day = day_of(pair(0, 21000, 80, 50), index=spot((2, 21010.0)))
    assert reference(day, 0) is day.spot


@pytest.mark.parametrize(
    ("second", "max_age_s", "incomplete"), [(3000, 60, False), (2999, 60, True), (2999, 601, False)]
)
def test_a_spot_silent_before_the_close_makes_the_day_incomplete(second, max_age_s, incomplete):
    # the last 600 seconds of the hour are 3,000 to 3,599; with 601 they begin at 2,999
    day = day_of(pair(0, 21000, 80, 50), session=HOUR, index=spot((second, 21000.0)))
    assert is_incomplete(day, reference(day, max_age_s), max_age_s) is incomplete


@pytest.mark.parametrize(("second", "max_age_s", "incomplete"), [(2940, 60, False), (2939, 60, True), (0, 3600, False)])
def test_parity_unknown_before_the_close_makes_the_day_incomplete(second, max_age_s, incomplete):
    # a pair of 2,940 is young enough until 3,000, the first of the last 600 seconds
    day = day_of(pair(second, 21000, 80, 50), session=HOUR)
    assert is_incomplete(day, reference(day, max_age_s), max_age_s) is incomplete


def test_only_an_expiry_day_apart_is_another_expiry():
    day = day_of(pair(0, 21000, 80, 50), pair(0, 21000, 70, 50, expiry=NEXT))
    assert [parity_forward(day.arrays, expiry, 0, 0) for expiry in (0, 1)] == [2103000, 2102000]
    assert day.expiries == (EXPIRY, NEXT)


def test_a_strike_with_one_leg_only_makes_no_forward():
    # the call at 21,000 has no put; 21,100 has both: 21,100 + 40 - 70
    day = day_of([row(0, 80.0, strike=21000)], pair(1, 21100, 40, 70), [row(0, 5.0, strike=21200, opt_type="PE")])
    assert known(day, 60) == {s: (2107000, s - 1) for s in range(1, 60)}
    assert day.arrays.strike.tolist() == [2100000] * 2 + [2110000] * 2 + [2120000] * 2


def test_a_leg_that_comes_late_makes_no_forward_before_it_came():
    day = day_of([row(0, 80.0)], [row(30, 50.0, opt_type="PE")])
    # the call is as old as the second itself; with 40 seconds allowed the pair lives from 30 to 40
    assert known(day, 40) == {s: (2103000, s) for s in range(30, 41)}


@pytest.mark.parametrize("index", [spot((-1, 20999.0)), spot((61, 20999.0)), spot()], ids=["before", "after", "empty"])
def test_a_day_whose_index_has_no_row_in_the_session_lives_on_parity(index):
    day = day_of(pair(0, 21000, 80, 50), index=index)
    assert (day.spot, day.ref_source) == (None, "parity")
    assert known(day, 2) == {s: (2103000, s) for s in (0, 1, 2)}


def test_a_single_index_row_switches_parity_off_for_the_whole_day():
    day = day_of(pair(0, 21000, 80, 50), index=spot((50, 20999.0)))
    assert known(day, 60) == {s: (2099900, s - 50) for s in range(50, 60)}


def test_the_index_stays_and_grows_old_through_a_gap():
    day = day_of([row(0, 80.0)], session=HOUR, index=spot((10, 21000.0), (900, 21050.0), (3599, 21060.0)))
    ref = reference(day, 60)
    assert ref.price[[9, 10, 899, 900, 3598, 3599]].tolist() == [MISSING, 2100000, 2100000, 2105000, 2105000, 2106000]
    assert ref.age[[9, 10, 70, 71, 899, 900, 3598, 3599]].tolist() == [UNKNOWN_AGE, 0, 60, 61, 889, 0, 2698, 0]
    assert not is_incomplete(day, ref, 60)


def test_the_forward_grows_old_in_a_break():
    session = Session(DATE, "drill", ((OPEN, OPEN + 10), (OPEN + 20, OPEN + 30)))
    day = day_of(pair(5, 21000, 80, 50), pair(15, 21000, 90, 50), pair(25, 21000, 70, 50), session=session)
    # the pair of second 15 fell into the break; that of 5 is 12 seconds old at 17
    assert known(day, 12) == {
        **{s: (2103000, s - 5) for s in range(5, 18)},
        **{s: (2102000, s - 25) for s in range(25, 30)},
    }
