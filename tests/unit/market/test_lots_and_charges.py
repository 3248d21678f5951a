"""Lot sizes by expiry and charge rates by trade date, as the circulars say."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from nfops.errors import MetaError
from nfops.market import Market, Rates

MARKET = Market.load(Path(__file__).parents[3] / "meta")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# Symbol, then expiries with their lots, before and after each change.
LOTS = """
NIFTY 2021-07-22 75 2021-07-29 50 2024-04-25 50 2024-05-02 25 2024-05-30 25 2024-12-26 25 2025-01-02 75 2025-01-30 25
NIFTY 2025-02-06 75 2025-02-27 75 2025-12-23 75 2025-12-30 75 2026-01-06 65 2026-01-27 65
BANKNIFTY 2020-07-23 20 2020-07-30 25 2023-07-20 25 2023-07-27 15 2023-08-03 15 2024-11-13 15 2025-01-30 15
BANKNIFTY 2025-02-27 30 2025-06-26 30 2025-07-31 35 2025-12-30 35 2026-01-27 30
FINNIFTY 2024-07-23 40 2024-07-30 25 2024-08-06 25 2025-01-30 25 2025-02-27 65 2026-01-27 60
MIDCPNIFTY 2024-07-22 75 2024-07-29 50 2024-08-05 50 2025-02-27 120 2025-07-31 140 2025-12-30 140 2026-01-27 120
SENSEX 2025-01-03 10 2025-01-07 20 2025-01-28 10 2025-02-25 20
BANKEX 2024-11-18 15 2025-01-28 15 2025-02-25 30
"""


@pytest.mark.parametrize("line", LOTS.split("\n")[1:-1])
def test_a_lot_belongs_to_its_expiry_and_not_to_the_day_of_trading(line: str) -> None:
    symbol, *pairs = line.split()
    told = dict(zip(pairs[::2], map(int, pairs[1::2]), strict=True))
    assert {expiry: MARKET.lot_size(symbol, day(expiry)) for expiry in told} == told


def test_in_january_2025_lots_of_one_index_differ_on_one_day() -> None:
    facts = MARKET.facts("NIFTY", day("2025-01-20"))
    assert facts.expiries[:3] == (day("2025-01-23"), day("2025-01-30"), day("2025-02-06"))
    assert [facts.lot_sizes[expiry] for expiry in facts.expiries[:3]] == [75, 25, 75]
    assert facts.monthly == day("2025-01-30")


def test_no_lot_is_made_up_for_a_day_that_is_no_expiry() -> None:
    with pytest.raises(MetaError, match="no lot size: 2024-01-05 is no expiry of NIFTY"):
        MARKET.lot_size("NIFTY", day("2024-01-05"))


# Options on NSE, parts of 1,000,000,000 of premium: STT, exercise, exchange, SEBI, IPFT, stamp of purchase and sale.
OPTIONS = {
    "2019-03-29": (500_000, 1_250_000, 500_000, 1_500, 1, 20_000, 20_000),
    "2019-04-01": (500_000, 1_250_000, 500_000, 1_000, 1, 20_000, 20_000),
    "2020-06-01": (500_000, 1_250_000, 500_000, 500, 1, 20_000, 20_000),
    "2020-07-01": (500_000, 1_250_000, 500_000, 500, 1, 30_000, 0),
    "2020-12-31": (500_000, 1_250_000, 500_000, 500, 1, 30_000, 0),
    "2021-01-01": (500_000, 1_250_000, 530_000, 500, 1, 30_000, 0),
    "2021-04-01": (500_000, 1_250_000, 530_000, 1_000, 1, 30_000, 0),
    "2023-03-31": (500_000, 1_250_000, 530_000, 1_000, 1, 30_000, 0),
    "2023-04-03": (625_000, 1_250_000, 500_000, 1_000, 5_000, 30_000, 0),
    "2024-04-01": (625_000, 1_250_000, 495_000, 1_000, 5_000, 30_000, 0),
    "2024-09-30": (625_000, 1_250_000, 495_000, 1_000, 5_000, 30_000, 0),
    "2024-10-01": (1_000_000, 1_250_000, 350_300, 1_000, 5_000, 30_000, 0),
    "2026-03-02": (1_000_000, 1_250_000, 355_200, 1_000, 100, 30_000, 0),
    "2026-04-01": (1_500_000, 1_500_000, 355_200, 1_000, 100, 30_000, 0),
}

# Futures on NSE; the same of turnover, without exercise.
FUTURES = {
    "2019-03-29": (100_000, 19_000, 1_500, 1, 20_000, 20_000),
    "2020-07-01": (100_000, 19_000, 500, 1, 20_000, 0),
    "2021-01-01": (100_000, 20_000, 500, 1, 20_000, 0),
    "2023-04-03": (125_000, 19_000, 1_000, 1_000, 20_000, 0),
    "2024-04-01": (125_000, 18_800, 1_000, 1_000, 20_000, 0),
    "2024-10-01": (200_000, 17_300, 1_000, 1_000, 20_000, 0),
    "2026-03-02": (200_000, 18_299, 1_000, 1, 20_000, 0),
    "2026-04-01": (500_000, 18_299, 1_000, 1, 20_000, 0),
}


@pytest.mark.parametrize("date", OPTIONS)
def test_options_are_charged_by_the_rates_of_their_date(date: str) -> None:
    stt, exercise, exchange, sebi, ipft, stamp, stamp_sell = OPTIONS[date]
    assert MARKET.rates("NIFTY", "OPTIDX", day(date)) == Rates(
        stt_sell=stt,
        stt_exercise=exercise,
        exercise_on_settlement=date < "2019-09-01",
        exchange_txn=exchange,
        sebi_fee=sebi,
        ipft=ipft,
        stamp_buy=stamp,
        stamp_sell=stamp_sell,
        gst=180_000_000,
        brokerage_paise=2_000,
        brokerage_cap=0,
    )


@pytest.mark.parametrize("date", FUTURES)
def test_futures_are_charged_by_the_rates_of_their_date(date: str) -> None:
    stt, exchange, sebi, ipft, stamp, stamp_sell = FUTURES[date]
    assert MARKET.rates("BANKNIFTY", "FUTIDX", day(date)) == Rates(
        stt_sell=stt,
        stt_exercise=0,
        exercise_on_settlement=False,
        exchange_txn=exchange,
        sebi_fee=sebi,
        ipft=ipft,
        stamp_buy=stamp,
        stamp_sell=stamp_sell,
        gst=180_000_000,
        brokerage_paise=2_000,
        brokerage_cap=300_000,  # 0.03 %
    )


@pytest.mark.parametrize(("date", "on_settlement"), [("2019-08-30", True), ("2019-09-03", False)])
def test_the_tax_on_exercise_moved_from_settlement_to_intrinsic_value(date: str, on_settlement: bool) -> None:
    assert MARKET.rates("NIFTY", "OPTIDX", day(date)).exercise_on_settlement is on_settlement


def test_every_item_without_a_rate_is_named() -> None:
    with pytest.raises(MetaError) as told:
        MARKET.rates("NIFTY", "OPTIDX", day("2018-12-31"))
    lines = str(told.value).splitlines()[1:]
    assert lines == [
        f"  - NSE_OPTIDX {item}: 0 rates on 2018-12-31" for item in ("exchange_txn", "ipft", "stamp", "brokerage")
    ]


def test_two_rates_of_one_date_are_an_error() -> None:
    doubled = dataclasses.replace(MARKET, charge_rows=(*MARKET.charge_rows, MARKET.charge_rows[0]))
    with pytest.raises(MetaError, match="NSE_OPTIDX stt_sell: 2 rates on 2020-01-01"):
        doubled.rates("NIFTY", "OPTIDX", day("2020-01-01"))


@pytest.mark.parametrize(
    ("symbol", "step"),
    [
        ("NIFTY", 5_000),
        ("BANKNIFTY", 10_000),
        ("FINNIFTY", 5_000),
        ("MIDCPNIFTY", 2_500),
        ("SENSEX", 10_000),
        ("BANKEX", 10_000),
    ],
)
def test_strikes_are_a_step_apart(symbol: str, step: int) -> None:
    assert MARKET.strike_step(symbol) == step


def test_a_day_carries_what_a_run_asks_of_it() -> None:
    facts = MARKET.facts("BANKNIFTY", day("2024-11-13"))
    assert facts.expiry("0") == day("2024-11-13")
    assert facts.expiry("1") == facts.expiry("monthly") == day("2024-11-27")
    assert len(facts.expiries) == 12
    # The last day of a contract: from 09:15 to 15:30; the next one fourteen days more.
    assert facts.seconds_to_expiry(day("2024-11-13")) == 22_500
    assert facts.seconds_to_expiry(day("2024-11-27")) == 22_500 + 14 * 86_400
    assert (facts.options.stt_sell, facts.futures.stt_sell) == (1_000_000, 200_000)


def test_a_contract_lives_to_the_close_of_its_own_last_day() -> None:
    facts = MARKET.facts("NIFTY", day("2026-07-31"))  # closes at 15:30; its nearest contract expires at 15:40
    assert facts.expiry("0") == day("2026-08-04")
    assert facts.seconds_to_expiry(day("2026-08-04")) == 4 * 86_400 + 23_100
