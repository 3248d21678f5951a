"""Searchers ask each combination once, the same ones for the same seed, and those that learn find what is good."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.params import Param, ParamGrid, ParamSchema
from nfops.types import FloatArray, Int64Array
from sweeps.adapters.design_searcher import DesignSearcher
from sweeps.adapters.optuna_searcher import OptunaSearcher
from sweeps.adapters.optuna_study import importances
from sweeps.adapters.tpe_searcher import TpeSearcher
from sweeps.ports import Searcher
from sweeps.search import Constraint, Search

SIZES = {"a": 12, "b": 9, "c": 5}
COUNT = 12 * 9 * 5


def grid() -> ParamGrid:
    """540 combinations of two numbers and a choice."""
    params = (
        Param("a", "percent", 1, "", high=100),
        Param("b", "count", 1, "", high=100),
        Param("c", "choice", "v0", "", choices=tuple(f"v{at}" for at in range(5))),
    )
    axes = {"a": list(range(1, 13)), "b": list(range(1, 10)), "c": [f"v{at}" for at in range(5)]}
    return ParamSchema(params).grid(axes)


def search(name: str, **given: object) -> Search:
    """A search of a group with defaults."""
    plain = {
        "name": name,
        "n_trials": 60,
        "seed": 3,
        "timeout": None,
        "generation": 20,
        "objectives": None,
        "constraints": [],
        **given,
    }
    faults: list[str] = []
    found = Search.read(plain, "sharpe", faults)
    assert found is not None, faults
    return found


def searcher(made: Search) -> Searcher:
    """The searcher of a search."""
    return searcher_on(grid(), made)


def searcher_on(of: ParamGrid, made: Search) -> Searcher:
    """The searcher of a search on some grid."""
    kinds = {"tpe": TpeSearcher, "nsga2": OptunaSearcher, "cmaes": OptunaSearcher}
    return kinds.get(made.name, DesignSearcher)(of, made)


def landscape(positions: Int64Array) -> FloatArray:
    """A hill with its top of 100 at a = 8, b = 3, c = v2: worth 8 a step of a, 5 of b, 20 for another c."""
    a, b, c = np.unravel_index(positions, tuple(SIZES.values()))
    return np.asarray(100.0 - 8 * np.abs(a - 7) - 5 * np.abs(b - 2) - 20 * (c != 2), np.float64)


def played(made: Search) -> tuple[Int64Array, list[int]]:
    """All positions that a searcher asks on the landscape, and the sizes of its generations."""
    playing, asked = searcher(made), []
    while (positions := playing.ask()) is not None:
        asked.append(positions)
        scores = np.stack([landscape(positions)] * len(made.objectives), axis=1)
        playing.tell(positions, scores, np.zeros((len(positions), len(made.constraints))))
    return np.concatenate(asked), [len(one) for one in asked]


ALL = {
    "grid": search("grid"),
    "random": search("random"),
    "sobol": search("sobol"),
    "tpe": search("tpe"),
    "nsga2": search("nsga2", objectives=["sharpe", "max_drawdown"]),
    "cmaes": search("cmaes"),
}


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


def test_everything_wrong_with_a_search_is_said_at_once() -> None:
    faults: list[str] = []
    plain = {"name": "bayes", "n_trials": 0, "seed": -1, "timeout": -3, "generation": 2.5, "objectives": ["luck"]}
    assert Search.read({**plain, "constraints": ["n_trades>20"]}, "sharpe", faults) is None

    for told in (
        "search.name must be one of grid",
        "n_trials",
        "search.seed",
        "timeout",
        "generation",
        "'luck'",
        "n_trades>20",
    ):
        assert sum(told in fault for fault in faults) == 1, (told, faults)
    assert len(faults) == 7


@pytest.mark.parametrize(
    ("name", "given", "law"),
    [
        ("cmaes", {"generation": 3}, "generation of at least 4, got 3"),
        ("cmaes", {"constraints": ["n_trades>=20"]}, "cmaes knows no search.constraints"),
        ("cmaes", {"objectives": ["sharpe", "total"]}, "cmaes improves one metric"),
        ("sobol", {"warm_start": ["a"]}, "sobol learns nothing; search.warm_start is for tpe, nsga2, cmaes"),
        ("tpe", {"race_days": 5}, "race_days is for grid, random and sobol"),
        ("grid", {"race_days": 0}, "race_days must be a whole number of at least 1, or null, got 0"),
        ("grid", {"race_days": 5, "race_keep": 1.0}, "race_keep must be a share above 0 and below 1, got 1.0"),
    ],
)
def test_what_a_searcher_cannot_do_is_refused(name: str, given: dict[str, object], law: str) -> None:
    with pytest.raises(AssertionError, match=law):
        search(name, **given)


@pytest.mark.parametrize(
    ("axes", "scales"),
    [
        ({"a": [1, 2, 3], "c": ["v0", "v1"]}, 1),
        ({"a": [1, 2, 3], "b": [4]}, 1),
        ({"a": [3, 1, 2], "b": [1, 2]}, 1),
        ({"a": [1, 2, None], "b": [1, 2]}, 1),
        ({"a": [None, 1, 2], "b": [1, 2]}, 1),
        ({"c": ["v0", "v1"]}, 0),
    ],
)
def test_cmaes_wants_two_scales(axes: dict[str, list[object]], scales: int) -> None:
    params = (
        Param("a", "percent", 1, "", high=100, nullable=True),
        Param("b", "count", 1, "", high=100),
        Param("c", "choice", "v0", "", choices=("v0", "v1")),
    )
    made = search("cmaes")
    made.check(ParamSchema(params).grid({"a": [1, 2], "b": [1, 2], "c": ["v0", "v1"]}))
    with pytest.raises(ConfigError, match=rf"wants two axes or more of numbers or times.* this grid has {scales};"):
        made.check(ParamSchema(params).grid(axes))


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


@pytest.mark.parametrize(("name", "given"), [("nsga2", {}), ("sobol", {"objectives": ["sharpe", "total"]})])
def test_several_objectives_are_for_searchers_that_can(name: str, given: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match=r"objectives|several"):
        search(name, **given)


def test_a_constraint_says_how_far_beyond_it_a_trial_is() -> None:
    trials = pl.DataFrame({"n_trades": [10, 20, 30], "max_drawdown": [100.0, None, 50.0]})
    assert Constraint.read("n_trades >= 20").excess(trials).tolist() == [10.0, 0.0, -10.0]
    beyond = Constraint.read("max_drawdown<=60.5").excess(trials)
    assert (beyond[0], np.isnan(beyond[1]), beyond[2]) == (39.5, True, -10.5)


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
