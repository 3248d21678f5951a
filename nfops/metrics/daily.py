"""Daily results of many trials, and the table of metrics made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from nfops.metrics.statistics import statistics
from nfops.types import SKIPS, BoolArray, FloatArray, Int64Array

STATISTICS: Final = (
    "total",
    "mean",
    "std",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "win_rate",
    "profit_factor",
    "cvar_5",
    "worst_day",
    "skew",
    "kurtosis",
)
COUNTS: Final = ("n_fallback", "n_stale_exit")
METRICS: Final = (*STATISTICS, "n_trades", "cost_share", "peak_capital", "return_on_capital", *COUNTS)
"""Columns of a metrics table, in order; a column ``skip_<reason>`` follows for each reason that occurred."""


@dataclass(frozen=True, eq=False)
class DailyResults:
    """What P trials came to on D days of one symbol, in order of date; arrays are ``(P, D)`` int64.

    Days that are missing or failed are not among the D days.
    """

    gross_paise: Int64Array
    cost_paise: Int64Array
    n_positions: Int64Array
    capital_paise: Int64Array
    """The most that was blocked at once on the day, by the margin estimate or as a fixed sum; MISSING if unknown."""
    n_fallback: Int64Array
    n_stale_exit: Int64Array
    skips: Mapping[str, Int64Array]
    """Entries not made, by reason; a reason that is absent never occurred."""
    kept: BoolArray
    """(P, D) bool: the days that count for each trial; others (incomplete ones) leave no trace in its metrics."""


def metrics(results: DailyResults) -> pl.DataFrame:
    """Return one row of metrics per trial, over the days it keeps.

    Rows do not depend on one another, so a table may be computed in pieces.

    Returns
    -------
    polars.DataFrame
        P rows, columns METRICS then ``skip_<reason>`` in the order of SKIPS. Money in rupees (float64), counts int64.
        What is undefined is null; a trial that keeps no day has a total of 0, skips of 0, and nulls.
    """
    trials = len(results.kept)
    columns: dict[str, FloatArray] = {name: np.full(trials, np.nan) for name in METRICS}
    columns["total"] = np.zeros(trials)
    for rows, days in _same_days(results.kept):
        gross, cost, positions, capital = (
            np.ascontiguousarray(_picked(array, rows, days))
            for array in (results.gross_paise, results.cost_paise, results.n_positions, results.capital_paise)
        )
        for name, values in statistics(gross, cost, positions, capital).items():
            columns[name][rows] = values
        columns["n_trades"][rows] = positions.sum(axis=1)
        for name in COUNTS:
            columns[name][rows] = _picked(getattr(results, name), rows, days).sum(axis=1)
    skips = {
        f"skip_{reason}": np.where(results.kept, results.skips[reason], 0).sum(axis=1, dtype=np.int64)
        for reason in SKIPS
        if reason in results.skips
    }
    table = pl.DataFrame({**columns, **skips}).with_columns(pl.col(METRICS).fill_nan(None))
    return table.with_columns(pl.col("n_trades", *COUNTS).cast(pl.Int64))


def _picked(array: Int64Array, rows: Int64Array, days: Int64Array) -> Int64Array:
    """Give ``rows`` and ``days`` of an array ``(P, D)``; mostly that is all of it, and picking takes longer."""
    return array if (len(rows), len(days)) == array.shape else array[np.ix_(rows, days)]


def _same_days(kept: BoolArray) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Give (rows, kept days) for each set of trials that keep the same days, if any."""
    if (kept == kept[:1]).all():  # mostly; sorting them would take longer than all metrics
        masks, group = kept[:1], np.zeros(len(kept), np.int64)
    else:
        masks, group = np.unique(kept, axis=0, return_inverse=True)
    for index, mask in enumerate(masks):
        if mask.any():
            yield np.flatnonzero(group == index), np.flatnonzero(mask)
