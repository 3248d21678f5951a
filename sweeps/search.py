"""What a search is: the trials it may choose among, how many, and what it is to improve."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import polars as pl

from nfops.errors import ConfigError
from nfops.metrics import METRICS, OBJECTIVES
from nfops.types import FloatArray

SEARCHERS: Final = ("grid", "random", "sobol", "tpe", "nsga2")
SEVERAL: Final = frozenset({"tpe", "nsga2"})
"""Searchers that can improve several metrics at once."""

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
        if len(faults) > before:
            return None
        numbers = (plain["n_trials"], plain["seed"], plain["timeout"], plain["generation"])
        return cls(name, *numbers, objectives, constraints)

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


def _count(name: str, value: object, *, optional: bool) -> list[str]:
    if (optional and value is None) or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return []
    return [f"{name} must be a whole number of at least 1{', or null' if optional else ''}, got {value!r}"]
