"""Runs: rows that stand together and are alike in some columns.

A file of ticks has a million rows and few runs (its days, its contracts), so what is true of a whole run is found
once and told to its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from nfops.types import Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """The runs of a frame, in its order."""

    heads: pl.DataFrame
    """What the rows of each run have in common."""
    lengths: Int64Array
    """Rows of each run."""

    @classmethod
    def of(cls, rows: pl.DataFrame, columns: Sequence[str]) -> Runs:
        """Find the runs of rows that are alike in ``columns``; nulls are alike."""
        changes = (pl.col(name).ne_missing(pl.col(name).shift(1)) for name in columns)
        begins = rows.select(pl.any_horizontal(pl.int_range(pl.len()) == 0, *changes)).to_series()
        starts = begins.arg_true().to_numpy().astype(np.int64)
        return cls(rows.select(columns).filter(begins), np.diff(starts, append=rows.height))

    @property
    def number(self) -> pl.Series:
        """Of each row, that of its run (uint32), ascending from 0."""
        return pl.Series(np.repeat(np.arange(len(self.lengths), dtype=np.uint32), self.lengths)).set_sorted()

    def told(self, facts: pl.Series) -> pl.Series:
        """Give every row the fact of its run."""
        if facts.has_nulls() or not (facts.dtype.is_integer() or facts.dtype.is_temporal()):
            return facts.gather(self.number)
        return pl.Series(facts.name, np.repeat(facts.to_physical().to_numpy(), self.lengths)).cast(facts.dtype)
