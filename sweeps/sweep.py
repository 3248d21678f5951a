"""Running a sweep: build missing days, evaluate all trials on each, score, keep the best fills, write the files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from nfops.engine import allows_legacy, blotter, described, legacy_close
from nfops.errors import NfopsError
from nfops.market import DayFacts
from nfops.metrics import objective
from sweeps import files
from sweeps.adapters.local_executor import LocalExecutor
from sweeps.adapters.optuna_storage import export
from sweeps.adapters.optuna_study import importances
from sweeps.config import SweepConfig
from sweeps.console import Console
from sweeps.days import Days
from sweeps.evaluation import Evaluation, parts_of
from sweeps.explained import explained
from sweeps.finished import Sweep
from sweeps.hold import held
from sweeps.outcome import Collected, recorded
from sweeps.ports import Executor, Task
from sweeps.race import race
from sweeps.states import LEGACY, States
from sweeps.stop import Stop, stoppable
from sweeps.tried import noted, shown
from sweeps.work import evaluate

TABLES: Final = ("trials", "daily", "fills", "status", "attribution")

STUDY: Final = "study.db"
"""Trials of a search as an Optuna storage."""

CUT: Final = 8
"""Days of a task that describes fills."""

FEW: Final = 100
"""Recorded sets of quick days whose fills are described here, whatever runs the sweep."""

ALLOWS_LEGACY: Final = "data.allow_legacy_close"


def run_sweep(config: SweepConfig, executor: Executor | None, console: Console) -> Sweep:
    """Run a checked configuration and write its files.

    What was computed before from the same days, code and numbers, by this sweep or another, is not computed again.

    Raises
    ------
    ConfigError
        When another process works in the sweep's folder.
    NfopsError
        What else goes wrong; sweep.json then says ``failed``, and no table of an earlier run is left beside it.
    """
    dates = list(config.market.trading_days(config.start, config.end))
    days = Days(config)
    started = dt.datetime.now(dt.UTC)
    folder = config.paths.sweep or new_folder(config, started)
    with held(folder):
        attempts = attempts_at(folder)
        summary = summary_of(config, started) | {"data_hash": data_hash(days.keys(dates))}
        with accounted(config, folder, summary, TABLES), stoppable(folder) as stop:
            work = _Work(config, executor or LocalExecutor(), console, days, folder, stop)
            return work.finish(dates, States(config.symbol, attempts), summary)


@dataclass(frozen=True)
class _Work:
    """What the steps of a sweep share."""

    config: SweepConfig
    runner: Executor
    console: Console
    days: Days
    folder: Path
    stop: Stop

    def finish(self, dates: list[dt.date], states: States, summary: dict[str, Any]) -> Sweep:
        """Evaluate and write everything."""
        usable = usable_days(self.config, self.days, dates, states, self.console)
        facts = {date: self.days.facts(self.config.symbol, date) for date in usable}
        evaluation = Evaluation(self.config, self.runner, self.console, self.days, self.folder, self.stop)
        collected = (race if self.config.search.race_days else Evaluation.run)(evaluation, facts, states)
        ledger = noted(self.config, self.folder, collected.begun)
        shown(self.config, self.folder, collected.days)
        trials = collected.trials(len(dates) - len(collected.days))
        # A sweep that was stopped is resumed; its blotter would only keep the reader waiting.
        wanted = [] if self.stop.asked else [facts[date] for date in collected.days]
        fills = self._fills(wanted, trials, collected, quick=evaluation.pace.is_quick)
        loaded = {date: self.days.glance(date).head for date in collected.days}
        status = states.table(dates, set(loaded), collected.incomplete, loaded)
        for date, trace in states.traces.items():
            files.write_log(self.folder, f"{self.config.symbol}-{date}", trace)
        legacy = status.filter(pl.col("ok") & (pl.col("error_type") == LEGACY[0])).height
        summary |= {"status": self._state(status, states), "days": len(loaded), "fills": len(fills)}
        summary |= {"trials": len(trials), "legacy_days": legacy, "finished": str(dt.datetime.now(dt.UTC))}
        summary |= {"ledger": ledger, "days_built": states.built, **collected.said}
        for name, table in {"trials": trials, "fills": fills, "status": status}.items():
            files.write_table(self.folder, name, table)
        files.write_pieces(self.folder, "daily", collected.daily())
        if (parts := self._explained(trials, fills)).height:
            files.write_table(self.folder, "attribution", parts)
        if self.config.search.name != "grid":
            export(self.folder / STUDY, self.folder.name, self.config.search, self.config.axes, trials)
            summary |= {"importances": importances(self.config.search, self.config.axes, trials)}
        files.write_summary(self.folder, summary)
        self.console.remark(self.days.mended)
        return Sweep(self.config, self.folder, trials=trials, fills=fills, status=status, summary=summary)

    def _fills(self, facts: list[DayFacts], trials: pl.DataFrame, collected: Collected, *, quick: bool) -> pl.DataFrame:
        """Run the recorded trials once more and describe their fills; NfopsError when a day that came out is lost."""
        ids = recorded(self.config, trials)
        parts = []
        # A few sets on days that are traded at once are not worth sending the days anywhere.
        runner = LocalExecutor() if quick and len(ids) <= FEW else self.runner
        if len(ids):
            values = self.config.grid.rows(collected.positions[ids]).values
            by_date = {fact.session.date: fact for fact in facts}
            cuts = [tuple(facts[at : at + CUT]) for at in range(0, len(facts), CUT)]
            tasks = [Task(cut, 0, parts_of(self.config), values, fills=True) for cut in cuts]
            for outcome in runner.run(tasks, self.days.load):
                date = outcome.date
                if outcome.result is None:  # a worker may have died; the same day came out before
                    one = Task((by_date[date],), 0, parts_of(self.config), values, fills=True)
                    outcome = evaluate(one, by_date[date], self.days.load(date))  # noqa: PLW2901
                if outcome.result is None:
                    raise NfopsError(f"the fills of {date} cannot be written: {outcome.error}")
                parts.append(described(outcome.result, self.days.load(date), by_date[date], ids))
        return blotter(parts)

    def _explained(self, trials: pl.DataFrame, fills: pl.DataFrame) -> pl.DataFrame:
        """Explain the best trial, when it is hedged and its fills are recorded."""
        best = int(objective(self.config.objective).best_first(trials)["trial_id"][0])
        return explained(self.config, best, fills, self.days.load)

    def _state(self, status: pl.DataFrame, states: States) -> str:
        if self.stop.asked:
            return "interrupted"
        if not status["ok"].any():
            return "failed"
        return "partial" if states.failed or not status["ok"].all() else "ok"


def usable_days(
    config: SweepConfig, days: Days, dates: list[dt.date], states: States, console: Console
) -> list[dt.date]:
    """Build what is not cached; give the days that tasks can be made of."""
    choices = config.grid.over({ALLOWS_LEGACY})
    refused = set() if allows_legacy(choices.block(0, len(choices))) else days.legacy(dates)
    with console.caching() as progress:
        unusable = days.build([date for date in dates if date not in refused], progress=states.building(progress))
    states.unusable(unusable | {date: legacy_close(config.symbol, date) for date in refused})
    return [date for date in dates if date not in unusable and date not in refused]


@contextmanager
def accounted(config: SweepConfig, folder: Path, summary: dict[str, Any], tables: Sequence[str]) -> Iterator[None]:
    """Keep the summary true: ``running`` until the end, then how it ended; old tables never lie beside it."""
    file = summary_name(config)
    for name in tables:
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    (folder / STUDY).unlink(missing_ok=True)
    files.write_summary(folder, {**summary, "status": "running"}, file)
    try:
        yield
    except BaseException as fault:
        status = "interrupted" if isinstance(fault, KeyboardInterrupt) else "failed"
        told = {**summary, "status": status, "error": f"{type(fault).__name__}: {fault}"}
        with suppress(NfopsError, OSError):  # on a full disk it stays "running", and its lock says that it is not
            files.write_summary(folder, told, file)
        fault.add_note(f"nothing that was computed is lost; when the cause is gone, go on with: nfops resume {folder}")
        raise


def attempts_at(folder: Path) -> dict[dt.date, int]:
    """Count the attempts, so far, at days that never came out."""
    path = folder / "status.parquet"
    if not path.exists():
        return {}
    failed = pl.read_parquet(path).filter(pl.col("state") == "failed")
    return dict(failed.select("date", "attempt").iter_rows())


def data_hash(keys: Mapping[dt.date, str]) -> str:
    """Name the content of all days together."""
    return hashlib.blake2b("\n".join(keys[date] for date in sorted(keys)).encode(), digest_size=16).hexdigest()


def summary_of(config: SweepConfig, started: dt.datetime) -> dict[str, Any]:
    """Give what sweep.json says of a sweep before anything is computed; its paths hold wherever it is resumed from."""
    paths = {name: str(path) if path else None for name, path in vars(config.paths).items()}
    told = {"warm_start": [one.counts for one in config.earlier]} if config.earlier else {}
    return {
        "config": {**config.resolved, "paths": paths},
        "axes": config.axes,
        "symbol": config.symbol,
        "strategy": config.strategy.name,
        "strategy_version": config.strategy.version,
        "objective": config.objective,
        "seed": config.seed,
        "code": files.code_identity(),
        "trials": config.search.trials(len(config.grid)),
        "started": str(started),
        **told,
    }


def summary_name(config: SweepConfig) -> str:
    """Name the file that sums up a run."""
    return files.WALK if config.scheme else files.SUMMARY


def new_folder(config: SweepConfig, started: dt.datetime) -> Path:
    """Name the folder of a sweep that is not told where to write."""
    text = json.dumps(config.resolved, default=str) + str(started)
    name = f"{started:%Y%m%d-%H%M%S}-{hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}"
    return config.paths.data / ("walkforward" if config.scheme else "sweeps") / config.study / name
