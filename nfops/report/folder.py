"""The files of a finished sweep, read back (SPEC §10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import polars as pl

from nfops.errors import DataError
from nfops.metrics import METRICS, Objective, objective

LEADING: Final = 50
"""Trials of which every day is read at once, because nearly all that is shown is about them."""

ATTRIBUTION: Final = {"trial_id": pl.Int64, "date": pl.Date}
TABLES: Final = ("trials", "daily", "fills", "status")


@dataclass(frozen=True, eq=False)
class SweepFolder:
    """One sweep: what was asked (``summary``, the content of sweep.json) and what came out (its tables)."""

    path: Path
    summary: Mapping[str, Any]
    trials: pl.DataFrame
    daily: pl.LazyFrame
    """By date and trial. Of many trials on many days it is larger than memory, so it is read as far as it is needed."""
    fills: pl.DataFrame
    status: pl.DataFrame

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the folder ``path``; raise DataError naming every file that is not there or not finished."""
        absent = [
            name for name in ("sweep.json", *(f"{table}.parquet" for table in TABLES)) if not (path / name).is_file()
        ]
        if absent:
            raise DataError(f"{path} is not the folder of a finished sweep: {', '.join(absent)} not found", "no_sweep")
        summary = json.loads((path / "sweep.json").read_text(encoding="utf-8"))
        tables = {table: pl.scan_parquet(path / f"{table}.parquet") for table in TABLES}
        return cls(path, summary, daily=tables.pop("daily"), **{name: rows.collect() for name, rows in tables.items()})

    @property
    def sweep_id(self) -> str:
        """Name of the folder."""
        return self.path.name

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """Swept parameters, in the order of the command line."""
        names = self.trials.columns
        return tuple(names[names.index("trial_id") + 1 : names.index(METRICS[0])])

    @cached_property
    def objective(self) -> Objective:
        """What the sweep was to improve."""
        return objective(self.summary["objective"])

    @cached_property
    def ranked(self) -> pl.DataFrame:
        """Trials that may be compared, best first."""
        return self.objective.best_first(self.trials)

    @property
    def raced_out(self) -> int:
        """Trials that a race dropped before they had met all days."""
        return self.trials.filter(pl.col("status") == "raced_out").height

    @property
    def counted(self) -> pl.LazyFrame:
        """Daily results of the days that metrics run over, in order of date."""
        return self.daily.filter(self._counts)

    @property
    def _counts(self) -> pl.Expr:
        if self.summary["config"]["data"]["use_incomplete"]:
            return pl.lit(value=True)
        left_out = self.status.filter(pl.col("state") == "incomplete")["date"]
        return ~pl.col("date").is_in(left_out.implode())

    @cached_property
    def dates(self) -> pl.Series:
        """Days that metrics run over, in order."""
        return self.counted.select(pl.col("date").unique().sort()).collect()["date"]

    def of(self, trial_id: int) -> pl.DataFrame:
        """Give the daily results of one trial on every day, also those that do not count, in order of date."""
        mine = pl.col("trial_id") == trial_id
        if trial_id in self.ranked["trial_id"].head(LEADING):
            return self._leading.filter(mine)
        return self.daily.filter(mine).collect()

    @cached_property
    def _leading(self) -> pl.DataFrame:
        first = self.ranked["trial_id"].head(LEADING)
        return self.daily.filter(pl.col("trial_id").is_in(first.implode())).collect()

    def counted_of(self, trial_id: int) -> pl.DataFrame:
        """Give the daily results of one trial on the days that metrics run over, in order of date."""
        return self.of(trial_id).filter(self._counts)

    @cached_property
    def attribution(self) -> pl.DataFrame:
        """Where the results of the best trial came from; no rows unless it was hedged and its fills were recorded."""
        path = self.path / "attribution.parquet"
        return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=ATTRIBUTION)

    @cached_property
    def span(self) -> tuple[str, str]:
        """First and last day asked for, as ISO dates."""
        days = self.summary["config"]["span"]
        return str(days["start"]), str(days["end"])

    @property
    def notice(self) -> str:
        """What must be read before the results, e.g. that the market is simulated; empty when there is nothing."""
        said = [self.summary["config"].get("notice") or ""]
        if days := self.legacy_days:
            said.append(
                f"Option prices of {days} of {self.status.height} days come from files of the old scripts: their close "
                "may be yesterday's, and no result of these days can be trusted."
            )
        return " ".join(filter(None, said))

    @property
    def legacy_days(self) -> int:
        """Days computed, as the run allowed, from option files whose close may be no price of the day (SPEC 2.8)."""
        return self.status.filter(pl.col("ok") & (pl.col("error_type") == "legacy_close")).height

    @property
    def sets_ever(self) -> int:
        """Different sets that were ever tried on the symbol in the study when this sweep ended; 0 if nobody counted."""
        return int((self.summary.get("ledger") or {}).get("sets", 0))

    def days(self, state: str) -> list[str]:
        """ISO dates of the days in ``state`` (ok, incomplete, missing, failed)."""
        return [date.isoformat() for date in self.status.filter(pl.col("state") == state)["date"]]

    def equity(self, trial_id: int) -> pl.DataFrame:
        """``date, net, equity`` of one trial in rupees, over the days that count."""
        rows = self.counted_of(trial_id).group_by("date", maintain_order=True)
        net = rows.agg(net=pl.col("net_paise").sum() / 100)
        return net.with_columns(equity=pl.col("net").cum_sum())

    def fills_of(self, trial_id: int) -> pl.DataFrame:
        """Return recorded fills of one trial in order of execution; no rows where none were recorded."""
        return self.fills.filter(pl.col("trial_id") == trial_id) if len(self.fills) else self.fills

    def setting(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Swept values of one row of ``trials`` as text; an axis that is off reads ``off``."""
        return {axis: value_text(row[axis]) for axis in self.axes}


def value_text(value: object) -> str:
    """Write a parameter's value as on the command line, numbers without needless digits."""
    if value is None:
        return "off"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)
