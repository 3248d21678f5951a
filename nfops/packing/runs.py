"""Runs: rows that stand together and are alike in some columns.

A file of ticks has a million rows and few runs (its days, its contracts), so what is true of a whole run is found
once and told to its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from nfops.types import BoolArray, Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """The runs of a frame, in its order."""

    rows: pl.DataFrame
    """The columns that are alike within a run."""
    starts: Int64Array
    """Place of the first row of each run."""
    lengths: Int64Array
    """Rows of each run."""

    @classmethod
    def of(cls, rows: pl.DataFrame, columns: Sequence[str]) -> Runs:
        """Find the runs of rows that are alike in ``columns``; nulls are alike."""
        begins = np.zeros(rows.height, np.bool_)
        begins[:1] = True
        for name in columns:
            begins[1:] |= _changes(rows[name])
        starts = np.flatnonzero(begins)
        return cls(rows.select(columns), starts, np.diff(starts, append=rows.height))

    @property
    def heads(self) -> pl.DataFrame:
        """What the rows of each run have in common."""
        return self.rows[self.starts]

    @property
    def number(self) -> pl.Series:
        """Of each row, that of its run (uint32), ascending from 0."""
        return pl.Series(np.repeat(np.arange(len(self.lengths), dtype=np.uint32), self.lengths)).set_sorted()

    def told(self, facts: pl.Series) -> pl.Series:
        """Give every row the fact of its run."""
        if facts.has_nulls() or not (facts.dtype.is_integer() or facts.dtype.is_temporal()):
            return facts.gather(self.number)
        return pl.Series(facts.name, np.repeat(facts.to_physical().to_numpy(), self.lengths)).cast(facts.dtype)


def _changes(column: pl.Series) -> BoolArray:
    """Whether a value differs from the one before, for all but the first."""
    if column.has_nulls() or not (column.dtype.is_integer() or column.dtype.is_temporal()):
        return column.ne_missing(column.shift(1)).to_numpy()[1:]
    values = column.to_physical().to_numpy()
    changes: BoolArray = values[1:] != values[:-1]
    return changes


def numbers(rows: pl.DataFrame, name: str) -> Int64Array:
    """Give a column without nulls as whole numbers."""
    return rows[name].to_physical().to_numpy()
