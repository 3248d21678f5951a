"""One judgement of a whole search."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nfops.errors import DataError
from nfops.overfit import daily_sharpe, deflated_sharpe, judge
from nfops.types import FloatArray


def search(edge: float, trials: int = 40, days: int = 500, seed: int = 3) -> tuple[FloatArray, int]:
    """Give the days of trials without an edge but for one, and the best of them."""
    net = np.random.default_rng(seed).normal(0.0, 100.0, (trials, days))
    net[5] += edge * 100.0
    return net, int(daily_sharpe(net).argmax())


def test_an_edge_and_its_absence_are_told_apart() -> None:
    net, best = search(0.3)
    found = judge(net, best, seed=1)
    assert best == 5
    assert found.deflated is not None
    assert found.deflated > 0.99
    assert found.overfitting is not None
    assert found.overfitting < 0.05
    assert found.superior is not None
    assert found.superior < 0.02
    assert found.years > found.years_needed
    luck = judge(*search(0.0), seed=1)
    assert luck.deflated is not None
    assert luck.deflated < 0.8
    assert luck.overfitting is not None
    assert luck.overfitting > 0.2
    assert luck.superior is not None
    assert luck.superior > 0.1


def test_the_deflated_ratio_counts_every_trial_also_earlier_ones() -> None:
    net, best = search(0.15)
    ratios, row = daily_sharpe(net), net[best]
    z = (row - row.mean()) / row.std()
    shape = float(ratios[best]), 500, float((z**3).mean()), float((z**4).mean()) - 3.0
    for before in (0, 10_000):
        found = judge(net, best, seed=1, tried_before=before)
        assert (found.trials, found.ever) == (40, 40 + before)
        for told, count in ((found.deflated, 40), (found.deflated_ever, 40 + before)):
            expected = deflated_sharpe(*shape, float(ratios.var(ddof=1)), count)
            assert told == pytest.approx(expected, abs=1e-12)


def test_copies_of_a_trial_are_tried_once_but_counted_as_tried() -> None:
    net, best = search(0.1)
    once = judge(net, best, seed=1)
    thrice = judge(np.concatenate([net, net, net]), best, seed=1)
    assert (thrice.trials, thrice.compared) == (120, 40)
    assert (thrice.overfitting, thrice.superior, thrice.sharpe) == (once.overfitting, once.superior, once.sharpe)


def test_of_a_large_search_a_sample_with_the_best_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nfops.overfit.judgement.MOST", 50)
    net, best = search(0.3, trials=300, days=120)
    found = judge(net, best, seed=1)
    assert 45 <= found.compared <= 51
    assert found.trials == 300
    assert found.sharpe == pytest.approx(float(daily_sharpe(net)[best]) * math.sqrt(252))


def test_few_days_leave_unsaid_what_they_cannot_say() -> None:
    net, best = search(0.3, days=15)
    found = judge(net, best, seed=1)
    assert (found.overfitting, found.loss, found.reality_check, found.superior, found.sharpe_interval) == (None,) * 5
    assert found.deflated is not None
    with pytest.raises(DataError, match="two days"):
        judge(net[:, :1], best, seed=1)


def test_trials_that_never_trade_have_no_edge_to_speak_of() -> None:
    found = judge(np.zeros((4, 100)), 0, seed=1)
    assert (found.sharpe, found.deflated, found.superior, found.effective_trials) == (0.0, None, None, 1)
    assert (found.deflated_correlated, found.independent_trials) == (None, 1.0)
    assert found.years_needed == math.inf
