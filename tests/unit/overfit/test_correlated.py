"""What the best of correlated trials shows by luck, against tables, closed forms and integrals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import hadamard
from scipy.stats import kurtosis, norm, skew

from nfops.overfit import best_by_luck, daily_sharpe, independent_trials, judge, probabilistic_sharpe
from nfops.types import FloatArray

DAYS = 256
DRAWS = 20_000


def alike(trials: int, correlation: float) -> FloatArray:
    """Give trials of which each two have exactly this correlation: sums of two rows of a Hadamard matrix."""
    rows = hadamard(DAYS)[1 : trials + 2].astype(float)
    return math.sqrt(correlation) * rows[0] + math.sqrt(1.0 - correlation) * rows[1:]


def below(level: float, trials: int, correlation: float) -> float:
    """Probability that all of so many equally correlated normal numbers are at most ``level``."""

    def given(common: float) -> float:
        own = (level - math.sqrt(correlation) * common) / math.sqrt(1.0 - correlation)
        return float(norm.pdf(common) * norm.cdf(own) ** trials)

    return float(quad(given, -9.0, 9.0)[0])


# L. Tippett, "On the extreme individuals and the range of samples", Biometrika 17 (1925): means of the greatest.
@pytest.mark.parametrize(
    ("trials", "expected"), [(1, 0.0), (2, 0.56419), (5, 1.16296), (10, 1.53875), (100, 2.50759), (1_000, 3.24144)]
)
def test_as_many_independent_trials_are_found_as_the_table_says(trials: int, expected: float) -> None:
    assert independent_trials(expected) == pytest.approx(trials, rel=1e-4)


def test_less_than_one_trial_is_not_tried() -> None:
    assert independent_trials(-0.1) == independent_trials(-math.inf) == 1.0


@pytest.mark.parametrize("trials", [1, 5, 60])
def test_trials_that_have_nothing_in_common_count_as_they_are(trials: int) -> None:
    luck = best_by_luck(alike(trials, 0.0), 1, DRAWS)
    # The mean of 20,000 draws is known to 0.007 at most; near 60 trials, that is 1.7 % of them.
    assert independent_trials(float(luck.mean())) == pytest.approx(trials, rel=0.06)


def test_copies_and_multiples_of_one_trial_are_one() -> None:
    one = np.random.default_rng(1).normal(50.0, 10.0, (1, 100))
    luck = best_by_luck(np.concatenate([one, one, 3.0 * one, one + 500.0]), 1, DRAWS)
    assert luck == pytest.approx(best_by_luck(one, 1, DRAWS), abs=1e-9)
    assert independent_trials(float(luck.mean())) < 1.05
    assert float(luck.std()) == pytest.approx(1.0, abs=0.03)


def test_a_trial_and_its_opposite_are_the_size_of_one_normal_number() -> None:
    one = np.random.default_rng(1).normal(0.0, 10.0, (1, 100))
    luck = best_by_luck(np.concatenate([one, -one]), 1, DRAWS)
    assert float(luck.min()) >= 0.0
    assert float(luck.mean()) == pytest.approx(math.sqrt(2.0 / math.pi), abs=0.02)


@pytest.mark.parametrize("correlation", [0.3, 0.9])
@pytest.mark.parametrize(("trials", "expected"), [(10, 1.53875), (100, 2.50759)])
def test_equally_correlated_trials_follow_their_law(trials: int, expected: float, correlation: float) -> None:
    luck = best_by_luck(alike(trials, correlation), 1, DRAWS)
    # What is common to all moves the best up and down alike: sqrt(1 - rho) of the independent expectation is left.
    assert float(luck.mean()) == pytest.approx(math.sqrt(1.0 - correlation) * expected, abs=0.03)
    for level in (0.5, 1.5, 2.5):
        # A share of 20,000 draws has a standard error of 0.0035 at most; four are allowed.
        assert float((luck <= level).mean()) == pytest.approx(below(level, trials, correlation), abs=0.015)
    assert 1.0 < independent_trials(float(luck.mean())) < trials


def test_trials_beyond_one_batch_and_in_any_order_are_all_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    net = np.random.default_rng(2).normal(0.0, 1.0, (50, 80))
    net[[3, 20]] = 0.0  # never traded
    whole = best_by_luck(net, 1)
    monkeypatch.setattr("nfops.overfit.correlated._ROWS", 7)
    assert best_by_luck(net[::-1], 1) == pytest.approx(whole, abs=1e-12)
    assert best_by_luck(net[4:], 1) != pytest.approx(whole, abs=1e-3)
    assert (best_by_luck(np.zeros((3, 80)), 1) == -np.inf).all()


def test_the_judgement_asks_how_often_luck_does_worse() -> None:
    net = np.random.default_rng(4).normal(5.0, 100.0, (40, 250))
    best = int(daily_sharpe(net).argmax())
    found = judge(net, best, seed=1)
    row = net[best]
    shape = float(daily_sharpe(net)[best]), 250, float(skew(row)), float(kurtosis(row))
    # Of 40 nearly independent trials all do worse than z with Phi(z) to the power of 40; 1,000 draws know it to 0.016.
    assert found.deflated_correlated == pytest.approx(probabilistic_sharpe(*shape) ** 40, abs=0.08)
    assert found.independent_trials == pytest.approx(40, rel=0.3)
    assert judge(np.concatenate([net, net]), best, seed=1).deflated_correlated == found.deflated_correlated


def called(correlation: float, trials: int, edge: float, searches: int = 200, days: int = 120) -> float:
    """Share of searches whose best is called an edge at 5 %; all trials earn ``edge`` deviations a day."""
    rng, count = np.random.default_rng(7), 0
    for seed in range(searches):
        common, own = rng.normal(size=(1, days)), rng.normal(size=(trials, days))
        net = edge + math.sqrt(correlation) * common + math.sqrt(1.0 - correlation) * own
        row = net[daily_sharpe(net).argmax()]
        alone = probabilistic_sharpe(float(daily_sharpe(net).max()), days, float(skew(row)), float(kurtosis(row)))
        count += float((norm.cdf(best_by_luck(net, seed, 400)) < alone).mean()) >= 0.95
    return count / searches


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_luck_is_called_an_edge_as_often_as_said_and_an_edge_more_often(correlation: float) -> None:
    # One of twenty, known to 1.5 % from 200 searches; three deviations are allowed, and never is no test.
    assert 0.0 < called(correlation, 40, 0.0) <= 0.095
    assert called(correlation, 40, 0.3, searches=25) > 0.5
