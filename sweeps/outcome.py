"""The tables of a sweep: trials by days, in one fixed order whatever executor, block size or order of tasks made it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from nfops.metrics import DailyResults, metrics, objective
from nfops.params import Param, ParamBlock, distinct
from nfops.types import MISSING, SKIPS, BoolArray, Int64Array
from sweeps.config import SweepConfig
from sweeps.parameters import shown
from sweeps.plan import Block
from sweeps.results import ResultStore

MONEY: Final = ("gross_paise", "cost_paise")
COUNTS: Final = ("n_positions", "n_fills")
MARKS: Final = ("worst_mtm_paise", "best_mtm_paise")
CAPITAL: Final = "capital_paise"
ODD: Final = ("n_fallback", "n_stale_exit")
SCORED: Final = (*MONEY, "n_positions", CAPITAL, *ODD)
SKIPPED: Final = tuple(f"skip_{reason}" for reason in SKIPS)
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

RACED_OUT: Final = "raced_out"
"""Status of a trial that did not meet all days, because a race dropped it."""

CHUNK_ROWS: Final = 2_000_000
"""Daily rows that are put in order at a time."""


@dataclass(frozen=True)
class Collected:
    """The results of a sweep's whole days, read block by block, so that never all of them are in memory."""

    config: SweepConfig
    blocks: Sequence[Block]
    positions: Int64Array
    """Place of each trial in the grid."""
    days: Mapping[dt.date, str]
    """Whole days, in order, and the names of their results."""
    store: ResultStore
    begun: Sequence[Block]
    """Blocks of which at least one day came out: their sets count as tried."""

    @property
    def said(self) -> dict[str, Any]:
        """What the summary of a sweep says of how its trials were computed."""
        return {}

    def on(self, dates: Iterable[dt.date]) -> Collected:
        """Give the results of some days alone."""
        return replace(self, days={date: self.days[date] for date in dates if date in self.days})

    @cached_property
    def incomplete(self) -> set[dt.date]:
        """Days that some trial leaves out because the reference fell silent."""
        silent = np.zeros(len(self.days), bool)
        for block in self.blocks:
            silent |= self._read(block, ["incomplete"])["incomplete"].any(axis=1)
        return {date for date, is_silent in zip(self.days, silent, strict=True) if is_silent}

    def trials(self, missing: int) -> pl.DataFrame:
        """Build the table of trials: swept parameters, metrics, skips, status."""
        table = pl.concat([self._trials(block) for block in self.blocks], how="diagonal")
        reasons = [name for name in SKIPPED if name in table.columns]
        table = table.select(pl.exclude(reasons), pl.col(reasons).fill_null(0))
        return table.with_columns(pl.lit("partial" if missing else "ok").alias("status"))

    def daily(self) -> Iterator[pl.DataFrame]:
        """Build the table of daily results in pieces, sorted by date and trial."""
        trials = sum(map(len, self.blocks))
        count = max(1, CHUNK_ROWS // trials)
        dates = list(self.days)
        for first in range(0, max(len(dates), 1), count):
            yield self._daily(dates[first : first + count], trials)

    def alone(self, trial: int) -> pl.DataFrame:
        """Give the daily results of one trial: the columns of ``nfops.walkforward.DAILY`` but for the window."""
        block = next(one for one in self.blocks if one.start <= trial < one.start + len(one))
        found = self._read(block, [*MONEY, *COUNTS, *MARKS, CAPITAL, *ODD, "incomplete"])
        kept = _kept(found["incomplete"], ParamBlock(self.config.strategy.schema, block.values))
        at = trial - block.start
        mine = {name: column[:, at] for name, column in found.items()}
        skipped = np.zeros(len(self.days), np.int64) + sum(mine[name] for name in mine if name in SKIPPED)
        odd = [pl.Series(name, mine[name]) for name in ODD]
        return self._framed(list(self.days), mine, skipped).with_columns(*odd, pl.Series("counted", kept[:, at]))

    def _read(
        self, block: Block, names: Sequence[str], dates: Sequence[dt.date] | None = None
    ) -> dict[str, Int64Array]:
        """Give columns ``(days, trials)``; of the skips those that occurred."""
        days = [self.days[date] for date in (self.days if dates is None else dates)]
        found = self.store.read(block.name, days, len(block), {*names, *SKIPPED})
        nothing = np.broadcast_to(np.int64(0), (len(days), len(block)))
        return dict.fromkeys(names, nothing) | found

    def _trials(self, block: Block) -> pl.DataFrame:
        found = self._read(block, [*SCORED, "incomplete"])
        params = ParamBlock(self.config.strategy.schema, block.values)
        kept = _kept(found["incomplete"], params)
        occurred = {reason: found[f"skip_{reason}"].T for reason in SKIPS if f"skip_{reason}" in found}
        table = metrics(DailyResults(**{name: found[name].T for name in SCORED}, skips=occurred, kept=kept.T))
        ids = np.arange(block.start, block.start + len(block))
        return pl.DataFrame([pl.Series("trial_id", ids), *swept(params, self.config.axes)]).hstack(table)

    def _daily(self, dates: Sequence[dt.date], trials: int) -> pl.DataFrame:
        columns = {name: np.zeros((len(dates), trials), np.int64) for name in (*MONEY, *COUNTS, *MARKS, CAPITAL)}
        skipped = np.zeros((len(dates), trials), np.int64)
        for block in self.blocks:
            place = slice(block.start, block.start + len(block))
            found = self._read(block, list(columns), dates)
            for name, column in columns.items():
                column[:, place] = found[name]
            skipped[:, place] = sum(found[name] for name in found if name in SKIPPED)
        flat = {name: column.ravel() for name, column in columns.items()}
        ids = np.tile(np.arange(trials, dtype=np.int64), len(dates))
        table = self._framed(np.repeat(np.array(dates, "datetime64[D]"), trials), flat, skipped.ravel())
        return table.select(pl.Series("trial_id", ids), pl.all())

    def _framed(self, dates: Any, flat: Mapping[str, Int64Array], skipped: Int64Array) -> pl.DataFrame:
        """Write daily results, one row for each of ``dates``, as the table of daily results does."""
        return pl.DataFrame(
            {
                "symbol": pl.repeat(self.config.symbol, len(skipped), eager=True),
                "date": np.array(dates, "datetime64[D]"),
                **{name: flat[name] for name in MONEY},
                "net_paise": flat["gross_paise"] - flat["cost_paise"],
                **{name: flat[name] for name in COUNTS},
                "n_skipped": skipped,
                **{name: flat[name] for name in MARKS},
                CAPITAL: pl.Series(flat[CAPITAL]).replace(MISSING, None),
            }
        )


def _kept(incomplete: Int64Array, params: ParamBlock) -> BoolArray:
    """Tell which days ``(D, P)`` count for each set."""
    kept: BoolArray = (incomplete == 0) | (params.column("data.use_incomplete") == 1)
    return kept


def swept(block: ParamBlock, paths: Mapping[str, Any]) -> list[pl.Series]:
    """Give the columns of the table of trials that hold swept parameters."""
    return [_column(block, block.schema.by_path[path]) for path in paths]


def _column(block: ParamBlock, param: Param) -> pl.Series:
    """Give the column of one parameter; of its few values each is read once, however many trials there are."""
    codes = block.columns([param.path])
    heads, which = distinct(codes)
    written = [shown(param.read(row)) for row in codes[heads].tolist()]
    return pl.Series(param.path, written, KIND[param.kind]).gather(which)


def recorded(config: SweepConfig, trials: pl.DataFrame) -> Int64Array:
    """Trials whose fills are kept, ascending."""
    if config.record_fills == "none":
        return np.zeros(0, np.int64)
    whole = trials.filter(pl.col("status") != RACED_OUT)
    if config.record_fills == "all" or len(whole) <= config.record_top:
        return whole["trial_id"].to_numpy()
    best = objective(config.objective).best_first(trials).head(config.record_top)
    return np.sort(best["trial_id"].to_numpy())
