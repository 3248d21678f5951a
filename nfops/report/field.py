"""The objective as a field over two swept axes, so that a plateau can be told from a lucky cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from nfops.report.folder import SweepFolder, value_text
from nfops.report.words import setting, short
from nfops.types import FloatArray


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
    best: tuple[int, int] | None
    """Cell of the best trial."""


def fields(folder: SweepFolder) -> list[Field]:
    """Return the field over the two axes with most values, with the other axes as in the best trial.

    Where there are other axes, a second field shows the median over all their values. Fewer than two axes: none.
    """
    counts = {axis: folder.trials[axis].n_unique() for axis in folder.axes}
    if len(counts) < 2:
        return []
    shown = sorted(counts, key=lambda axis: -counts[axis])[:2]
    down, across = (axis for axis in folder.axes if axis in shown)
    others = [axis for axis in folder.axes if axis not in shown]
    best = folder.ranked.row(0, named=True)
    if not others:
        return [_field(folder, folder.ranked, (down, across), best, ("", "there are no other axes"))]
    held = pl.all_horizontal(pl.col(axis).eq_missing(pl.lit(best[axis])) for axis in others)
    like_best = setting({axis: value_text(best[axis]) for axis in others})
    return [
        _field(
            folder,
            folder.ranked.filter(held),
            (down, across),
            best,
            ("Others as in the best", f"left with {like_best}"),
        ),
        _field(
            folder, folder.ranked, (down, across), best, ("Median over the others", "right the median over the others")
        ),
    ]


def ordered(values: pl.Series) -> list[Any]:
    """Return the distinct values of an axis, ascending, with ``off`` at the end."""
    known = values.drop_nulls().unique().sort().to_list()
    return [*known, None] if values.null_count() else known


def _field(
    folder: SweepFolder, trials: pl.DataFrame, axes: tuple[str, str], best: Mapping[str, Any], words: tuple[str, str]
) -> Field:
    rows, columns = (ordered(folder.trials[axis]) for axis in axes)
    values = np.full((len(rows), len(columns)), np.nan)
    for *place, middle in trials.group_by(axes).agg(pl.col(folder.objective.name).median()).iter_rows():
        if middle is not None:
            values[rows.index(place[0]), columns.index(place[1])] = middle
    return Field(
        title=words[0],
        others=words[1],
        row_axis=short(axes[0]),
        column_axis=short(axes[1]),
        rows=tuple(map(value_text, rows)),
        columns=tuple(map(value_text, columns)),
        values=values,
        best=(rows.index(best[axes[0]]), columns.index(best[axes[1]])),
    )
