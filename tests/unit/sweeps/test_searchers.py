"""Searchers ask each combination once, the same ones for the same seed, and those that learn find what is good."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from nfops.params import Param, ParamSchema
from nfops.types import Int64Array
from sweeps.adapters.optuna_study import importances
from sweeps.adapters.tpe_searcher import TpeSearcher
from sweeps.search import Search
from tests.landscape import ALL, COUNT, SIZES, grid, landscape, played, search, searcher, searcher_on


@pytest.mark.parametrize("made", ALL.values(), ids=ALL)
def test_every_trial_is_another_one_and_there_are_as_many_as_wanted(made: Search) -> None:
    positions, generations = played(made)

    assert len(positions) == len(set(positions.tolist())) == 60
    assert positions.min() >= 0
    assert positions.max() < COUNT
    assert generations == ([20, 20, 20] if made.name in {"tpe", "nsga2", "cmaes"} else [60])


@pytest.mark.parametrize("made", ALL.values(), ids=ALL)
def test_the_same_seed_asks_the_same(made: Search) -> None:
    assert played(made)[0].tolist() == played(made)[0].tolist()


@pytest.mark.parametrize("name", ["random", "sobol", "tpe", "cmaes"])
def test_another_seed_asks_something_else(name: str) -> None:
    assert played(search(name))[0].tolist() != played(search(name, seed=4))[0].tolist()


@pytest.mark.parametrize("name", ["grid", "random", "sobol"])
def test_more_trials_than_combinations_are_all_combinations(name: str) -> None:
    positions, _ = played(search(name, n_trials=2 * COUNT, generation=200))
    assert sorted(positions.tolist()) == list(range(COUNT))


@pytest.mark.parametrize("made", [one for name, one in ALL.items() if name != "grid"], ids=lambda made: made.name)
def test_a_grid_far_larger_than_memory_is_searched(made: Search) -> None:
    params = tuple(Param(letter, "count", 1, "", high=1000) for letter in "abcde")
    huge = ParamSchema(params).grid({letter: list(range(1, 201)) for letter in "abcde"})
    assert len(huge) == 200**5
    playing, asked = searcher_on(huge, made), []
    while (positions := playing.ask()) is not None:
        asked += positions.tolist()
        scores = np.stack([-positions / len(huge)] * len(made.objectives), axis=1)
        playing.tell(positions, scores, np.zeros((len(positions), 0)))
    assert len(set(asked)) == 60
    assert max(asked) > len(huge) // 2


@pytest.mark.parametrize("name", ["tpe", "cmaes"])
def test_a_search_that_learns_ends_with_the_last_combination(name: str) -> None:
    params = (Param("a", "percent", 1, "", high=9), Param("b", "count", 1, "", high=9))
    small = ParamSchema(params).grid({"a": [1, 2, 3, 4], "b": [1, 2, 3]})
    playing, asked = searcher_on(small, search(name, n_trials=24, generation=5)), []
    while (positions := playing.ask()) is not None:
        asked += positions.tolist()
        playing.tell(positions, positions[:, None].astype(np.float64), np.zeros((len(positions), 0)))

    assert sorted(asked) == list(range(12))


def test_a_sobol_sequence_covers_the_axes_more_evenly_than_chance() -> None:
    at = np.unravel_index(played(search("sobol", n_trials=64))[0], tuple(SIZES.values()))
    for index, size in zip(at, SIZES.values(), strict=True):
        counts = np.bincount(index, minlength=size)
        assert counts.min() >= 64 / size - 3
        assert counts.max() <= 64 / size + 3


@pytest.mark.parametrize("name", ["tpe", "cmaes"])
def test_learning_finds_the_top_with_a_tenth_of_the_grid(name: str) -> None:
    best = [
        landscape(played(search(name, n_trials=COUNT // 10, generation=9, seed=seed))[0]).max() for seed in range(5)
    ]
    assert np.median(best) >= 95
    blind = [landscape(played(search("random", n_trials=COUNT // 10, seed=seed))[0]).max() for seed in range(5)]
    assert np.median(blind) < np.median(best)


def test_a_generation_of_hundreds_is_near_the_top_and_not_filled_by_chance() -> None:
    positions, generations = played(search("tpe", n_trials=200, generation=100))
    assert generations == [100, 100]
    # The mean of all: 100 - 8 x 38/12 - 5 x 24/9 - 20 x 4/5 = 45.3.
    assert landscape(positions[100:]).mean() > 45.3 + 15


def test_a_quarter_of_a_generation_differs_from_the_best_on_one_axis() -> None:
    playing, known = TpeSearcher(grid(), search("tpe", n_trials=20)), np.array([202, *range(300, 320)])
    playing.recall(known, np.where(known == 202, 100.0, 0.0)[:, None], np.zeros((21, 0)))

    asked = playing.ask()

    # Place 202 is a = 5, b = 5, c = v2, for 4 x 45 + 4 x 5 + 2 is 202; a step of a is 45. What was told may be asked.
    assert asked is not None
    assert asked[:5].tolist() == [22, 67, 112, 157, 202]
    assert len(set(asked.tolist())) == 20


def test_trials_that_break_a_constraint_are_avoided() -> None:
    def share_allowed(*constraints: str) -> float:
        """Share of a search with a < 6 in its last 60 trials, though the top is at a = 8."""
        made = search("tpe", constraints=list(constraints), n_trials=120)
        playing, asked = searcher(made), []
        while (positions := playing.ask()) is not None:
            asked.append(np.unravel_index(positions, tuple(SIZES.values()))[0])
            beyond = np.repeat((asked[-1] - 4.0)[:, None], len(constraints), axis=1)
            playing.tell(positions, landscape(positions)[:, None], beyond)
        return float((np.concatenate(asked[-3:]) <= 4).mean())

    assert share_allowed("n_trades>=20") > share_allowed() + 0.2


def test_a_trial_without_a_score_is_one_that_failed_and_the_search_goes_on() -> None:
    playing = searcher(search("tpe"))
    first = playing.ask()
    assert first is not None
    playing.tell(first, np.full((20, 1), np.nan), np.zeros((20, 0)))
    second = playing.ask()
    assert second is not None
    assert not set(first.tolist()) & set(second.tolist())


@pytest.mark.parametrize("name", ["tpe", "nsga2", "cmaes"])
def test_what_is_told_before_decides_the_first_generation_and_may_be_asked_again(name: str) -> None:
    several = ["sharpe", "total"] if name == "nsga2" else None
    made = search(name, objectives=several, n_trials=20, generation=10)
    known = np.arange(0, COUNT, 9)
    scores = np.stack([landscape(known)] * len(made.objectives), axis=1)

    def asked(*, told: bool) -> list[Int64Array]:
        playing = searcher(made)
        if told:
            playing.recall(known, scores, np.zeros((len(known), 0)))
        generations = []
        while (positions := playing.ask()) is not None:
            generations.append(positions)
            values = np.stack([landscape(positions)] * len(made.objectives), axis=1)
            playing.tell(positions, values, np.zeros((len(positions), 0)))
        return generations

    warm, cold = asked(told=True), asked(told=False)
    assert [len(one) for one in warm] == [10, 10]  # what was told is none of the 20 trials
    assert landscape(warm[0]).mean() > landscape(cold[0]).mean() + 10
    assert set(np.concatenate(warm).tolist()) & set(known.tolist())
    assert [one.tolist() for one in warm] == [one.tolist() for one in asked(told=True)]


def test_importances_are_the_shares_that_parameters_decide() -> None:
    a, b, c = (part.ravel() for part in np.indices((3, 3, 4)))
    trials = pl.DataFrame({"trial_id": range(36), "a": a, "b": [None if at == 1 else int(at) for at in b], "c": c})
    trials = trials.with_columns(sharpe=pl.Series(3.0 * a + b), max_drawdown=pl.lit(5.0))
    made, axes = search("nsga2", objectives=["sharpe", "max_drawdown"]), dict.fromkeys(("a", "b", "c"))

    found = importances(made, axes, trials)

    # 3 a + b of two independent a and b: a has nine tenths of the variance; a drawdown that never changes has none.
    assert found.keys() == {"sharpe"}
    assert found["sharpe"] == pytest.approx({"a": 0.9, "b": 0.1, "c": 0.0}, abs=0.05)
    assert importances(made, axes, trials.head(9)) == {}
    assert importances(made, axes, trials.with_columns(sharpe=pl.lit(None, pl.Float64))) == {}
