"""What the best trial stands on: the sets one step away on each axis, and the plateau of sets that are as good."""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from nfops.report.folder import SweepFolder, value_text
from nfops.report.tables import Table
from nfops.report.words import metric, plural, rupees, short
from nfops.types import BoolArray, FloatArray, Int64Array

NEAR: Final = 0.25
"""Of the way from the best trial back to the median one: whoever lies within it is as good as the best."""

RULE: Final = "as good: within a quarter of the way from the best set back to the median one"
"""What NEAR says."""

_CLOCK: Final = re.compile(r"^\d\d:\d\d")


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Trials that may be compared, best first, and who stands beside whom."""

    folder: SweepFolder

    @cached_property
    def values(self) -> dict[str, list[Any]]:
        """Values of each axis in order, ``off`` at the end."""
        return {axis: ordered(self.folder.trials[axis]) for axis in self.folder.axes}

    @cached_property
    def places(self) -> Int64Array:
        """Place of each trial's value on each axis, ``(P, k)``."""
        columns = [
            self.folder.ranked[axis].replace_strict(values, list(range(len(values))), return_dtype=pl.Int64).to_numpy()
            for axis, values in self.values.items()
        ]
        return np.column_stack(columns) if columns else np.zeros((self.folder.ranked.height, 0), np.int64)

    @cached_property
    def stepped(self) -> tuple[str, ...]:
        """Axes with an order: numbers and times of day. A choice of names has none, and is a different idea."""
        return tuple(axis for axis, values in self.values.items() if len(values) > 1 and _has_steps(values))

    @cached_property
    def beside(self) -> Int64Array:
        """Rows of each trial's neighbours, ``(P, 2 a)``: a step down and up on each axis of ``stepped``, -1 not tried.

        All other parameters are those of the trial.
        """
        sizes = [len(values) for values in self.values.values()]
        strides = list(itertools.accumulate([1, *sizes], operator.mul))
        kind = np.int64 if strides[-1] < 2**62 else object  # whole numbers of any size are exact, only slower
        keys = self.places.astype(kind) @ np.array(strides[:-1], kind)
        order = np.argsort(keys, kind="stable")
        found = np.full((len(keys), 2 * len(self.stepped)), -1, np.int64)
        for column, (axis, step) in enumerate(itertools.product(self.stepped, (-1, 1))):
            at = self.folder.axes.index(axis)
            inside = (self.places[:, at] + step >= 0) & (self.places[:, at] + step < sizes[at])
            wanted = keys + step * strides[at]
            place = np.searchsorted(keys[order], wanted).clip(max=len(keys) - 1)
            there = inside & (keys[order][place] == wanted)
            found[there, column] = order[place[there]]
        return found

    @cached_property
    def merit(self) -> FloatArray:
        """Objective of each trial, larger is better, ``(P,)``; minus infinity where it is undefined."""
        goal = self.folder.objective
        values = self.folder.ranked[goal.name].to_numpy().astype(np.float64) * (1 if goal.maximise else -1)
        return np.where(np.isnan(values), -np.inf, values)

    @cached_property
    def as_good(self) -> BoolArray:
        """Whether each trial is nearly as good as the best, ``(P,)``; see NEAR."""
        known = self.merit[np.isfinite(self.merit)]
        if not len(known):
            return np.zeros(len(self.merit), bool)
        return np.asarray(self.merit >= known.max() - NEAR * (known.max() - np.median(known)))

    @cached_property
    def plateau(self) -> BoolArray:
        """Whether each trial and all its neighbours, of which there is one at least, are as good as the best."""
        tried = self.beside >= 0
        return self.as_good & tried.any(axis=1) & np.where(tried, self.as_good[self.beside], True).all(axis=1)

    @cached_property
    def steadiest(self) -> int:
        """Row of the trial whose worst, of itself and its neighbours, is best; the best trial where none has any."""
        tried = self.beside >= 0
        if not tried.any():
            return 0
        worst = np.where(tried, self.merit[self.beside], np.inf).min(axis=1, initial=np.inf)
        return int(np.argmax(np.where(tried.any(axis=1), np.minimum(worst, self.merit), -np.inf)))

    def of(self, row: int) -> list[tuple[str, int]]:
        """Give the axis and the row of each neighbour that was tried."""
        pairs = itertools.product(self.stepped, (-1, 1))
        return [(axis, int(at)) for (axis, _), at in zip(pairs, self.beside[row], strict=True) if at >= 0]


def robustness(around: Surroundings) -> list[str]:
    """Say what the best trial stands on; nothing when there is no axis to step along."""
    if not around.stepped or not np.isfinite(around.merit[0]):
        return []
    beside = around.of(0)
    if not beside:
        return ["No set one step away from the best was tried, so whether it stands on a plateau cannot be said."]
    rows = around.folder.ranked
    goal = around.folder.objective
    totals = [float(rows["total"][at]) for _, at in beside]
    good = sum(bool(around.as_good[at]) for _, at in beside)
    worst = rows[goal.name][min((at for _, at in beside), key=lambda at: around.merit[at])]
    stands = "on a plateau" if around.plateau[0] else "at an edge" if good else "alone"
    said = (
        f"The best stands {stands}: of the {plural(len(beside), 'set')} one step away on one axis, {good or 'none'} "
        f"{'are' if good > 1 else 'is'} as good (within a quarter of the way back to the median set) and "
        f"{sum(total > 0 for total in totals) or 'none'} made money; the worst of them has a {goal.label} of "
        f"{metric(goal.name, worst)}, and the least net result is {rupees(min(totals))}."
    )
    if around.steadiest == 0:
        return [said]
    steady = rows.row(around.steadiest, named=True)
    said += f" The set whose worst neighbour is best is trial {steady['trial_id']}, with a {goal.label} of "
    return [f"{said}{metric(goal.name, steady[goal.name])}."]


def neighbour_table(around: Surroundings) -> Table:
    """List the sets one step away from the best."""
    goal = around.folder.objective.name
    names = tuple(dict.fromkeys((goal, "total", "max_drawdown")))
    rows = []
    for axis, at in [("", 0), *around.of(0)]:
        row = around.folder.ranked.row(at, named=True)
        changed = f"{short(axis)} {value_text(row[axis])}" if axis else "the best itself"
        judged = "on the plateau" if around.plateau[at] else "as good" if around.as_good[at] else "worse"
        rows.append((changed, str(row["trial_id"]), judged, *(metric(name, row[name]) for name in names)))
    heads = {"total": "net", "max_drawdown": "drawdown", goal: around.folder.objective.label}
    head = ("one step away", "trial", "against the best", *(heads[name] for name in names))
    return Table(f"The neighbours of the best ({RULE})", head, tuple(rows), words=3)


def ordered(values: pl.Series) -> list[Any]:
    """Return the distinct values of an axis, ascending, with ``off`` at the end."""
    known = values.drop_nulls().unique().sort().to_list()
    return [*known, None] if values.null_count() else known


def _has_steps(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    if any(isinstance(value, bool) for value in known):
        return False
    return all(isinstance(value, (int, float)) or _CLOCK.match(str(value)) for value in known)
