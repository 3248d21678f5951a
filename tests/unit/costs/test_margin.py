"""What positions block, worked out by hand from the fractions of docs/margin.md.

Index 20,000.00, 50 units, so a notional of 10,00,000 rupees. From 2020-06-01 the index is moved by 9.3 %, to 18,140
and 21,860; 2 % of the notional for each sold option; 1.75 % for what is held in one expiry against another.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nfops.costs.margin import capital_of, margin_vector
from nfops.engine import run_day
from nfops.errors import MetaError
from nfops.market import Market
from nfops.market.margins import margins
from nfops.strategies import REGISTRY
from nfops.types import CALL, MISSING, PUT
from tests.days import day, facts

MARKET = Market.load(Path(__file__).parents[3] / "meta")
FRONT, NEXT = 0, 1
ORDINARY = "2024-01-03"

Leg = tuple[int, str, int, float]
"""Side, right, strike and price in rupees, 50 units."""

STRADDLE = [(-1, "CE", 20_000, 150.0), (-1, "PE", 20_000, 140.0)]
BACK = [(1, "CE", 20_000, 230.0), (1, "PE", 20_000, 220.0)]


def capital(
    front: list[Leg],
    back: list[Leg] | None = None,
    *,
    date: str = ORDINARY,
    today: bool = False,
    index: float = 20_000,
    units: int = 50,
) -> float:
    """Rupees that legs of the nearest and the next expiry block; ``today``: the nearest expires on the date."""
    rows = [
        (0, expiry, int(today and expiry == FRONT), CALL if right == "CE" else PUT, strike * 100, side * units,
         round(price * 100))
        for expiry, legs in ((FRONT, front), (NEXT, back or []))
        for side, right, strike, price in legs
    ]  # fmt: skip
    fractions = margin_vector(margins(MARKET.margin_rows, dt.date.fromisoformat(date)))
    return capital_of(np.array(rows, np.int64), np.array([round(index * 100)], np.int64), fractions) / 100


def test_a_short_straddle_blocks_the_move_and_the_exposure_of_both_legs() -> None:
    # Index at 21,860: the call loses 1,860 x 50 = 93,000. 2 x 2 % x 10,00,000 = 40,000. The premium stays out of it.
    assert capital(STRADDLE) == 93_000 + 40_000


def test_of_a_strangle_only_the_larger_side_is_moved() -> None:
    # Up: (21,860 - 20,400) x 50 = 73,000. Down: (19,700 - 18,140) x 50 = 78,000.
    assert capital([(-1, "CE", 20_400, 60.0), (-1, "PE", 19_700, 50.0)]) == 78_000 + 40_000


def test_wings_limit_the_loss_of_a_condor_to_the_wider_side() -> None:
    # Up at most 20,300 - 20,100 = 200, down 19,900 - 19,600 = 300: 300 x 50 = 15,000; the credit stays out.
    legs = [
        (-1, "CE", 20_100, 80.0), (-1, "PE", 19_900, 75.0), (1, "CE", 20_300, 40.0), (1, "PE", 19_600, 20.0)
    ]  # fmt: skip
    assert capital(legs) == 15_000 + 40_000


def test_a_wing_beyond_the_move_limits_nothing() -> None:
    naked, winged = [(-1, "CE", 20_000, 150.0)], [(-1, "CE", 20_000, 150.0), (1, "CE", 22_000, 1.0)]
    assert capital(naked) == capital(winged) == 93_000 + 20_000


def test_a_debit_spread_blocks_what_it_cost_and_the_exposure_of_its_sold_leg() -> None:
    # (150 - 90) x 50 = 3,000 paid; no index can take more than that.
    assert capital([(1, "CE", 20_000, 150.0), (-1, "CE", 20_100, 90.0)]) == 3_000 + 20_000


def test_a_long_straddle_blocks_its_premium() -> None:
    assert capital([(1, "CE", 20_000, 150.0), (1, "PE", 20_000, 140.0)]) == 290 * 50


def test_a_calendar_is_charged_for_what_one_expiry_holds_against_the_other() -> None:
    # At any index both expiries cancel: 50 units x 20,000 x 1.75 % = 17,500; exposure of the sold legs 40,000; paid
    # (230 + 220 - 150 - 140) x 50 = 8,000.
    assert capital(STRADDLE, BACK) == 17_500 + 40_000 + 8_000


@pytest.mark.parametrize(
    ("date", "rupees"),
    [
        ("2024-11-19", 133_000),  # the last day before the rule
        ("2024-11-20", 133_000 + 40_000),  # 2 x 2 % x 10,00,000 more
    ],
)
def test_on_the_expiry_day_sold_options_block_more_from_november_2024(date: str, rupees: int) -> None:
    assert capital(STRADDLE, date=date, today=True) == rupees
    assert capital(STRADDLE, date=date) == 133_000
    assert capital([(1, "CE", 20_000, 150.0)], date=date, today=True) == 7_500


@pytest.mark.parametrize(
    ("date", "rupees"),
    [
        ("2024-11-19", 65_500),
        ("2025-02-09", 65_500 + 40_000),  # the near legs are sold and expire
        ("2025-02-10", 93_000 + 40_000 + 40_000 + 8_000),  # no benefit: the near straddle stands alone
    ],
)
def test_a_calendar_loses_its_benefit_on_the_expiry_day_from_february_2025(date: str, rupees: int) -> None:
    assert capital(STRADDLE, BACK, date=date, today=True) == rupees


def test_a_pair_of_expiries_is_never_dearer_than_its_parts() -> None:
    # Far out of the money the sold calls lose nothing within the move, so nothing is there to be offset.
    assert capital([(-1, "CE", 22_000, 1.0)], [(1, "CE", 22_000, 2.0)]) == 20_000 + 50


def test_before_june_2020_the_move_was_smaller_and_the_exposure_larger() -> None:
    # 7 % of 20,000 = 1,400 x 50 = 70,000; 2 x 3 % x 10,00,000 = 60,000.
    assert capital(STRADDLE, date="2020-05-29") == 130_000
    assert capital(STRADDLE, date="2020-06-01") == 133_000


def test_half_a_paisa_is_rounded_up_once() -> None:
    # One unit at an index of 0.25: 2 % of 25 paise is half a paisa; the strike is out of reach.
    assert capital([(-1, "CE", 1, 0.05)], index=0.25, units=1) == 0.01


def test_a_broker_asked_about_as_much_for_a_long_condor_on_its_expiry_day() -> None:
    # tradingqna.com 172759: 31,522 rupees for one lot of 15 BANKNIFTY at 51,365.70. Here: 2 x 2 % x 51,365.70 x 15 =
    # 30,819.42, and (32 - 14.30 + 15.05 - 7.35) x 15 = 381 paid.
    legs = [(1, "CE", 51_500, 32.0), (-1, "CE", 51_700, 14.3), (1, "PE", 51_100, 15.05), (-1, "PE", 50_900, 7.35)]
    asked = capital(legs, date="2024-09-11", today=True, index=51_365.7, units=15)
    assert asked == 30_819.42 + 381.00
    assert abs(asked / 31_522 - 1) < 0.011


def test_a_day_blocks_what_its_position_did_or_the_fixed_sum() -> None:
    prices = {6290: (100.0, 90.0), 6301: (101.0, 90.0), 22_400: (100.0, 90.0)}
    rows = [(s, 21_500, right, pair[at]) for s, pair in prices.items() for at, right in enumerate(("CE", "PE"))]
    today = day(rows, [(0, 21_510.0), (6299, 21_510.0), (6301, 21_900.0), (22_499, 21_510.0)])
    strategy = REGISTRY["short_straddle"]
    grid = strategy.schema.grid(
        {"margin": ["estimate", "fixed"], "margin.span_pct": [None, 5], "strategy.lots": [1, 3]},
        {"margin.fixed_rupees": 250_000},
    )
    found = run_day(today, strategy, grid.block(0, 8), facts())
    assert found.n_positions.tolist() == [1] * 8
    # The index when the entry is decided, 21,510: moved up by 9.3 % it stands 2,010.43 above the strike, by 5 %
    # 1,085.50; x 50. Exposure 2 x 2 % x 21,510 x 50 = 43,020.
    by_date, by_hand = 100_521.50 + 43_020, 54_275 + 43_020
    assert (found.capital_paise / 100).tolist() == [by_date, 3 * by_date, by_hand, 3 * by_hand, *[250_000] * 4]


def test_a_day_without_a_position_blocks_nothing_but_a_fixed_sum() -> None:
    strategy = REGISTRY["short_straddle"]
    grid = strategy.schema.grid({"margin": ["estimate", "fixed"]}, {"strategy.entry.at": "08:00"})
    found = run_day(day([(0, 21_500, "CE", 1.0)], [(0, 21_500.0)]), strategy, grid.block(0, 2), facts())
    assert found.capital_paise.tolist() == [0, 50_000_000]


def test_a_date_without_a_fraction_is_an_error() -> None:
    with pytest.raises(MetaError, match="span: 0 rates on 2018-12-31"):
        margins(MARKET.margin_rows, dt.date(2018, 12, 31))
    for date in ("2019-01-01", "2026-12-31"):
        assert margins(MARKET.margin_rows, dt.date.fromisoformat(date)).span > 0


def test_without_fractions_the_capital_is_unknown_but_for_a_fixed_sum() -> None:
    rows = [(0, 21_500, "CE", 100.0), (0, 21_500, "PE", 90.0)]
    strategy = REGISTRY["short_straddle"]
    block = strategy.schema.grid({"margin": ["estimate", "fixed"]}, {"fills.max_age_s": 86_400}).block(0, 2)
    found = run_day(day(rows, [(0, 21_500.0)]), strategy, block, replace(facts(), margins=None))
    assert found.n_positions.tolist() == [1, 1]
    assert found.capital_paise.tolist() == [MISSING, 50_000_000]
