"""What is told of a day."""

from __future__ import annotations

import datetime as dt

from nfops.daycache import ChainDay, build_day
from nfops.daycache.coverage import coverage
from nfops.market import Session
from tests.packed_rows import DATE, MINUTE, OPEN, frame, row, spot


def told(*rows: dict, index=None, session: Session = MINUTE) -> dict[str, object]:
    day: ChainDay = build_day("NIFTY", session, frame(rows), index, None, "content")
    return coverage(day)


def test_options_reach_from_their_first_to_their_last_trade() -> None:
    said = told(row(3, 100.0), row(7, 101.0, opt_type="PE"), row(20, 101.0), row(30, 101.0, vol_delta=0))
    assert (said["options_from"], said["options_until"]) == (dt.time(9, 15, 3), dt.time(9, 15, 20))


def test_the_future_is_no_option() -> None:
    future = frame([row(0, 21050.0, opt_type=None, strike=None), row(59, 21060.0, opt_type=None, strike=None)])
    said = coverage(build_day("NIFTY", MINUTE, frame([row(3, 100.0)]), None, future, "content"))
    assert (said["options_from"], said["options_until"], said["contracts"]) == (dt.time(9, 15, 3), dt.time(9, 15, 3), 3)


def test_a_break_is_no_lack_of_prices() -> None:
    # 100 seconds, a break of 100, 200 seconds; an index row in seconds 0 and 250: fresh in 0-60 and 250-310
    session = Session(DATE, "drill", ((OPEN, OPEN + 100), (OPEN + 200, OPEN + 400)))
    said = told(row(3, 100.0), index=spot((0, 21000.0), (250, 21000.0)), session=session)
    assert said["ref_fresh"] == (61 + 61) / 300
    assert (said["ref_from"], said["ref_until"]) == (dt.time(9, 15), dt.time(9, 19, 10))


def test_parity_is_known_while_its_pair_is_young() -> None:
    session = Session(DATE, "regular", ((OPEN, OPEN + 200),))
    said = told(row(10, 80.0), row(20, 50.0, opt_type="PE"), session=session)
    # the call of second 10 is young until 70, the put comes at 20
    assert (said["ref_source"], said["ref_fresh"]) == ("parity", 51 / 200)
    assert (said["ref_from"], said["ref_until"]) == (dt.time(9, 15, 20), dt.time(9, 16, 10))


def test_rows_of_the_old_scripts_are_told() -> None:
    assert told(row(3, 100.0, kind=None))["legacy"] is True
    assert told(row(3, 100.0))["legacy"] is False
