"""What a search is: the trials it may choose among, how many, and what it is to improve."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import polars as pl

from nfops.errors import ConfigError
from nfops.metrics import METRICS, OBJECTIVES
from nfops.params import ParamGrid
from nfops.types import OFF, FloatArray

SEARCHERS: Final = ("grid", "random", "sobol", "tpe", "nsga2", "cmaes")
LEARNING: Final = ("tpe", "nsga2", "cmaes")
"""Searchers that are told what came out."""

SEVERAL: Final = frozenset({"tpe", "nsga2"})
"""Searchers that can improve several metrics at once."""

ORDERED: Final = frozenset({"clock", "seconds", "count", "percent", "points", "fraction"})
"""Kinds of parameters whose values have an order."""

FEWEST_CMAES: Final = 4
"""Trials of a generation from which CMA-ES can learn a direction."""

_CONSTRAINT: Final = re.compile(r"^\s*(\w+)\s*(>=|<=)\s*(-?\d+(?:\.\d+)?)\s*$")


@dataclass(frozen=True)
class Constraint:
    """A bound of a metric."""

    metric: str
    at_least: bool
    bound: float

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``metric>=number`` or ``metric<=number``."""
        found = _CONSTRAINT.match(text)
        if not found or found[1] not in METRICS:
            law = "METRIC>=NUMBER or METRIC<=NUMBER with one of " + ", ".join(METRICS)
            raise ConfigError(f"search.constraints must be {law}; got {text!r}")
        return cls(found[1], found[2] == ">=", float(found[3]))

    @property
    def name(self) -> str:
        """The constraint as it is written."""
        return f"{self.metric}{'>=' if self.at_least else '<='}{self.bound:g}"

    def excess(self, trials: pl.DataFrame) -> FloatArray:
        """Give how far each trial is beyond the bound ``(n,)``: 0 or less where it is kept, NaN where undefined."""
        values = trials[self.metric].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return self.bound - values if self.at_least else values - self.bound


@dataclass(frozen=True)
class Search:
    """A checked group ``search`` of the configuration."""

    name: str
    n_trials: int | None
    seed: int
    timeout: float | None
    generation: int
    objectives: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    # Not shown: a walk-forward has none of them, and is known by how its search is written.
    warm_start: tuple[Path, ...] = field(default=(), repr=False)
    """Folders of earlier sweeps whose trials are told before the first generation."""
    race_days: int | None = field(default=None, repr=False)
    """After so many days, again and again, trials that are behind are dropped; None: every trial meets all days."""
    race_keep: float = field(default=0.5, repr=False)
    """Share of the trials that each time go on."""

    @classmethod
    def read(cls, plain: Mapping[str, Any], objective: str, faults: list[str]) -> Self | None:
        """Check the group; None, and ``faults``, when it cannot be used."""
        before = len(faults)
        name, objectives = plain["name"], tuple(plain["objectives"] or (objective,))
        faults += _wrong_numbers(plain)
        if name not in SEARCHERS:
            faults.append(f"search.name must be one of {', '.join(SEARCHERS)}, got {name!r}")
        elif name != "grid" and plain["n_trials"] is None:
            faults.append(f"search={name} wants search.n_trials")
        unknown = [one for one in objectives if one not in OBJECTIVES]
        faults += [f"search.objectives must be of {', '.join(OBJECTIVES)}, got {one!r}" for one in unknown]
        if len(objectives) > 1 and name not in SEVERAL:
            faults.append(f"search={name} improves one metric; several are for {', '.join(sorted(SEVERAL))}")
        if name == "nsga2" and len(set(objectives)) < 2:
            faults.append("search=nsga2 wants two search.objectives or more")
        constraints = _constraints(plain["constraints"], faults)
        if name == "cmaes":
            faults += _wrong_for_cmaes(plain)
        warm = tuple(Path(one).expanduser().resolve() for one in plain.get("warm_start") or ())
        if warm and name in SEARCHERS and name not in LEARNING:
            faults.append(f"search={name} learns nothing; search.warm_start is for {', '.join(LEARNING)}")
        race = plain.get("race_days"), plain.get("race_keep", 0.5)
        faults += _wrong_race(name, *race)
        if len(faults) > before:
            return None
        numbers = (plain["n_trials"], plain["seed"], plain["timeout"], plain["generation"])
        return cls(name, *numbers, objectives, constraints, warm, *race)

    def kept(self, plain: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the group as a sweep keeps it: folders hold wherever it is resumed from."""
        return {**plain, "warm_start": [str(folder) for folder in self.warm_start]} if self.warm_start else plain

    def check(self, grid: ParamGrid) -> None:
        """Raise ConfigError when this search is not for a grid."""
        numeric = sum(is_ordered(grid, path) for path in grid.axes)
        if self.name != "cmaes" or numeric >= 2:
            return
        law = "two axes or more of numbers or times, each of two values or more in ascending order and without null"
        raise ConfigError(f"search=cmaes wants {law}; this grid has {numeric}; search=tpe is for every grid")

    def unfit_for_windows(self) -> list[str]:
        """Say what of this search a walk-forward must not have."""
        why = {
            "warm_start": "an earlier sweep may have seen what its windows must not",
            "race_days": "who is dropped by the days of one window would be missing in the next",
        }
        return [f"search.{name} is not for a walk-forward: {said}" for name, said in why.items() if getattr(self, name)]

    def scores(self, trials: pl.DataFrame) -> FloatArray:
        """Give the objectives of trials ``(n, objectives)``, NaN where undefined."""
        columns = [trials[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in self.objectives]
        return np.stack(columns, axis=1)

    def excess(self, trials: pl.DataFrame) -> FloatArray:
        """Give how far trials are beyond each constraint ``(n, constraints)``."""
        beyond = [one.excess(trials) for one in self.constraints]
        return np.stack(beyond, axis=1) if beyond else np.zeros((len(trials), 0))

    def trials(self, combinations: int) -> int:
        """Give how many trials the search will have at most."""
        return min(self.n_trials or combinations, combinations)

    @property
    def maximise(self) -> Sequence[bool]:
        """Whether each objective is better when it is greater."""
        return [OBJECTIVES[name].maximise for name in self.objectives]


def is_ordered(grid: ParamGrid, path: str) -> bool:
    """Whether an axis is a scale: two numbers or times or more, ascending, none of them off."""
    values, kind = grid.axes[path], grid.schema.by_path[path].kind
    return kind in ORDERED and len(values) > 1 and list(values) == sorted(values) and (OFF,) not in values


def _constraints(texts: Sequence[Any], faults: list[str]) -> tuple[Constraint, ...]:
    found = []
    for text in texts:
        try:
            found.append(Constraint.read(str(text)))
        except ConfigError as fault:
            faults.append(str(fault))
    return tuple(found)


def _wrong_numbers(plain: Mapping[str, Any]) -> list[str]:
    faults = _count("search.n_trials", plain["n_trials"], optional=True)
    faults += _count("search.generation", plain["generation"], optional=False)
    seed, timeout = plain["seed"], plain["timeout"]
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        faults.append(f"search.seed must be a whole number of at least 0, got {seed!r}")
    if timeout is not None and (not isinstance(timeout, (int, float)) or isinstance(timeout, bool) or timeout <= 0):
        faults.append(f"search.timeout must be seconds above 0, or null, got {timeout!r}")
    return faults


def _wrong_race(name: object, days: Any, keep: Any) -> list[str]:
    faults = _count("search.race_days", days, optional=True)
    if days is not None and name in LEARNING:
        faults.append(f"search.race_days is for grid, random and sobol: search={name} learns from whole trials")
    if not isinstance(keep, (int, float)) or isinstance(keep, bool) or not 0 < keep < 1:
        faults.append(f"search.race_keep must be a share above 0 and below 1, got {keep!r}")
    return faults


def _wrong_for_cmaes(plain: Mapping[str, Any]) -> list[str]:
    faults, generation = [], plain["generation"]
    if isinstance(generation, int) and generation < FEWEST_CMAES:
        faults.append(f"search=cmaes wants a search.generation of at least {FEWEST_CMAES}, got {generation}")
    if plain["constraints"]:
        faults.append("search=cmaes knows no search.constraints; tpe and nsga2 do")
    return faults


def _count(name: str, value: object, *, optional: bool) -> list[str]:
    if (optional and value is None) or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return []
    return [f"{name} must be a whole number of at least 1{', or null' if optional else ''}, got {value!r}"]
