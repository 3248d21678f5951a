"""The simulated index: the same day however it is asked for, joined to its neighbours, busiest at open and close."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nfops.market import Market
from nfops.synth.path import DayPath, day_path, u_shape, variance_years

MARKET = Market.load(Path(__file__).parents[3] / "meta")
START, END = dt.date(2019, 2, 1), dt.date(2019, 4, 30)


@cache
def days() -> list[DayPath]:
    """Three months of regular days."""
    return [day_path("NIFTY", date, 7, MARKET) for date in MARKET.trading_days(START, END)]


def test_a_day_follows_from_seed_symbol_and_date() -> None:
    date = dt.date(2019, 3, 15)
    one, again = (day_path("NIFTY", date, 7, MARKET) for _ in range(2))
    assert np.array_equal(one.spot, again.spot)
    assert np.array_equal(one.implied, again.implied)
    for other in (day_path("NIFTY", date, 8, MARKET), day_path("FINNIFTY", date, 7, MARKET)):
        assert not np.array_equal(np.diff(one.spot), np.diff(other.spot))


@pytest.mark.parametrize(
    ("date", "seconds"), [("2019-10-27", 3_600), ("2021-02-24", 27_900), ("2024-01-03", 22_500), ("2026-08-03", 23_100)]
)
def test_a_day_is_as_long_as_its_session(date: str, seconds: int) -> None:
    path = day_path("NIFTY", dt.date.fromisoformat(date), 7, MARKET)
    assert path.spot.shape == path.implied.shape == (seconds,)
    assert (path.spot > 0).all()
    assert np.allclose(path.spot * 20, np.round(path.spot * 20))  # 5 paise
    assert ((path.implied >= 0.05) & (path.implied <= 1.5)).all()


def test_a_day_ends_where_the_next_one_says_yesterday_ended() -> None:
    for today, tomorrow in zip(days(), days()[1:], strict=False):
        assert today.spot[-1] == pytest.approx(tomorrow.previous_close, abs=0.03)


def test_the_market_gaps_over_night_and_moves_by_day() -> None:
    gaps = np.array([np.log(path.spot[0] / path.previous_close) for path in days()])
    inside = np.array([np.log(path.spot[-1] / path.spot[0]) for path in days()])
    assert 0.001 < gaps.std() < inside.std() < 0.03
    yearly = np.std(gaps + inside) * np.sqrt(252)
    assert 0.05 < yearly < 0.4


def test_variance_inside_the_day_is_a_u() -> None:
    minutes = np.array([np.log(path.spot[59::60]) for path in days()])
    squares = (np.diff(minutes, axis=1) ** 2).mean(axis=0)
    opening, noon, closing = squares[:30].mean(), squares[150:210].mean(), squares[-30:].mean()
    assert opening > 2 * noon
    assert closing > 1.3 * noon
    assert opening > closing


@pytest.mark.parametrize("seconds", [3_600, 22_500, 23_100])
def test_activity_averages_to_one_and_is_least_around_noon(seconds: int) -> None:
    shape = u_shape(seconds)
    assert shape.mean() == pytest.approx(1)
    assert shape.argmax() == 0
    assert 0.3 < shape.argmin() / seconds < 0.7
    assert shape[0] > shape[-1] > 2 * shape.min()


def test_volatility_rises_when_the_market_falls() -> None:
    returns = np.array([np.log(path.spot[-1] / path.previous_close) for path in days()[:-1]])
    changes = np.diff(np.log([path.volatility for path in days()]))
    assert np.corrcoef(returns, changes)[0, 1] < -0.2


def test_variance_to_come_falls_to_that_of_the_days_after() -> None:
    left = variance_years(22_500, 3) * 252
    assert (np.diff(left) < 0).all()
    assert left[0] == pytest.approx(3 + 0.75, abs=0.001)  # a quarter of a day's variance happens overnight
    assert left[-1] == pytest.approx(3)
    # The first hour of a day takes more of it than an hour at noon.
    assert left[0] - left[3_600] > 2 * (left[9_450] - left[13_050])
