"""What is wrong with the settings of a search is said, all at once, before it begins."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from nfops.errors import ConfigError
from nfops.params import Param, ParamSchema
from sweeps.search import Constraint, Search
from tests.landscape import search


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


@pytest.mark.parametrize(("name", "given"), [("nsga2", {}), ("sobol", {"objectives": ["sharpe", "total"]})])
def test_several_objectives_are_for_searchers_that_can(name: str, given: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match=r"objectives|several"):
        search(name, **given)


def test_a_constraint_says_how_far_beyond_it_a_trial_is() -> None:
    trials = pl.DataFrame({"n_trades": [10, 20, 30], "max_drawdown": [100.0, None, 50.0]})
    assert Constraint.read("n_trades >= 20").excess(trials).tolist() == [10.0, 0.0, -10.0]
    beyond = Constraint.read("max_drawdown<=60.5").excess(trials)
    assert (beyond[0], np.isnan(beyond[1]), beyond[2]) == (39.5, True, -10.5)
