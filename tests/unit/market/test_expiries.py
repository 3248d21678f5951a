"""Expiries by the calendar: weekdays as announced, holidays, and names of contracts that were moved."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from nfops.errors import DataError, MetaError
from nfops.market import Market
from nfops.market.tickers import parse

MARKET = Market.load(Path(__file__).parents[3] / "meta")
MON, TUE, WED, THU, FRI = range(5)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("symbol", "date", "which", "expiry"),
    [
        ("NIFTY", "2024-01-03", "0", "2024-01-04"),
        ("NIFTY", "2024-01-04", "0", "2024-01-04"),  # on its last day a contract is still the nearest
        ("NIFTY", "2024-01-05", "0", "2024-01-11"),
        ("NIFTY", "2024-01-03", "1", "2024-01-11"),
        ("NIFTY", "2024-01-03", "3", "2024-01-25"),
        ("NIFTY", "2024-01-03", "monthly", "2024-01-25"),
        ("NIFTY", "2024-01-25", "monthly", "2024-01-25"),
        ("NIFTY", "2024-01-26", "monthly", "2024-02-29"),
        ("NIFTY", "2024-01-22", "0", "2024-01-25"),  # in its week the monthly contract is the weekly one
        ("NIFTY", "2019-02-01", "0", "2019-02-14"),  # before the first weekly contract
        ("BANKNIFTY", "2023-09-01", "0", "2023-09-06"),
        ("BANKNIFTY", "2023-09-21", "0", "2023-09-28"),
        ("BANKNIFTY", "2024-11-13", "0", "2024-11-13"),  # the last weekly
        ("BANKNIFTY", "2024-11-14", "0", "2024-11-27"),
        ("BANKNIFTY", "2024-11-14", "1", "2024-12-24"),  # the 25th, the last Wednesday, is Christmas
    ],
)
def test_an_expiry_is_counted_from_the_day_on(symbol: str, date: str, which: str, expiry: str) -> None:
    assert MARKET.expiry(symbol, day(date), which) == day(expiry)


@pytest.mark.parametrize(
    ("symbol", "kind", "start", "end", "weekday"),
    [
        ("NIFTY", "weekly", "2019-02-14", "2025-08-28", THU),
        ("NIFTY", "monthly", "2019-01-31", "2025-08-28", THU),
        ("NIFTY", "weekly", "2025-09-02", "2026-12-31", TUE),
        ("NIFTY", "monthly", "2025-09-01", "2026-12-31", TUE),
        ("BANKNIFTY", "weekly", "2019-01-01", "2023-09-01", THU),
        ("BANKNIFTY", "weekly", "2023-09-06", "2024-11-13", WED),
        ("BANKNIFTY", "monthly", "2019-01-01", "2024-02-29", THU),
        ("BANKNIFTY", "monthly", "2024-03-27", "2024-12-31", WED),
        ("BANKNIFTY", "monthly", "2025-01-30", "2025-08-28", THU),
        ("BANKNIFTY", "monthly", "2025-09-30", "2026-12-31", TUE),
        ("FINNIFTY", "weekly", "2021-01-14", "2021-10-14", THU),
        ("FINNIFTY", "weekly", "2021-10-19", "2024-11-19", TUE),
        ("FINNIFTY", "monthly", "2025-01-30", "2025-08-28", THU),
        ("MIDCPNIFTY", "weekly", "2022-01-25", "2023-04-25", TUE),
        ("MIDCPNIFTY", "weekly", "2023-05-03", "2023-08-16", WED),
        ("MIDCPNIFTY", "weekly", "2023-08-21", "2024-11-18", MON),
        ("SENSEX", "weekly", "2023-05-19", "2025-01-03", FRI),
        ("SENSEX", "weekly", "2025-01-07", "2025-08-31", TUE),
        ("SENSEX", "weekly", "2025-09-04", "2026-12-31", THU),
        ("BANKEX", "weekly", "2023-05-19", "2023-10-13", FRI),
        ("BANKEX", "weekly", "2023-10-16", "2024-11-18", MON),
        ("BANKEX", "monthly", "2025-02-25", "2025-08-26", TUE),
    ],
)
def test_contracts_expire_on_their_weekday_or_the_trading_day_before_a_holiday(
    symbol: str, kind: str, start: str, end: str, weekday: int
) -> None:
    seen = [e for e in MARKET.expiries(symbol, day(start)) if e <= day(end) and MARKET.expiry_kind(symbol, e) == kind]
    assert len(seen) > 2
    for expiry in seen:
        late = (weekday - expiry.weekday()) % 7  # days by which the rule's weekday comes later
        # Only a holiday moves an expiry; the hour of Muhurat is no trading day for this, nor are unforeseen Saturdays.
        moved = [expiry + dt.timedelta(days=ahead) for ahead in range(1, late + 1)]
        assert all(date in MARKET.holidays or date.weekday() > FRI for date in moved), expiry
    on_time = [e for e in seen if e.weekday() == weekday]
    assert len(on_time) > 0.8 * len(seen)


@pytest.mark.parametrize(
    ("symbol", "last", "first"),
    [
        ("NIFTY", "2025-08-28", "2025-09-02"),
        ("BANKNIFTY", "2023-08-31", "2023-09-06"),
        ("FINNIFTY", "2021-10-14", "2021-10-19"),
        ("MIDCPNIFTY", "2023-04-25", "2023-05-03"),
        ("MIDCPNIFTY", "2023-08-16", "2023-08-21"),
        ("SENSEX", "2025-01-03", "2025-01-07"),
        ("SENSEX", "2025-08-26", "2025-09-04"),
        ("BANKEX", "2023-10-13", "2023-10-16"),
    ],
)
def test_the_weekday_changes_from_one_contract_to_the_next(symbol: str, last: str, first: str) -> None:
    assert MARKET.expiries(symbol, day(last), 2) == (day(last), day(first))


@pytest.mark.parametrize(
    ("symbol", "scheduled", "expiry"),
    [
        ("NIFTY", "2021-11-04", "2021-11-03"),  # the evening hour of Muhurat makes no trading day of it
        ("SENSEX", "2024-11-01", "2024-10-31"),
        ("NIFTY", "2025-10-21", "2025-10-20"),
        ("MIDCPNIFTY", "2024-01-22", "2024-01-20"),  # back to the Saturday that was traded instead
        ("BANKEX", "2024-01-22", "2024-01-20"),
        ("MIDCPNIFTY", "2024-05-20", "2024-05-17"),  # but not to the Saturday of the drill
        ("NIFTY", "2023-06-29", "2023-06-28"),
        ("NIFTY", "2026-03-03", "2026-03-02"),
        ("NIFTY", "2026-03-31", "2026-03-30"),
        ("NIFTY", "2026-11-24", "2026-11-23"),
        ("SENSEX", "2026-01-15", "2026-01-14"),
        ("SENSEX", "2026-03-26", "2026-03-25"),
    ],
)
def test_a_holiday_moves_an_expiry_to_the_trading_day_before(symbol: str, scheduled: str, expiry: str) -> None:
    listed = MARKET.expiries(symbol, day(expiry) - dt.timedelta(days=3), 3)
    assert day(expiry) in listed
    assert day(scheduled) not in listed


def test_every_month_has_one_monthly_contract() -> None:
    for symbol, first in (("NIFTY", 2019), ("BANKNIFTY", 2019), ("FINNIFTY", 2021), ("MIDCPNIFTY", 2022)):
        for year in range(first, 2027):
            for month in range(1, 13):
                expiry = MARKET.month_expiry(symbol, year, month)
                assert (expiry.year, expiry.month, MARKET.expiry_kind(symbol, expiry)) == (year, month, "monthly")


@pytest.mark.parametrize(
    ("name", "expiry"),
    [
        # One for each line of contract_redates.csv: the name from before the change, by the old weekday.
        ("finnifty21o2118000ce", "2021-10-19"),
        ("midcpnifty235028000pe", "2023-05-03"),
        ("midcpnifty238238000ce", "2023-08-21"),
        ("banknifty2390744000ce", "2023-09-06"),  # 110 such files ended on 2023-09-01 and went on as 23906
        ("bankex23o2050000ce", "2023-10-16"),
        ("banknifty2432847000ce", "2024-03-27"),
        ("banknifty2512950000ce", "2025-01-30"),
        ("finnifty2512823000ce", "2025-01-30"),
        ("midcpnifty2512712000ce", "2025-01-30"),
        ("sensex2511080000ce", "2025-01-07"),
        ("bankex2512760000ce", "2025-01-28"),
        ("nifty2590424500ce", "2025-09-02"),
        ("sensex2590280000ce", "2025-09-04"),
        # Holidays declared or moved after the name was made.
        ("banknifty21n0440000ce", "2021-11-03"),
        ("nifty2362918000ce", "2023-06-28"),
        # A monthly contract in the numeric form, and the same in words.
        ("banknifty2312542000ce", "2023-01-25"),
        ("banknifty23jan42000ce", "2023-01-25"),
        ("nifty25sepfut", "2025-09-30"),
    ],
)
def test_a_contract_that_was_moved_is_found_by_its_old_name(name: str, expiry: str) -> None:
    assert MARKET.contract_expiry(parse(name)) == day(expiry)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nifty1810410000ce", "no expiry of NIFTY in the week of 2018-01-04"),
        ("banknifty24d0450000ce", "no expiry of BANKNIFTY in the week of 2024-12-04"),
        ("nifty18jan10000ce", "the calendar of NIFTY has no monthly expiry in 2018-01"),
    ],
)
def test_a_name_of_no_expiry_is_refused(name: str, why: str) -> None:
    with pytest.raises(DataError, match=why) as told:
        MARKET.contract_expiry(parse(name))
    assert told.value.reason == "unknown_expiry"


def test_questions_beyond_the_calendar_are_told() -> None:
    with pytest.raises(MetaError, match="the calendar of NIFTY has no expiry '1' on or after 2026-12-28"):
        MARKET.expiry("NIFTY", day("2026-12-28"), "1")
    with pytest.raises(MetaError, match="the calendar of NIFTY has no expiry 'monthly' on or after 2026-12-30"):
        MARKET.expiry("NIFTY", day("2026-12-30"), "monthly")
    with pytest.raises(MetaError, match="2024-01-05 is no expiry of NIFTY"):
        MARKET.expiry_kind("NIFTY", day("2024-01-05"))
    with pytest.raises(MetaError, match="NIFTI is not a known index; known: NIFTY, BANKNIFTY, FINNIFTY"):
        MARKET.expiries("NIFTI", day("2024-01-05"))
