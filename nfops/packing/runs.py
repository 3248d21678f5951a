"""Runs: rows that stand together and are alike in some columns.

A file of ticks has a million rows and few runs (its days, its contracts), so what is true of a whole run is found
once and told to its rows by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a frame."""

    number: pl.Series
    """Of each row, that of its run (uint32), ascending from 0."""
    heads: pl.DataFrame
    """What the rows of each run have in common."""

    @classmethod
    def of(cls, rows: pl.DataFrame, columns: Sequence[str]) -> Runs:
        """Find the runs of rows that are alike in ``columns``; nulls are alike."""
        changes = (pl.col(name).ne_missing(pl.col(name).shift(1)) for name in columns)
        begins = rows.select(pl.any_horizontal(pl.int_range(pl.len()) == 0, *changes)).to_series()
        number = (begins.cum_sum() - 1).cast(pl.UInt32).set_sorted()
        return cls(number, rows.select(columns).filter(begins))

    def told(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Give every row the ``facts`` of its run, which has one row there."""
        return facts.select(pl.all().gather(self.number))

    @property
    def lengths(self) -> pl.Series:
        """Rows of each run."""
        return self.number.rle().struct.field("len")
