from __future__ import annotations

import math

import numpy as np
import pytest

from nfops.metrics import statistics
from nfops.types import MISSING


def one(rupees: list[float], gross: list[float] | None = None, positions: list[int] | None = None) -> dict[str, float]:
    """Statistics of a single trial given in rupees, free of costs unless gross is given."""
    net = np.rint(np.array([rupees]) * 100).astype(np.int64)
    full = net if gross is None else np.rint(np.array([gross]) * 100).astype(np.int64)
    opened = np.array([positions]) if positions else np.ones_like(net)
    return {name: float(values[0]) for name, values in statistics(full, full - net, opened, 100_000 * opened).items()}


def test_five_days_worked_by_hand() -> None:
    # x = 100, -50, 200, -150, 0: sum 100, mean 20; deviations 80, -70, 180, -170, -20
    # squares 6400 + 4900 + 32400 + 28900 + 400 = 73000, sample variance 18250
    # cubes 512000 - 343000 + 5832000 - 4913000 - 8000 = 1080000, fourths 40960000 + 24010000 + 1049760000
    # + 835210000 + 160000 = 1950100000; population variance 14600
    got = one([100, -50, 200, -150, 0], positions=[1, 1, 2, 1, 0])
    assert got["total"] == 100
    assert got["mean"] == 20
    # every position blocks 1,000 rupees here, so two of them 2,000; 20 a day are 20 x 252 / 2,000 a year
    assert got["peak_capital"] == 2_000
    assert got["return_on_capital"] == pytest.approx(2.52, rel=1e-14)
    assert got["std"] == pytest.approx(math.sqrt(18250), rel=1e-14)
    assert got["sharpe"] == pytest.approx(20 / math.sqrt(18250) * math.sqrt(252), rel=1e-14)
    # the mean square of the losses is that of 50 and 150 over five days, 5000
    assert got["sortino"] == pytest.approx(20 / math.sqrt(5000) * math.sqrt(252), rel=1e-14)
    # levels 100, 50, 250, 100, 100: from 250 to 100
    assert got["max_drawdown"] == 150
    assert got["calmar"] == pytest.approx(20 * 252 / 150, rel=1e-14)
    assert got["win_rate"] == 0.5
    assert got["profit_factor"] == 1.5
    assert got["cvar_5"] == -150
    assert got["worst_day"] == -150
    assert got["skew"] == pytest.approx(1080000 / 5 / 14600**1.5, rel=1e-13)
    assert got["kurtosis"] == pytest.approx(1950100000 / 5 / 14600**2 - 3, rel=1e-13)
    assert got["cost_share"] == 0


def test_the_drawdown_is_measured_from_zero() -> None:
    assert one([-30, -20, 10])["max_drawdown"] == 50


@pytest.mark.parametrize(
    ("days", "worst"), [(1, 1), (19, 1), (20, 1), (21, 2), (40, 2), (41, 3), (60, 3), (140, 7), (141, 8)]
)
def test_the_worst_twentieth_is_rounded_up_to_whole_days(days: int, worst: int) -> None:
    # The losses are 1, 2, ... days, so the mean of the worst k is -(2 days - k + 1) / 2.
    losses = [-float(day) for day in range(1, days + 1)]
    assert one(losses)["cvar_5"] == pytest.approx(-(2 * days - worst + 1) / 2, rel=1e-14)


def test_cost_share_is_of_the_absolute_sum_of_gross() -> None:
    got = one([70.0, -130.0], gross=[100.0, -120.0])
    assert got["cost_share"] == pytest.approx((30 + 10) / 20, rel=1e-14)


def test_one_day_has_no_deviation() -> None:
    got = one([12.35])
    assert (got["total"], got["mean"], got["cvar_5"], got["worst_day"]) == (12.35, 12.35, 12.35, 12.35)
    assert (got["max_drawdown"], got["win_rate"]) == (0, 1)
    undefined = {"std", "sharpe", "sortino", "calmar", "profit_factor", "skew", "kurtosis"}
    assert {name for name, value in got.items() if math.isnan(value)} == undefined


def test_equal_days_have_undefined_ratios_whatever_their_binary_form() -> None:
    got = one([0.07] * 7)
    assert got["std"] == 0
    assert math.isnan(got["sharpe"])
    assert math.isnan(got["skew"])
    assert math.isnan(got["kurtosis"])


def test_days_without_a_trade_are_days() -> None:
    got = one([0, 0, 0], positions=[0, 0, 0])
    assert (got["total"], got["mean"], got["std"], got["worst_day"]) == (0, 0, 0, 0)
    undefined = ("sharpe", "sortino", "win_rate", "profit_factor", "cost_share", "return_on_capital")
    assert all(math.isnan(got[name]) for name in undefined)
    assert got["peak_capital"] == 0


def test_nothing_is_ever_infinite() -> None:
    rng = np.random.default_rng(5)
    gross = rng.integers(-3, 4, (400, 4)) * 100
    for name, values in statistics(gross, np.abs(gross) // 100, rng.integers(0, 2, (400, 4)), 0 * gross).items():
        assert not np.isinf(values).any(), name


def test_rows_do_not_depend_on_one_another() -> None:
    rng = np.random.default_rng(6)
    gross, cost = rng.integers(-500_000, 500_000, (50, 37)), rng.integers(0, 9_000, (50, 37))
    positions = rng.integers(0, 3, (50, 37))
    capital = rng.integers(0, 10_000_000, (50, 37))
    whole = statistics(gross, cost, positions, capital)
    for row in (0, 17, 49):
        single = statistics(gross[row : row + 1], cost[row : row + 1], positions[row : row + 1], capital[row : row + 1])
        for name, values in whole.items():
            np.testing.assert_array_equal(values[row : row + 1], single[name], err_msg=name)


def test_capital_that_is_unknown_on_one_day_is_unknown() -> None:
    net = np.array([[100, 200], [100, 200]])
    capital = np.array([[50_000, MISSING], [50_000, 40_000]])
    found = statistics(net, 0 * net, np.ones_like(net), capital)
    assert np.isnan(found["peak_capital"]).tolist() == [True, False]
    assert np.isnan(found["return_on_capital"]).tolist() == [True, False]
    # 1.50 rupees a day on 500 rupees, 252 days a year
    assert found["return_on_capital"][1] == pytest.approx(0.756, rel=1e-14)
