"""Tests of the best of many: quiet where there is nothing, loud where there is something."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import RealityCheck

from nfops.errors import DataError
from nfops.overfit import block_length, interval, resampled, selection


def test_an_edge_among_noise_is_found_and_noise_is_not() -> None:
    net = np.random.default_rng(2).normal(0.0, 1.0, (40, 400))
    without = selection(net, seed=1, repetitions=300)
    net[7] += 0.25
    edge = selection(net, seed=1, repetitions=300)
    assert edge.reality_check < 0.02
    assert edge.superior < 0.02
    assert without.superior > 0.1
    assert without.reality_check > 0.1


def test_hopeless_trials_do_not_hide_an_edge_from_the_test_for_superior_ability() -> None:
    rng = np.random.default_rng(7)
    net = rng.normal(0.0, 1.0, (60, 300))
    net[:50] = 12.0 * net[:50] - 3.0  # wild, and losing
    net[55] += 0.2
    found = selection(net, seed=3, repetitions=300)
    assert found.superior < 0.05
    assert found.reality_check > 0.3


@pytest.mark.parametrize("days", [np.zeros(30), np.eye(1, 30, 7)[0], np.eye(1, 30, 29)[0]])
def test_days_that_hardly_change_have_no_memory(days: np.ndarray) -> None:
    assert block_length(days) == 1
    assert set(resampled(days, 1, 50).ravel()) == set(days)


def test_the_reality_check_is_that_of_another_implementation() -> None:
    net = np.random.default_rng(4).normal(0.0, 1.0, (12, 150)) * np.linspace(0.5, 2.0, 12)[:, None]
    net[:, 1:] += 0.4 * net[:, :-1]  # days hang together
    found = selection(net, 1, 4_000)
    other = RealityCheck(np.zeros(150), -net.T, block_size=found.block, reps=4_000, studentize=False, seed=2)
    other.compute()
    assert found.block > 1
    # Two shares of 4,000 draws: a standard error of at most sqrt(2 x 0.25 / 4,000) = 0.011; four are allowed.
    assert found.reality_check == pytest.approx(float(other.pvalues["upper"]), abs=0.045)
    assert 0.02 < found.reality_check < 0.98


def test_how_wild_a_trial_is_does_not_matter_for_superior_ability() -> None:
    net = np.random.default_rng(2).normal(0.0, 1.0, (40, 400))
    net[7] += 0.25
    plain = selection(net, seed=1, repetitions=500)
    net[8:12] *= 100.0  # no better and no worse, but a hundred times as large
    wild = selection(net, seed=1, repetitions=500)
    assert plain.superior < 0.02
    assert wild.superior == pytest.approx(plain.superior, abs=0.01)
    assert wild.reality_check > 0.1


def test_a_trial_with_one_bad_day_does_not_hide_an_edge() -> None:
    rng = np.random.default_rng(2)
    net = rng.normal(0.0, 1.0, (40, 400))
    net[7] += 0.25
    net[8] = rng.normal(0.2, 0.1, 400)
    net[8, 30] = -80.0  # a draw without this day has hardly any deviation
    assert selection(net, seed=1, repetitions=500).superior < 0.02


def test_the_same_seed_gives_the_same_answer() -> None:
    net = np.random.default_rng(5).normal(0.02, 1.0, (10, 200))
    assert selection(net, 1, 200) == selection(net, 1, 200)
    assert selection(net, 1, 200) != selection(net, 2, 200)


@pytest.mark.slow
def test_without_an_edge_p_values_are_calibrated() -> None:
    rng = np.random.default_rng(6)
    found = [selection(rng.normal(0.0, 1.0, (20, 250)), seed, 200) for seed in range(100)]
    for name in ("reality_check", "superior"):
        p = np.array([getattr(one, name) for one in found])
        # A level of 10 % is known to 3 % from 100 draws, one of 50 % to 5 %; three deviations are allowed.
        assert np.mean(p <= 0.1) == pytest.approx(0.1, abs=0.09)
        assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.15)


def test_blocks_are_long_where_days_hang_together() -> None:
    rng = np.random.default_rng(8)
    noise = rng.normal(size=2_000)
    smooth = np.convolve(noise, np.ones(20) / 20, "same")
    assert block_length(noise) <= 3
    assert block_length(smooth) > 10


def test_an_interval_holds_what_it_should() -> None:
    rng = np.random.default_rng(9)
    held = 0
    for seed in range(40):
        low, high = interval(rng.normal(0.3, 1.0, 250), lambda days: float(days.mean()), seed, repetitions=200)
        held += low <= 0.3 <= high
        assert 0.1 < high - low < 0.45  # 2 * 1.96 / sqrt(250) = 0.248
    assert held >= 33


def test_too_few_days_are_refused() -> None:
    with pytest.raises(DataError, match="20 days"):
        selection(np.ones((3, 19)), 1)
    with pytest.raises(DataError, match="20 days"):
        interval(np.ones(19), np.mean, 1)  # type: ignore[arg-type]
