"""Charges against published contract notes and calculators, and against an independent computation of real fills."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nfops.costs import ITEMS, Tariff, contract_note, exercise_parts, order_parts, round_parts
from nfops.costs.charges import FLAT, ZERO
from nfops.errors import MetaError
from nfops.market import Market
from tests.shared import shared

MARKET = Market.load(Path(__file__).parents[3] / "meta")


def tariff(product: str, date: str, **own: int) -> Tariff:
    return Tariff(MARKET.rates("NIFTY", product, dt.date.fromisoformat(date)), **own)


# id, date, product, orders as (paise, units, side), items in rupees in the order of ITEMS, total in rupees.
# Z1, Z2: totals published by a broker's calculator. K1: a broker's sample contract note, printed line by line; its GST
# leaves IPFT out, and its stamp duty of 0.0045 rupees is printed as 0. D1-D3: by hand from the rates of 2026.
NOTES = [
    ("Z1", "2025-06-02", "OPTIDX", [(100_000, 500, 1), (100_000, 500, -1)], "40 500 350.3 1 5 15 71.334", "982.634"),
    ("Z2", "2025-06-02", "FUTIDX", [(100_000, 500, 1), (100_000, 500, -1)], "40 100 17.3 1 1 10 10.674", "179.974"),
    ("K1", "2023-07-10", "OPTIDX", [(150, 100, 1)], "20 0 0.075 0.00015 0.00075 0.0045 3.613527", "23.693927"),
    ("D1", "2026-05-05", "OPTIDX", [(100_000, 500, 1), (100_000, 500, -1)], "40 750 355.2 1 0.1 15 71.334", "1232.634"),
    (
        "D2",
        "2026-05-05",
        "FUTIDX",
        [(100_000, 500, 1), (100_000, 500, -1)],
        "40 250 18.299 1 0.001 10 10.674",
        "329.974",
    ),
    (
        "D3",
        "2026-05-05",
        "OPTIDX",
        [(12_050, 65, -1), (8_025, 65, 1)],
        "40 11.74875 4.6349157 0.01304875 0.001304875 0.1564875 8.036868",
        "64.591376",
    ),
]


@pytest.mark.parametrize(("name", "date", "product", "orders", "items", "total"), NOTES, ids=[n[0] for n in NOTES])
def test_a_contract_note_comes_out_exactly(
    name: str, date: str, product: str, orders: list[tuple[int, int, int]], items: str, total: str
) -> None:
    note = contract_note(orders, tariff(product, date, ipft_in_gst=name != "K1"))

    for item, rupees in zip(ITEMS, items.split(), strict=True):
        assert abs(note[item] - Fraction(rupees) * 100) <= Fraction(1, 10_000), item
    assert abs(sum(note.values()) - Fraction(total) * 100) <= Fraction(1, 1000)
    assert sum(floor(paise + Fraction(1, 2)) for paise in note.values()) == round(Fraction(total) * 100)


@pytest.mark.parametrize(
    ("date", "long", "stt_paise"),
    [
        ("2019-09-05", 1, 938),  # 0.125 % of intrinsic 100.00 x 75 = 9.375, half-up
        ("2019-08-29", 1, 102_188),  # the old rule: 0.125 % of 10,900.00 x 75 = 1,021.875
        ("2019-09-05", 0, 0),  # the writer pays nothing
    ],
)
def test_exercise_at_expiry_is_taxed_by_the_rule_of_its_date(date: str, long: int, stt_paise: int) -> None:
    parts, paise = np.zeros(7, np.int64), np.zeros(7, np.int64)
    exercise_parts(10_000, 1_090_000, 75, long, tariff("OPTIDX", date).vector, parts)
    round_parts(parts, paise)
    assert paise.tolist() == [0, stt_paise, 0, 0, 0, 0, 0]


def test_the_other_models_charge_nothing_or_a_flat_sum() -> None:
    for model, expected in ((ZERO, 0), (FLAT, 1550)):
        parts, paise = np.zeros(7, np.int64), np.zeros(7, np.int64)
        order_parts(10_000, 75, -1, tariff("OPTIDX", "2024-01-02", model=model, flat_paise=1550).vector, parts)
        round_parts(parts, paise)
        assert paise.tolist() == [expected, 0, 0, 0, 0, 0, 0]


def test_an_unknown_rate_is_an_error_and_never_free() -> None:
    with pytest.raises(MetaError, match=r"BSE_OPTIDX exchange_txn: 0 rates on 2023-06-01"):
        MARKET.rates("SENSEX", "OPTIDX", dt.date(2023, 6, 1))


@pytest.mark.slow
def test_the_charges_of_every_independently_computed_fill_agree() -> None:
    fills = pl.read_parquet(shared("expected", "fills.parquet")).filter(pl.col("reason") != "settlement")
    assert fills.height > 3000
    vectors: dict[tuple[object, bool], np.ndarray] = {}
    parts, paise = np.zeros(7, np.int64), np.zeros(7, np.int64)
    for fill in fills.to_dicts():
        future = fill["right"] in {"FUT", "SPOT"}
        key = (fill["date"], future)
        if key not in vectors:
            vectors[key] = tariff("FUTIDX" if future else "OPTIDX", str(fill["date"])).vector
        order_parts(fill["price_paise"], fill["lots"] * fill["lot_size"], fill["side"], vectors[key], parts)
        round_parts(parts, paise)
        assert paise.tolist() == [fill[f"{item}_paise"] for item in ITEMS], fill
