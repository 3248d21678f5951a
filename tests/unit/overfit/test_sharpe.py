"""Probabilistic and deflated Sharpe ratios against the published examples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nfops.overfit import (
    daily_sharpe,
    deflated_sharpe,
    expected_best,
    expected_best_sharpe,
    minimum_backtest_years,
    probabilistic_sharpe,
)

# Bailey and Lopez de Prado (2014), section "A numerical example": 100 trials whose yearly Sharpe ratios have a variance
# of 1/2; the best has 2.5 a year over 1,250 days of 250 a year, skewness -3, kurtosis 10.
VARIANCE, SHARPE = 0.5 / 250, 2.5 / math.sqrt(250)


def test_the_published_example_of_the_deflated_sharpe_ratio() -> None:
    assert expected_best_sharpe(VARIANCE, 100) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(SHARPE, 1_250, -3.0, 7.0, VARIANCE, 100) == pytest.approx(0.9004, abs=5e-5)


def test_fewer_trials_and_better_shapes_deflate_less() -> None:
    # The same section: 46 trials instead of 88 of normal shape would have given 0.9505 at the published level.
    assert deflated_sharpe(SHARPE, 1_250, -3.0, 7.0, VARIANCE, 46) > 0.9004
    assert deflated_sharpe(SHARPE, 1_250, 0.0, 0.0, VARIANCE, 100) > 0.9004


def test_without_luck_to_take_off_it_is_the_probabilistic_one() -> None:
    # Normal days: z = 0.1 sqrt(400) / sqrt(1 + 0.1^2 / 2) = 2 / 1.0024969 = 1.995019.
    found = probabilistic_sharpe(0.1, 401, 0.0, 0.0)
    assert found == pytest.approx(0.5 * math.erfc(-1.995019 / math.sqrt(2)), abs=1e-7)
    assert deflated_sharpe(0.1, 401, 0.0, 0.0, 0.01, 1) == found


def test_a_ratio_equal_to_its_benchmark_is_a_coin() -> None:
    assert probabilistic_sharpe(0.07, 300, -1.0, 4.0, benchmark=0.07) == 0.5


@pytest.mark.parametrize(("days", "sharpe", "skew"), [(1, 0.1, 0.0), (100, 1.0, 3.0)])
def test_nothing_is_said_where_nothing_can_be_said(days: int, sharpe: float, skew: float) -> None:
    assert math.isnan(probabilistic_sharpe(sharpe, days, skew, -1.0))


def test_the_expected_best_is_near_what_draws_show() -> None:
    rng = np.random.default_rng(7)
    for trials in (10, 100, 1_000):
        drawn = rng.normal(size=(20_000_000 // (trials * 20), trials)).max(axis=1).mean()
        assert expected_best(trials) == pytest.approx(drawn, rel=0.03)
    assert expected_best(1) == expected_best(0) == 0.0


def test_five_years_bear_about_45_trials_for_a_ratio_of_one() -> None:
    # Bailey et al. (2014): "if only 5 years of data are available, no more than 45 independent configurations".
    assert minimum_backtest_years(45, 1.0) == pytest.approx(5.0, abs=0.15)
    assert minimum_backtest_years(45, 2.0) == minimum_backtest_years(45, 1.0) / 4
    assert minimum_backtest_years(45, 0.0) == math.inf


def test_days_that_never_change_have_a_ratio_of_nothing() -> None:
    net = np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
    assert daily_sharpe(net).tolist() == [2.0, 0.0]
