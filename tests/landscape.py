"""A landscape with one top, and searches over it."""

from __future__ import annotations

import numpy as np

from nfops.params import Param, ParamGrid, ParamSchema
from nfops.types import FloatArray, Int64Array
from sweeps.adapters.design_searcher import DesignSearcher
from sweeps.adapters.optuna_searcher import OptunaSearcher
from sweeps.adapters.tpe_searcher import TpeSearcher
from sweeps.ports import Searcher
from sweeps.search import Search

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
