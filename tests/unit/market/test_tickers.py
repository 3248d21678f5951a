"""Names of contracts: every form, the longest underlying first, and names that are none."""

from __future__ import annotations

import datetime as dt

import pytest

from nfops.errors import DataError
from nfops.market import Ticker
from nfops.market.tickers import option_name, parse


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        # The examples of the vendors' documents and of the exchange.
        ("NIFTY2371317900PE", Ticker("NIFTY", 2023, 7, 13, 17_900, "PE")),
        ("NSE:NIFTY25N1125700CE", Ticker("NIFTY", 2025, 11, 11, 25_700, "CE")),
        ("SENSEX24O3181400CE", Ticker("SENSEX", 2024, 10, 31, 81_400, "CE")),
        ("BANKNIFTY24JAN48000CE", Ticker("BANKNIFTY", 2024, 1, None, 48_000, "CE")),
        ("NIFTY26AUGFUT", Ticker("NIFTY", 2026, 8, None, None, "FUT")),
        ("NIFTY25D0926000PE", Ticker("NIFTY", 2025, 12, 9, 26_000, "PE")),
        ("banknifty2312542000ce", Ticker("BANKNIFTY", 2023, 1, 25, 42_000, "CE")),
        ("  nifty24may22500pe ", Ticker("NIFTY", 2024, 5, None, 22_500, "PE")),
        ("MIDCPNIFTY238218000CE", Ticker("MIDCPNIFTY", 2023, 8, 21, 8_000, "CE")),
        ("FINNIFTY21O1918000PE", Ticker("FINNIFTY", 2021, 10, 19, 18_000, "PE")),
        ("BANKEX23O1650000CE", Ticker("BANKEX", 2023, 10, 16, 50_000, "CE")),
        ("SENSEX25904100000CE", Ticker("SENSEX", 2025, 9, 4, 100_000, "CE")),
        ("NIFTY20227FUT", Ticker("NIFTY", 2020, 2, 27, None, "FUT")),
    ],
)
def test_a_name_says_what_the_contract_is(name: str, ticker: Ticker) -> None:
    assert parse(name) == ticker


@pytest.mark.parametrize(("code", "month"), list(zip("123456789OND", range(1, 13), strict=True)))
def test_every_month_has_its_code(code: str, month: int) -> None:
    assert parse(f"NIFTY24{code}1522000CE").date == dt.date(2024, month, 15)


def test_a_month_name_says_no_day() -> None:
    assert parse("NIFTY24JAN22000CE").date is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is no contract name"),
        ("NIFTY", "is no contract name"),
        ("nifty_unknown_202401", "is no contract name"),
        ("NIFTYNXT5024JAN68000CE", "is no contract name"),  # another index, which starts with NIFTY
        ("RELIANCE24JAN2500CE", "is no contract name"),
        ("NIFTY24JAN22000", "is no contract name"),  # no right
        ("NIFTY24JANCE", "is no contract name"),  # no strike
        ("NIFTY24JAN22000FUT", "is no contract name"),  # a future has no strike
        ("NIFTY24X1522000CE", "is no contract name"),  # no such month
        ("NIFTY2401522000CE", "is no contract name"),  # months have no leading zero
        ("NIFTY24JAN22000.5CE", "is no contract name"),
        ("NIFTY24JAN22000CE.NFO", "is no contract name"),
        ("BANKNIFTY20030512500CE", "is no contract name"),  # YYMMDD of another vendor
        ("NIFTY2423022000CE", "names no day of the calendar"),  # 30 February
        ("NIFTY2313222000CE", "names no day of the calendar"),
        ("NIFTY2310022000CE", "names no day of the calendar"),
    ],
)
def test_what_is_no_contract_name_is_refused(name: str, why: str) -> None:
    with pytest.raises(DataError, match=f"^'{name}' {why}") as told:
        parse(name)
    assert told.value.reason == "bad_ticker"


@pytest.mark.parametrize(
    ("expiry", "kind", "name"),
    [
        ("2023-07-13", "weekly", "NIFTY2371317900PE"),
        ("2024-10-03", "weekly", "NIFTY24O0317900PE"),
        ("2024-11-07", "weekly", "NIFTY24N0717900PE"),
        ("2024-12-05", "weekly", "NIFTY24D0517900PE"),
        ("2024-01-25", "monthly", "NIFTY24JAN17900PE"),
    ],
)
def test_a_name_is_written_as_the_exchange_writes_it(expiry: str, kind: str, name: str) -> None:
    assert option_name("NIFTY", dt.date.fromisoformat(expiry), kind, 17_900, "PE") == name
