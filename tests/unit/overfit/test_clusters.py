"""Trials that are one idea in many shapes count once."""

from __future__ import annotations

import numpy as np
import pytest

from nfops.overfit import clusters, effective_trials
from nfops.types import FloatArray


def ideas(count: int, each: int, noise: float, days: int = 500, seed: int = 7) -> FloatArray:
    """``count`` independent ideas, ``each`` of them tried with small changes."""
    rng = np.random.default_rng(seed)
    base = np.repeat(rng.normal(size=(count, days)), each, axis=0)
    return base + noise * rng.normal(size=base.shape)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_as_many_clusters_as_ideas_are_found(count: int) -> None:
    net = ideas(count, 20, 0.4)
    labels = clusters(net)
    assert effective_trials(net) == count
    # All shapes of an idea are together.
    assert all(len(set(labels[at * 20 : (at + 1) * 20])) == 1 for at in range(count))


def test_the_order_of_trials_does_not_matter() -> None:
    net = ideas(5, 10, 0.5)
    mixed = np.random.default_rng(1).permutation(len(net))
    assert effective_trials(net[mixed]) == effective_trials(net) == 5


def test_copies_of_one_trial_are_one() -> None:
    assert effective_trials(np.tile(ideas(1, 1, 0.0), (50, 1))) == 1
    assert effective_trials(ideas(1, 1, 0.0)) == 1


def test_trials_that_never_trade_are_one_more() -> None:
    net = np.concatenate([ideas(3, 10, 0.3), np.zeros((15, 500))])
    labels = clusters(net)
    assert set(labels[30:]) == {0}
    assert effective_trials(net) == 4
    assert effective_trials(np.zeros((5, 100))) == 1


def test_a_large_search_is_judged_by_a_sample_of_it() -> None:
    assert effective_trials(ideas(4, 600, 0.4, days=200)) == 4
