"""Charges on both sides of every date on which a rate of NSE changed.

``boundaries.csv`` has an order bought and one sold on the last day of the old rate and the first of the new one, its
items worked out apart in exact fractions from the table of rates in the circulars, rounded half-up to the paisa each.
Options: 345.55 x 3,750 units, a turnover of 12,95,812.50 rupees; futures: 21,505.55 x 75, 16,12,916.25. Two in full:

2023-03-31, options sold: STT 0.05 % of 12,95,812.50 = 647.91 (64,790.625 paise -> 64,791); exchange 0.053 % = 686.78
(68,678.0625 -> 68,678); SEBI 10 a crore = 129.58 -> 130 paise; IPFT 0.01 a crore = 0.13 -> 0; stamp only when bought;
brokerage 2,000; GST 18 % of (2,000 + 68,678.0625 + 129.58125 + 0.12958) = 12,745.39 -> 12,745.
2023-04-01, the same: STT 0.0625 % = 80,988.28 -> 80,988; exchange 0.05 % = 64,790.625 -> 64,791; SEBI 130; IPFT 50 a
crore = 647.90625 -> 648; GST 18 % of (2,000 + 64,790.625 + 129.58125 + 647.90625) = 12,162.26 -> 12,162.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from nfops.costs import ITEMS, Tariff, exercise_parts, order_parts, round_parts
from nfops.market import Market

HERE = Path(__file__).parent
META = HERE.parents[2] / "meta"
MARKET = Market.load(META)

with (HERE / "boundaries.csv").open(encoding="utf-8", newline="") as stream:
    ORDERS = list(csv.DictReader(stream))


def charged(date: str, product: str, price: int, units: int, side: int) -> list[int]:
    parts, paise = np.zeros(7, np.int64), np.zeros(7, np.int64)
    tariff = Tariff(MARKET.rates("NIFTY", product, dt.date.fromisoformat(date)))
    order_parts(price, units, side, tariff.vector, parts)
    round_parts(parts, paise)
    return paise.tolist()


@pytest.mark.parametrize("date", dict.fromkeys(row["date"] for row in ORDERS))
def test_every_item_is_exact_on_both_sides_of_a_change(date: str) -> None:
    orders = [row for row in ORDERS if row["date"] == date]
    assert [(row["product"], row["side"]) for row in orders] == [
        (product, side) for product in ("OPTIDX", "FUTIDX") for side in ("buy", "sell")
    ]
    for row in orders:
        side = 1 if row["side"] == "buy" else -1
        found = charged(date, row["product"], int(row["price_paise"]), int(row["units"]), side)
        assert dict(zip(ITEMS, found, strict=True)) == {item: int(row[item]) for item in ITEMS}, row


def test_no_change_of_a_rate_is_left_out() -> None:
    with (META / "charges.csv").open(encoding="utf-8", newline="") as rows:
        starts = {row["effective_from"] for row in csv.DictReader(rows) if row["segment"].startswith("NSE_")}
    changes = {start for start in starts if start > "2019-01-01"} - {"2019-09-01"}  # that one is of exercises only
    dates = {row["date"] for row in ORDERS}
    before = {str(dt.date.fromisoformat(start) - dt.timedelta(days=1)) for start in changes}
    assert dates == changes | before
    assert len(changes) == 10


def test_each_change_changes_something() -> None:
    dates = list(dict.fromkeys(row["date"] for row in ORDERS))
    for last, first in zip(dates[::2], dates[1::2], strict=True):
        old, new = ([[row[item] for item in ITEMS] for row in ORDERS if row["date"] == date] for date in (last, first))
        assert old != new, first


# A call of strike 10,799.80 settled at 10,900.00: 100.20 in the money, 75 units. To 2019-08-31 0.125 % of 10,900.00 x
# 75 = 1,021.875 rupees; then 0.125 % of 100.20 x 75 = 9.39375; from 2026-04-01 0.15 % of it = 11.2725. Changes of other
# charges leave it as it is.
EXERCISES = {
    "2019-08-31": 102_188,
    "2019-09-01": 939,
    "2023-03-31": 939,
    "2023-04-01": 939,
    "2024-09-30": 939,
    "2024-10-01": 939,
    "2026-02-28": 939,
    "2026-03-01": 939,
    "2026-03-31": 939,
    "2026-04-01": 1_127,
}


@pytest.mark.parametrize(("date", "paise"), EXERCISES.items())
def test_only_the_holder_pays_for_an_exercise_by_the_rule_of_its_date(date: str, paise: int) -> None:
    vector = Tariff(MARKET.rates("NIFTY", "OPTIDX", dt.date.fromisoformat(date))).vector
    for long, intrinsic, expected in ((1, 10_020, paise), (0, 10_020, 0), (1, 0, 0)):
        parts, found = np.zeros(7, np.int64), np.zeros(7, np.int64)
        exercise_parts(intrinsic, 1_090_000, 75, long, vector, parts)
        round_parts(parts, found)
        assert found.tolist() == [0, expected, 0, 0, 0, 0, 0]


def test_on_new_years_day_of_2025_one_day_has_two_lots() -> None:
    day = dt.date(2025, 1, 1)
    nifty, bank = MARKET.facts("NIFTY", day), MARKET.facts("BANKNIFTY", day)
    lots = {(symbol, str(expiry)): facts.lot_sizes[expiry] for symbol, facts in (("NIFTY", nifty), ("BANKNIFTY", bank))
            for expiry in facts.expiries[:5]}  # fmt: skip
    assert lots["NIFTY", "2025-01-02"] == 75
    assert lots["NIFTY", "2025-01-30"] == 25
    assert lots["BANKNIFTY", "2025-01-30"] == 15
    assert lots["BANKNIFTY", "2025-02-27"] == 30
    assert (nifty.expiry("0"), nifty.monthly) == (dt.date(2025, 1, 2), dt.date(2025, 1, 30))
    assert bank.expiry("0") == bank.monthly == dt.date(2025, 1, 30)
