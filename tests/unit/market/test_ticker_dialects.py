"""Contract names of other vendors: what they say, where forms collide, and which day a moved contract expired on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from nfops.errors import DataError
from nfops.market import Market, Ticker
from nfops.market.tickers import breeze_symbol, parse, parse_gdfl, parse_truedata

MARKET = Market.load(Path(__file__).parents[3] / "meta")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        # The examples of the vendor's documents.
        ("NIFTY06JAN2217200CE.NFO", Ticker("NIFTY", 2022, 1, 6, 17_200, "CE")),
        ("OPTIDX_NIFTY_27JAN2022_CE_17200", Ticker("NIFTY", 2022, 1, 27, 17_200, "CE")),
        ("FUTIDX_NIFTY_27JAN2022_XX_0", Ticker("NIFTY", 2022, 1, 27, None, "FUT")),
        ("NIFTY27JAN22FUT", Ticker("NIFTY", 2022, 1, 27, None, "FUT")),
        ("NIFTY03JUL2523000CE.NFO", Ticker("NIFTY", 2025, 7, 3, 23_000, "CE")),
        ("BANKNIFTY25JAN1718300CE.NFO", Ticker("BANKNIFTY", 2017, 1, 25, 18_300, "CE")),
        ("banknifty05jan1718900pe", Ticker("BANKNIFTY", 2017, 1, 5, 18_900, "PE")),
        ("NIFTY-I.NFO", Ticker("NIFTY", 0, 0, None, None, "FUT", 1)),
        ("FINNIFTY-III.NFO", Ticker("FINNIFTY", 0, 0, None, None, "FUT", 3)),
    ],
)
def test_global_datafeeds_writes_the_day_first(name: str, ticker: Ticker) -> None:
    assert parse_gdfl(name) == ticker


@pytest.mark.parametrize(
    ("name", "ticker"),
    [
        ("BANKNIFTY20030512500CE", Ticker("BANKNIFTY", 2020, 3, 5, 12_500, "CE")),
        ("NIFTY2103259800PE", Ticker("NIFTY", 2021, 3, 25, 9_800, "PE")),
        ("NIFTY20MARFUT", Ticker("NIFTY", 2020, 3, None, None, "FUT")),
        ("BANKNIFTY-II", Ticker("BANKNIFTY", 0, 0, None, None, "FUT", 2)),
    ],
)
def test_truedata_writes_the_date_in_six_digits(name: str, ticker: Ticker) -> None:
    assert parse_truedata(name) == ticker


@pytest.mark.parametrize(
    ("grammar", "name"),
    [
        (parse_gdfl, "NIFTY2361317900PE"),
        (parse_gdfl, "NIFTY24JAN48000CE"),
        (parse_gdfl, "NIFTY31FEB2217200CE"),
        (parse_gdfl, "NIFTY-IIII"),
        (parse_gdfl, "NIFTYNXT5027JAN2260000CE"),
        (parse_truedata, "BANKNIFTY24JAN48000CE"),
        (parse_truedata, "BANKNIFTY20133212500CE"),
        (parse, "NIFTY-I"),
        (parse, "NIFTY06JAN2217200CE"),
    ],
)
def test_a_name_of_another_form_is_refused(grammar: Callable[[str], Ticker], name: str) -> None:
    with pytest.raises(DataError) as told:
        grammar(name)
    assert told.value.reason == "bad_ticker"


def test_a_name_can_mean_two_contracts_and_the_grammar_decides() -> None:
    kite, truedata = parse("NIFTY2012317000CE"), parse_truedata("NIFTY2012317000CE")
    assert (kite, truedata) == (Ticker("NIFTY", 2020, 1, 23, 17_000, "CE"), Ticker("NIFTY", 2020, 12, 31, 7_000, "CE"))
    assert MARKET.contract_expiry(kite) == day("2020-01-23")
    assert MARKET.contract_expiry(truedata) == day("2020-12-31")


@pytest.mark.parametrize(
    ("name", "expiry"),
    [
        # Thursday to Tuesday at the end of 2025-08-28; in the week of the old monthly a new weekly expired.
        ("NIFTY25SEP2525000CE", "2025-09-30"),
        ("NIFTY24DEC2525000CE", "2025-12-30"),  # the day before a holiday, the old last Thursday
        ("NIFTY25JUN2625000CE", "2026-06-30"),
        ("NIFTY04SEP2525000CE", "2025-09-02"),  # a weekly
        ("BANKNIFTY25SEP2555000CE", "2025-09-30"),
        ("SENSEX30SEP2580000CE", "2025-09-25"),  # Tuesday to Thursday
        ("FINNIFTY25NOV2118000CE", "2021-11-30"),
        ("FINNIFTY21OCT2118000CE", "2021-10-19"),
        ("BANKNIFTY07SEP2345000CE", "2023-09-06"),
        ("BANKNIFTY28MAR2447000CE", "2024-03-27"),
        ("NIFTY28AUG2525000CE", "2025-08-28"),  # the last of the old kind
    ],
)
def test_a_contract_that_was_moved_while_it_was_traded_keeps_one_expiry(name: str, expiry: str) -> None:
    assert MARKET.contract_expiry(parse_gdfl(name)) == day(expiry)


def test_the_near_future_is_no_one_contract() -> None:
    with pytest.raises(DataError, match="NIFTY-II is another contract each month"):
        MARKET.contract_expiry(parse_gdfl("NIFTY-II"))


def test_breeze_has_its_own_codes_for_indices() -> None:
    assert [breeze_symbol(code) for code in ("NIFTY", "CNXBAN", "RELIND")] == ["NIFTY", "BANKNIFTY", "RELIND"]
