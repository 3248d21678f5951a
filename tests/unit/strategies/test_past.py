"""What is noted of a day for the filters of later days."""

from __future__ import annotations

import math

import pytest

from nfops.engine import days_back, noted
from nfops.params import ParamBlock, Value
from nfops.strategies import REGISTRY
from tests.days import day, facts

STRADDLE = REGISTRY["short_straddle"]
OPTIONS = [(s, 21_500, right, 60.0) for s in (10, 880) for right in ("CE", "PE")]
HALF_PAST_NINE, AGE = 34_200, 60
KEY = (HALF_PAST_NINE, 0, AGE)


def block(**axes: list[Value]) -> ParamBlock:
    grid = STRADDLE.schema.grid({f"strategy.filters.{name}": values for name, values in axes.items()})
    return grid.block(0, len(grid))


@pytest.mark.parametrize(
    ("axes", "days"),
    [
        ({}, 0),
        ({"rv_min": [0.1], "weekdays": [["mon"]]}, 0),
        ({"gap_max": [1, None]}, 1),
        ({"iv_rank_min": [None, 50], "iv_rank_days": [5, 30]}, 30),
        ({"iv_rank_days": [30]}, 0),
    ],
)
def test_only_filters_that_are_on_look_back(axes: dict[str, list[Value]], days: int) -> None:
    assert days_back(block(**axes)) == days


def test_a_day_is_noted_by_its_last_price_and_its_volatility() -> None:
    """The last row of the index is in the last ten minutes: the close was seen."""
    known = noted(day(OPTIONS, [(0, 21_500.0), (22_400, 21_555.5)]), facts(), block(gap_min=[0]))
    assert known.closes == {AGE: 2_155_550}
    # Straddle 120 at the money for 30 hours: 60 / (0.4 x 21,500) / sqrt(30 / 8,760) = 0.119.
    assert known.volatilities == {KEY: pytest.approx(0.119, abs=0.001)}


def test_a_day_that_fell_silent_has_no_close() -> None:
    known = noted(day(OPTIONS, [(0, 21_500.0), (21_000, 21_555.5)]), facts(), block(gap_min=[0]))
    assert known.closes == {}


def test_a_day_without_prices_by_then_has_no_volatility() -> None:
    late = [(901, strike, right, price) for _, strike, right, price in OPTIONS]
    known = noted(day(late, [(0, 21_500.0), (22_400, 21_500.0)]), facts(), block(iv_rank_min=[0]))
    assert list(known.volatilities) == [KEY]
    assert math.isnan(known.volatilities[KEY])
