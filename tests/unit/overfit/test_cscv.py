"""Cross-validation of the choice against loops, and in markets with and without an edge."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from nfops.errors import DataError
from nfops.overfit import cscv
from nfops.types import FloatArray


def by_loops(net: FloatArray, blocks: int) -> list[float]:
    """Logits as the paper tells it, one half after the other."""
    parts = np.array_split(np.arange(net.shape[1]), blocks)
    logits = []
    for half in combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[at] for at in half])
        outside = np.setdiff1d(np.arange(net.shape[1]), inside)
        ratio = [float(row[inside].mean() / row[inside].std(ddof=1)) for row in net]
        chosen = ratio.index(max(ratio))
        met = [float(row[outside].mean() / row[outside].std(ddof=1)) for row in net]
        rank = sorted(met).index(met[chosen]) + 1
        share = rank / (len(net) + 1)
        logits.append(math.log(share / (1 - share)))
    return logits


@pytest.mark.parametrize(("trials", "days", "blocks"), [(7, 60, 6), (12, 83, 8), (2, 16, 4)])
def test_logits_are_those_of_plain_loops(trials: int, days: int, blocks: int) -> None:
    net = np.random.default_rng(trials).normal(0.05, 1.0, (trials, days))
    found = cscv(net, blocks)
    assert found.logits == pytest.approx(by_loops(net, blocks), abs=1e-12)
    assert len(found.logits) == math.comb(blocks, blocks // 2)


def test_a_trial_that_is_better_every_day_is_no_overfitting() -> None:
    net = np.random.default_rng(1).normal(0.0, 1.0, (30, 320))
    net[11] += 1.0
    found = cscv(net)
    assert (found.probability, found.loss) == (0.0, 0.0)
    assert set(found.chosen) == {11}
    assert len(found.logits) == 12_870


def test_among_trials_without_an_edge_the_choice_is_a_coin() -> None:
    rng = np.random.default_rng(3)
    found = [cscv(rng.normal(0.0, 1.0, (50, 256)), 8).probability for _ in range(60)]
    # Their mean is known to about 0.25 / sqrt(60).
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)
    assert np.std(found) > 0.05


def test_equal_trials_share_the_middle_rank() -> None:
    net = np.tile(np.random.default_rng(5).normal(0.0, 1.0, 64), (9, 1))
    assert cscv(net, 4).logits.tolist() == [0.0] * 6


def test_a_trial_that_never_trades_has_a_ratio_of_zero() -> None:
    rng = np.random.default_rng(6)
    net = np.stack([np.zeros(64), rng.normal(-1.0, 1.0, 64), rng.normal(-1.0, 1.0, 64)])
    found = cscv(net, 4)
    assert set(found.chosen) == {0}
    assert found.outside.tolist() == [0.0] * 6


@pytest.mark.parametrize(("shape", "blocks"), [((1, 100), 4), ((5, 31), 16), ((5, 100), 5), ((5, 100), 0)])
def test_too_little_to_cut_is_refused(shape: tuple[int, int], blocks: int) -> None:
    with pytest.raises(DataError, match="cross-validation needs"):
        cscv(np.ones(shape), blocks)
