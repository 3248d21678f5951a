"""Cases in which a wrong sign, bound or column of the charges and of the capital would show (docs/mutation.md).

Index 20,000.00 and 50 units as in test_margin.py: a notional of 10,00,000; 9.3 % of move, 2 % for each sold option,
1.75 % for what one expiry holds against another.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from nfops.costs import PARAMS, exercise_parts, margin, round_parts, tariff
from nfops.costs.margin import capital_of, margin_vector
from nfops.costs.model import MODELS
from nfops.errors import ConfigError
from nfops.market import Market
from nfops.market.margins import margins
from nfops.types import CALL, PUT

MARKET = Market.load(Path(__file__).parents[3] / "meta")
DATE = dt.date(2024, 1, 3)
STRIKE = 2_000_000


def capital(rows: list[tuple[int, ...]], index_paise: int) -> int:
    """Paise that rows of (expiry, right, strike, units, price) of one index block."""
    legs = [(0, expiry, 0, right, strike, units, price) for expiry, right, strike, units, price in rows]
    fractions = margin_vector(margins(MARKET.margin_rows, DATE))
    return capital_of(np.array(legs, np.int64), np.array([index_paise], np.int64), fractions)


@pytest.mark.parametrize(("model", "stt_paise"), [("india", 939), ("zero", 0), ("flat", 0)])
def test_only_the_charges_by_date_tax_an_exercise(model: str, stt_paise: int) -> None:
    # 0.125 % of 100.20 in the money x 75 = 9.39375 rupees.
    rates = MARKET.rates("NIFTY", "OPTIDX", DATE)
    parts, paise = np.zeros(7, np.int64), np.zeros(7, np.int64)
    exercise_parts(10_020, 1_090_000, 75, 1, tariff(rates, MODELS.index(model), 1, 2000).vector, parts)
    round_parts(parts, paise)
    assert paise.tolist() == [0, stt_paise, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [("costs.flat_rupees", 0, 1000), ("margin.fixed_rupees", 1, 1_000_000_000), ("margin.span_pct", 0, 100)],
)
def test_a_parameter_takes_its_bounds_and_nothing_beyond(path: str, least: int, most: int) -> None:
    param = next(param for param in (*PARAMS, *margin.PARAMS) if param.path == path)
    assert [param.codes(value) for value in (least, most)] == [(least * 100,), (most * 100,)]
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigError, match=f"{path} must be"):
            param.codes(value)


def test_a_ratio_calendar_is_charged_for_the_units_that_stand_against_each_other() -> None:
    # 50 calls sold near, 100 bought far: 50 pairs, 17,500. No index takes anything: the far ones gain more. Exposure of
    # the sold call 20,000; paid 230 x 100 - 150 x 50 = 15,500.
    rows = [(0, CALL, STRIKE, -50, 15_000), (1, CALL, STRIKE, 100, 23_000)]
    assert capital(rows, 2_000_000) == (17_500 + 20_000 + 15_500) * 100


def test_an_option_out_of_the_money_takes_not_the_least_part_of_a_paisa() -> None:
    # Index 0.24, one call sold far away: 2 % of 24 paise is 0.48 paise, which rounds to nothing. 202 puts at 5 paise
    # that stay worthless at any index looked at: 202 x 5 - 5 = 1,005 paid.
    assert capital([(0, CALL, 10_000, -1, 5), (0, PUT, 10, 202, 5)], 24) == 1_005


def test_a_sold_butterfly_loses_most_at_its_middle_strike() -> None:
    # At 20,000 the sold call of 19,900 loses 100 x 50 = 5,000; far below and far above nothing is lost. Exposure of
    # two sold calls 40,000; a credit of (120 + 60 - 2 x 85) stays out.
    rows = [(0, CALL, 1_990_000, -50, 12_000), (0, CALL, STRIKE, 100, 8_500), (0, CALL, 2_010_000, -50, 6_000)]
    assert capital(rows, 2_000_000) == (5_000 + 40_000) * 100
