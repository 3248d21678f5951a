"""The objective as a field over two swept axes, so that a plateau can be told from a lucky cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from nfops.report.folder import SweepFolder, value_text
from nfops.report.neighbours import Surroundings, ordered
from nfops.report.words import setting, short
from nfops.types import BoolArray, FloatArray

_FLAT: Final = "_on_the_plateau"


@dataclass(frozen=True, eq=False)
class Field:
    """Values ``(rows, columns)`` of the objective; NaN where no trial has one."""

    title: str
    others: str
    """What the axes that are not shown are set to."""
    row_axis: str
    column_axis: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: FloatArray
    flat: BoolArray
    """Cells that hold a set on the plateau."""
    best: tuple[int, int] | None
    """Cell of the best trial."""


def fields(around: Surroundings) -> list[Field]:
    """Return the field over the two axes with most values, with the other axes as in the best trial.

    Where there are other axes, a second field shows the median over all their values. Fewer than two axes: none.
    """
    folder = around.folder
    counts = {axis: len(values) for axis, values in around.values.items()}
    if len(counts) < 2:
        return []
    shown = sorted(counts, key=lambda axis: -counts[axis])[:2]
    down, across = (axis for axis in folder.axes if axis in shown)
    others = [axis for axis in folder.axes if axis not in shown]
    trials = folder.ranked.with_columns(pl.Series(_FLAT, around.plateau))
    best = trials.row(0, named=True)
    if not others:
        return [_field(folder, trials, (down, across), best, ("", "there are no other axes"))]
    held = pl.all_horizontal(pl.col(axis).eq_missing(pl.lit(best[axis])) for axis in others)
    like_best = setting({axis: value_text(best[axis]) for axis in others})
    left = "Others as in the best", f"left with {like_best}"
    right = "Median over the others", "right the median over the others"
    return [
        _field(folder, trials.filter(held), (down, across), best, left),
        _field(folder, trials, (down, across), best, right),
    ]


def _field(
    folder: SweepFolder, trials: pl.DataFrame, axes: tuple[str, str], best: Mapping[str, Any], words: tuple[str, str]
) -> Field:
    rows, columns = (ordered(folder.trials[axis]) for axis in axes)
    row_of, column_of = ({value: at for at, value in enumerate(known)} for known in (rows, columns))
    values = np.full((len(rows), len(columns)), np.nan)
    flat = np.zeros(values.shape, bool)
    cells = trials.group_by(axes).agg(pl.col(folder.objective.name).median(), pl.col(_FLAT).any())
    for down, across, middle, on_plateau in cells.iter_rows():
        place = row_of[down], column_of[across]
        values[place] = np.nan if middle is None else middle
        flat[place] = on_plateau
    return Field(
        title=words[0],
        others=words[1],
        row_axis=short(axes[0]),
        column_axis=short(axes[1]),
        rows=tuple(map(value_text, rows)),
        columns=tuple(map(value_text, columns)),
        values=values,
        flat=flat,
        best=(row_of[best[axes[0]]], column_of[best[axes[1]]]),
    )
