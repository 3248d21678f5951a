"""A finished sweep: trials by days, in one fixed order whatever executor, block size or order of tasks made it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from nfops.engine import DayResult
from nfops.metrics import DailyResults, metrics, objective
from nfops.params import Value
from nfops.types import SKIPS, Int64Array
from sweeps.config import SweepConfig

MONEY = ("gross_paise", "cost_paise")
COUNTS = ("n_positions", "n_fills")
MARKS = ("worst_mtm_paise", "best_mtm_paise")
OTHER = ("n_fallback", "n_stale_exit")
KIND: Final[Mapping[str, type[pl.DataType]]] = {
    "clock": pl.String,
    "clocks": pl.String,
    "choice": pl.String,
    "weekdays": pl.String,
    "flag": pl.Boolean,
    "seconds": pl.Int64,
    "count": pl.Int64,
    "percent": pl.Float64,
    "points": pl.Float64,
    "fraction": pl.Float64,
}
"""Column type of a swept parameter: by its kind, so that 10 beside 12.5 or null does not change it."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What recorders and reports see."""

    config: SweepConfig
    folder: Path
    trials: pl.DataFrame
    daily: pl.DataFrame
    fills: pl.DataFrame
    status: pl.DataFrame
    summary: Mapping[str, Any]
    """Content of sweep.json."""


class Collected:
    """Results as they arrive; a day counts when all its blocks did."""

    def __init__(self, config: SweepConfig, dates: list[dt.date]) -> None:
        self._config = config
        self._row = {date: at for at, date in enumerate(dates)}
        self._dates = dates
        shape = (len(dates), len(config.grid))
        self._columns = {name: np.zeros(shape, np.int64) for name in (*MONEY, *COUNTS, *MARKS, *OTHER)}
        self._skips = np.zeros((*shape, len(SKIPS)), np.int32)
        self._incomplete = np.zeros(shape, bool)
        self._arrived = np.zeros(shape, bool)

    def add(self, start: int, result: DayResult) -> None:
        """Put one block of one day in its place."""
        at = self._row[result.date]
        trials = slice(start, start + len(result.gross_paise))
        for name, column in self._columns.items():
            column[at, trials] = getattr(result, name)
        self._skips[at, trials] = result.skips
        self._incomplete[at, trials] = result.incomplete
        self._arrived[at, trials] = True

    def days(self) -> list[dt.date]:
        """Days all of whose trials have arrived."""
        return [date for date, at in self._row.items() if self._arrived[at].all()]

    def incomplete(self) -> set[dt.date]:
        """Days that some trial leaves out because the reference fell silent."""
        return {date for date in self.days() if self._incomplete[self._row[date]].any()}

    def best_so_far(self) -> tuple[int, float] | None:
        """Trial with the highest total over the days that have arrived, and that total in rupees."""
        rows = [self._row[date] for date in self.days()]
        if not rows:
            return None
        total = (self._columns["gross_paise"][rows] - self._columns["cost_paise"][rows]).sum(axis=0)
        return int(total.argmax()), float(total.max()) / 100

    def trials(self, missing: int) -> pl.DataFrame:
        """Build the table of trials: swept parameters, metrics, skips, status."""
        rows = [self._row[date] for date in self.days()]
        block = self._config.grid.block(0, len(self._config.grid))
        kept = ~self._incomplete[rows] | (block.column("data.use_incomplete") == 1)
        pick = {name: self._columns[name][rows].T for name in (*MONEY, "n_positions", *OTHER)}
        skips = self._skips[rows].astype(np.int64).T
        occurred = {reason: skips[at] for at, reason in enumerate(SKIPS) if skips[at].any()}
        table = metrics(DailyResults(**pick, skips=occurred, kept=kept.T))
        parameter = block.schema.by_path
        swept = [
            pl.Series(
                path,
                [_shown(parameter[path].read(codes)) for codes in block.columns([path])],
                KIND[parameter[path].kind],
            )
            for path in self._config.axes
        ]
        parameters = pl.DataFrame([pl.Series("trial_id", np.arange(len(block))), *swept])
        status = pl.lit("partial" if missing else "ok").alias("status")
        return parameters.hstack(table).with_columns(status)

    def daily(self) -> pl.DataFrame:
        """Build the table of daily results, sorted by date and trial."""
        days = self.days()
        rows = [self._row[date] for date in days]
        count = len(self._config.grid)
        flat = {name: column[rows].ravel() for name, column in self._columns.items()}
        return pl.DataFrame(
            {
                "trial_id": np.tile(np.arange(count, dtype=np.int64), len(days)),
                "symbol": pl.repeat(self._config.symbol, count * len(days), eager=True),
                "date": np.repeat(np.array(days, "datetime64[D]"), count),
                "gross_paise": flat["gross_paise"],
                "cost_paise": flat["cost_paise"],
                "net_paise": flat["gross_paise"] - flat["cost_paise"],
                "n_positions": flat["n_positions"],
                "n_fills": flat["n_fills"],
                "n_skipped": self._skips[rows].sum(axis=2, dtype=np.int64).ravel(),
                "worst_mtm_paise": flat["worst_mtm_paise"],
                "best_mtm_paise": flat["best_mtm_paise"],
            }
        )


def _shown(value: Value) -> Value:
    """Write a list as the command line does, for a table."""
    return f"[{','.join(value)}]" if isinstance(value, list) else value


def recorded(config: SweepConfig, trials: pl.DataFrame) -> Int64Array:
    """Trials whose fills are kept, ascending."""
    if config.record_fills == "none":
        return np.zeros(0, np.int64)
    if config.record_fills == "all" or len(trials) <= config.record_top:
        return trials["trial_id"].to_numpy()
    best = objective(config.objective).best_first(trials).head(config.record_top)
    return np.sort(best["trial_id"].to_numpy())
