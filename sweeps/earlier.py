"""Trials of earlier sweeps that a search is told before it begins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from nfops.errors import ConfigError
from nfops.params import ParamGrid
from nfops.strategies import Strategy
from nfops.types import FloatArray, Int64Array, sealed
from sweeps.files import SUMMARY
from sweeps.parameters import composed, parameters, shown, steps
from sweeps.search import Search

FINISHED: Final = ("ok", "partial")
"""Of sweeps, and of trials that were computed to the end."""

OFF_GRID: Final = -1


@dataclass(frozen=True, eq=False)
class Earlier:
    """What of one earlier sweep a search is told."""

    folder: Path
    span: tuple[str, str]
    """Its first and last day, as ISO dates."""
    trials: int
    off: int
    """Trials that lie off the grid of this search."""
    positions: Int64Array
    """Places ``(n,)`` in the grid of those that are told."""
    scores: FloatArray
    """Their objectives ``(n, k)``."""
    excess: FloatArray
    """How far they are beyond each constraint ``(n, c)``."""

    @property
    def line(self) -> str:
        """What became of its trials, in words."""
        told, mute = len(self.positions), self.trials - self.off - len(self.positions)
        said = f"{told:,} of {self.trials:,} trials of {self.folder} ({self.span[0]} to {self.span[1]}) were told; "
        return f"{said}{self.off:,} lie off this grid" + (f", {mute:,} have no score" if mute else "")

    @property
    def counts(self) -> dict[str, Any]:
        """What became of its trials, for the summary of this sweep."""
        told = {"trials": self.trials, "told": len(self.positions), "off_grid": self.off}
        return {"folder": str(self.folder), "span": self.span, **told}


def earlier_of(symbol: str, strategy: Strategy, grid: ParamGrid, search: Search) -> tuple[Earlier, ...]:
    """Read the sweeps that a search is to be told; one ConfigError names all that cannot be."""
    found, faults = [], []
    for folder in search.warm_start:
        try:
            found.append(_read(folder, symbol, strategy, grid, search))
        except ConfigError as fault:
            faults.append(f"search.warm_start: {folder} {fault}")
    if faults:
        raise ConfigError.collect(faults, "the sweep cannot start:")
    return tuple(found)


def _read(folder: Path, symbol: str, strategy: Strategy, grid: ParamGrid, search: Search) -> Earlier:
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        trials = pl.read_parquet(folder / "trials.parquet")
    except (OSError, ValueError, pl.exceptions.PolarsError) as fault:
        raise ConfigError(f"is not the folder of a finished sweep: {fault}") from None
    if summary["status"] not in FINISHED:
        raise ConfigError(f"is not finished but {summary['status']}")
    if summary["symbol"] != symbol:
        raise ConfigError(f"is of {summary['symbol']}, not of {symbol}")
    theirs = composed(summary["config"]["strategy"], [])
    if theirs is None or (theirs.name, theirs.parts) != (strategy.name, strategy.parts):
        raise ConfigError(f"is of strategy {summary['strategy']}, not of {strategy.name}")
    if summary["strategy_version"] != strategy.version:
        raise ConfigError(f"is of version {summary['strategy_version']} of {strategy.name}, not {strategy.version}")
    positions = _places(grid, _rows(strategy, summary, trials))
    scores, excess = search.scores(trials), search.excess(trials)
    whole = trials["status"].is_in(FINISHED).to_numpy()
    known = whole & ~np.isnan(scores).any(axis=1) & ~np.isnan(excess).any(axis=1)
    told, off = known & (positions != OFF_GRID), int((positions == OFF_GRID).sum())
    span = summary["config"]["span"]
    days = str(span["start"]), str(span["end"])
    return Earlier(folder, days, len(trials), off, sealed(positions[told]), scores[told], excess[told])


def _rows(strategy: Strategy, summary: Mapping[str, Any], trials: pl.DataFrame) -> Int64Array:
    """Give the numbers ``(P, F)`` of earlier trials, as their own sweep had them."""
    schema = strategy.schema
    swept, fixed = parameters(summary["config"])
    axes = {path: steps(schema.by_path[path], values, []) for path, values in swept.items()}
    first = {path: values[0] for path, values in axes.items()}
    rows = np.tile(schema.row({**fixed, **first}), (len(trials), 1))
    for path in summary["axes"]:
        param = schema.by_path[path]
        codes = {shown(param.read(one)): one for one in map(param.codes, axes[path])}
        rows[:, list(schema.columns[path])] = [codes[value] for value in trials[path]]
    return rows


def _places(grid: ParamGrid, rows: Int64Array) -> Int64Array:
    """Give the position ``(P,)`` of each row in a grid, OFF_GRID where it is not on it."""
    swept = [column for path in grid.axes for column in grid.schema.columns[path]]
    rest = np.setdiff1d(np.arange(rows.shape[1]), swept)
    on = (rows[:, rest] == grid.base[rest]).all(axis=1)
    places = np.zeros(len(rows), np.int64)
    for path, axis in grid.axes.items():
        at_of = {codes: at for at, codes in enumerate(axis)}
        at = np.array([at_of.get(tuple(row), OFF_GRID) for row in rows[:, list(grid.schema.columns[path])].tolist()])
        on &= at != OFF_GRID
        places = places * len(axis) + at
    return np.where(on, places, OFF_GRID)
