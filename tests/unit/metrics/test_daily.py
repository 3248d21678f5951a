"""Metrics: by hand on a handful of days, and against independently computed trials."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from nfops.metrics import METRICS, cost_share, daily_metrics, ranking
from tests.shared import shared


def of(rupees: list[float], positions: list[int] | None = None) -> dict[str, float]:
    net = np.array([[round(r * 100) for r in rupees]])
    held = np.array([positions if positions is not None else [1] * len(rupees)])
    return {name: float(v[0]) for name, v in daily_metrics(net, held, np.ones(net.shape, bool)).items()}


def test_four_days_by_hand() -> None:
    got = of([100, -50, 0, 30], [1, 1, 0, 1])

    assert got["total"] == 80
    assert got["mean"] == 20
    # deviations 80, -70, -20, 10: squares 6400 + 4900 + 400 + 100 = 11800; / 3 = 3933.33
    assert got["std"] == pytest.approx(math.sqrt(11800 / 3))
    assert got["sharpe"] == pytest.approx(20 / math.sqrt(11800 / 3) * math.sqrt(252))
    assert got["sortino"] == pytest.approx(20 / math.sqrt(2500 / 4) * math.sqrt(252))
    assert got["max_drawdown"] == 50  # 100, 50, 50, 80
    assert got["calmar"] == pytest.approx(20 * 252 / 50)
    assert got["win_rate"] == pytest.approx(2 / 3)
    assert got["profit_factor"] == pytest.approx(130 / 50)
    assert got["cvar_5"] == got["worst_day"] == -50
    m2, m3, m4 = 11800 / 4, (512000 - 343000 - 8000 + 1000) / 4, (40960000 + 24010000 + 160000 + 10000) / 4
    assert got["skew"] == pytest.approx(m3 / m2**1.5)
    assert got["kurtosis"] == pytest.approx(m4 / m2**2 - 3)


def test_the_drawdown_counts_a_loss_on_the_first_day() -> None:
    assert of([-70, 10])["max_drawdown"] == 70


def test_what_is_undefined_is_nan_and_never_infinite() -> None:
    one_day = of([100])
    assert all(math.isnan(one_day[name]) for name in ("std", "sharpe"))
    winner = of([100, 50])
    assert all(math.isnan(winner[name]) for name in ("profit_factor", "calmar", "sortino"))
    assert math.isnan(of([10, 10, 10])["sharpe"])


def test_without_a_day_the_total_is_nothing_and_the_rest_undefined() -> None:
    got = daily_metrics(np.array([[500]]), np.array([[1]]), np.array([[False]]))
    assert got["total"][0] == 0
    assert all(math.isnan(got[name][0]) for name in METRICS if name != "total")


def test_each_trial_counts_its_own_days() -> None:
    net = np.array([[100, 200], [100, 200]])
    kept = np.array([[True, True], [False, True]])
    assert daily_metrics(net, np.ones_like(net), kept)["total"].tolist() == [3.0, 2.0]


def test_the_cost_share_is_of_the_absolute_gross() -> None:
    kept = np.ones((1, 2), bool)
    assert cost_share(np.array([[100, 100]]), np.array([[-300, -100]]), kept)[0] == 0.5


def test_ranking_puts_the_best_first_and_the_undefined_last() -> None:
    values = np.array([1.0, np.nan, 3.0, 3.0])
    assert ranking("sharpe", values).tolist() == [2, 3, 0, 1]
    assert ranking("max_drawdown", values).tolist() == [0, 2, 3, 1]


@pytest.mark.slow
def test_the_metrics_of_every_independent_trial_follow_from_its_days() -> None:
    daily = pl.read_parquet(shared("expected", "daily.parquet"))
    trials = pl.read_parquet(shared("expected", "trials.parquet"))
    partial = pl.read_parquet(shared("expected", "status.parquet")).filter(pl.col("state") == "incomplete")
    whole = trials.filter(~pl.col("run").is_in(partial["run"].implode()))
    assert whole.height > 100
    for want in whole.to_dicts():
        rows = daily.filter((pl.col("run") == want["run"]) & (pl.col("trial_id") == want["trial_id"])).sort("date")
        net, held = (rows[c].to_numpy()[None, :] for c in ("net_paise", "n_positions"))
        got = daily_metrics(net, held, np.ones(net.shape, bool))
        for name in METRICS:
            if want[name] is None:
                assert math.isnan(got[name][0]), (want["run"], name)
            else:
                assert got[name][0] == pytest.approx(want[name], rel=1e-9, abs=1e-9), (want["run"], name)
