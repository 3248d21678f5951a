"""Running a sweep: build missing days, evaluate all trials on each, score, keep the best fills, write the files."""

from __future__ import annotations

import datetime as dt
import hashlib
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl

from nfops.daycache import ChainDay
from nfops.engine import BLOTTER, allows_legacy, fill_table, legacy_close
from nfops.errors import NfopsError
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.types import Int64Array
from sweeps import files
from sweeps.adapters.local_executor import LocalExecutor
from sweeps.config import SweepConfig
from sweeps.console import Console
from sweeps.days import Days
from sweeps.outcome import Collected, Sweep, recorded
from sweeps.ports import Executor, Outcome, Task
from sweeps.work import evaluate

TABLES = ("trials", "daily", "fills", "status")
LEGACY = ("legacy_close", "option prices are of the old scripts; the run allowed it, though a close may be yesterday's")
"""What the status says of a day that was computed all the same (SPEC 2.8)."""


class Stop:
    """Set by the first Ctrl-C: what is under way is finished and written."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Ask to stop; a second signal ends the process at once."""
        del frame
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        signal.signal(number, self)


def run_sweep(config: SweepConfig, executor: Executor | None, console: Console) -> Sweep:
    """Run a checked configuration and write its files.

    Raises
    ------
    NfopsError
        What else goes wrong; sweep.json then says ``failed``, and no table of an earlier run is left beside it.
    """
    dates = list(config.market.trading_days(config.start, config.end))
    store = Days(config)
    keys = store.keys(dates)
    started = dt.datetime.now(dt.UTC)
    folder = config.paths.sweep or _folder(config, started)
    summary = _summary(config, keys, started)
    with _accounted(folder, summary):
        return _finish(config, executor or LocalExecutor(), console, store, dates, folder, summary)


def _finish(
    config: SweepConfig,
    runner: Executor,
    console: Console,
    store: Days,
    dates: list[dt.date],
    folder: Path,
    summary: dict[str, Any],
) -> Sweep:
    """Evaluate and write everything."""
    with _stoppable() as stop:
        takes_old = all(allows_legacy(ParamBlock(config.strategy.schema, values)) for _, values in _blocks(config))
        refused = set() if takes_old else store.legacy(dates)
        with console.caching() as progress:
            missing = store.build([date for date in dates if date not in refused], progress=progress)
        usable = [date for date in dates if date not in missing and date not in refused]
        facts = {date: config.market.facts(config.symbol, date) for date in usable}
        collected, states = Collected(config, usable), _States(config.symbol)
        blocks = list(_blocks(config))
        if usable:
            warm_up(config, facts[usable[0]], store)
        with console.running(len(usable) * len(blocks), config) as report:
            tasks = [_task(config, facts[date], start, values) for date in usable for start, values in blocks]
            for outcome in _until(runner.run(_while(tasks, stop), store.load), stop):
                states.add(outcome)
                if outcome.result is not None:
                    collected.add(outcome.task.start, outcome.result)
                report(collected)
        states.missing(missing)
        states.refused(refused)
        whole = set(collected.days())
        trials = collected.trials(len(dates) - len(whole))
        # A sweep that was stopped is run again as a whole; its blotter would only keep the reader waiting.
        wanted = [] if stop.asked else [facts[date] for date in usable if date in whole]
        fills = _fills(config, runner, store, wanted, trials)
    status = states.table(dates, whole, collected.incomplete(), {d: store.load(d) for d in usable if d in whole})
    for date, trace in states.traces.items():
        files.write_log(folder, f"{config.symbol}-{date}", trace)
    state = _state(stop, dates, whole, states)
    summary |= {"finished": str(dt.datetime.now(dt.UTC)), "status": state, "days": len(whole), "fills": len(fills)}
    summary["legacy_days"] = status.filter(pl.col("ok") & (pl.col("error_type") == LEGACY[0])).height
    tables = {"trials": trials, "daily": collected.daily(), "fills": fills, "status": status}
    for name, table in tables.items():
        files.write_table(folder, name, table)
    files.write_summary(folder, summary)
    return Sweep(config, folder, summary=summary, **tables)


@contextmanager
def _accounted(folder: Path, summary: dict[str, Any]) -> Iterator[None]:
    """Keep sweep.json true: ``running`` until the end, then how it ended; old tables never lie beside it."""
    for name in TABLES:
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    files.write_summary(folder, {**summary, "status": "running"})
    try:
        yield
    except BaseException as fault:
        status = "interrupted" if isinstance(fault, KeyboardInterrupt) else "failed"
        files.write_summary(folder, {**summary, "status": status, "error": f"{type(fault).__name__}: {fault}"})
        raise


class _States:
    """What became of each day, and the traces of those that failed."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._seconds: dict[dt.date, float] = {}
        self._errors: dict[dt.date, tuple[str, str]] = {}
        self.traces: dict[dt.date, str] = {}
        self._missing: dict[dt.date, str] = {}

    @property
    def failed(self) -> int:
        """Number of failed days."""
        return len(self._errors)

    def add(self, outcome: Outcome) -> None:
        date = outcome.task.date
        self._seconds[date] = self._seconds.get(date, 0.0) + outcome.seconds
        if outcome.result is None:
            self._errors[date] = (outcome.error_type, outcome.error)
            self.traces[date] = outcome.trace

    def missing(self, reasons: dict[dt.date, str]) -> None:
        self._missing = reasons

    def refused(self, dates: Iterable[dt.date]) -> None:
        """Note days that were not even built, because the run does not take files of the old scripts."""
        for date in dates:
            fault = legacy_close(self._symbol, date)
            self._errors[date] = (fault.reason, str(fault))

    def table(
        self, dates: Sequence[dt.date], whole: set[dt.date], incomplete: set[dt.date], days: dict[dt.date, ChainDay]
    ) -> pl.DataFrame:
        rows = []
        for date in dates:
            kind, text = self._errors.get(date, ("", ""))
            if date in whole:
                state = "incomplete" if date in incomplete else "ok"
                kind, text = LEGACY if days[date].legacy else (kind, text)
            elif date in self._missing:
                state, kind, text = "missing", "missing", self._missing[date]
            else:
                state, kind, text = "failed", kind or "interrupted", text or "the sweep was interrupted before this day"
            day = days.get(date)
            rows.append(
                {
                    "symbol": self._symbol,
                    "date": date,
                    "ok": date in whole,
                    "state": state,
                    "error_type": kind or None,
                    "error": text or None,
                    "seconds": round(self._seconds.get(date, 0.0), 3),
                    "rows": day.rows if day else 0,
                    "data_hash": day.data_hash if day else None,
                    "attempt": 1,
                }
            )
        return pl.DataFrame(rows, schema=files.STATUS)


def _fills(
    config: SweepConfig, runner: Executor, store: Days, facts: list[DayFacts], trials: pl.DataFrame
) -> pl.DataFrame:
    """Run the recorded trials once more and describe their fills; NfopsError when a day that came out is lost."""
    ids = recorded(config, trials)
    tables = [pl.DataFrame(schema=BLOTTER)]
    if len(ids):
        every = config.grid.block(0, len(config.grid)).rows(ids.tolist())
        by_date = {fact.session.date: fact for fact in facts}
        tasks = [_task(config, fact, 0, every.values) for fact in facts]
        for outcome in runner.run(tasks, store.load):
            date = outcome.task.date
            if outcome.result is None:  # a worker may have died; the same task came out before
                outcome = evaluate(outcome.task, store.load(date))  # noqa: PLW2901
            if outcome.result is None:
                raise NfopsError(f"the fills of {date} cannot be written: {outcome.error}")
            tables.append(fill_table(outcome.result, store.load(date), by_date[date], ids))
    return pl.concat(tables).sort("trial_id", "date", "position", "fill_s", "leg", maintain_order=True)


def warm_up(config: SweepConfig, facts: DayFacts, store: Days) -> None:
    """Compile the kernels here, once: workers then find them compiled instead of all compiling the same."""
    evaluate(_task(config, facts, 0, config.grid.block(0, 1).values), store.load(facts.session.date))


def _task(config: SweepConfig, facts: DayFacts, start: int, values: Int64Array) -> Task:
    return Task(facts.session.date, start, (config.strategy.name, *config.strategy.parts), values, facts)


def _blocks(config: SweepConfig) -> Iterator[tuple[int, Int64Array]]:
    for start in range(0, len(config.grid), config.block_size):
        yield start, config.grid.block(start, min(start + config.block_size, len(config.grid))).values


def _while(tasks: Sequence[Task], stop: Stop) -> list[Task]:
    return [] if stop.asked else list(tasks)


def _until(outcomes: Iterator[Outcome], stop: Stop) -> Iterator[Outcome]:
    """Pass outcomes on until a stop is asked for."""
    for outcome in outcomes:
        yield outcome
        if stop.asked:
            return


@contextmanager
def _stoppable() -> Iterator[Stop]:
    stop = Stop()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _state(stop: Stop, dates: Sequence[dt.date], whole: set[dt.date], states: _States) -> str:
    if stop.asked:
        return "interrupted"
    if not whole:
        return "failed"
    return "partial" if states.failed or len(whole) < len(dates) else "ok"


def _summary(config: SweepConfig, keys: dict[dt.date, str], started: dt.datetime) -> dict[str, Any]:
    digest = hashlib.blake2b("\n".join(keys[date] for date in sorted(keys)).encode(), digest_size=16)
    return {
        "config": config.resolved,
        "axes": config.axes,
        "symbol": config.symbol,
        "strategy": config.strategy.name,
        "strategy_version": config.strategy.version,
        "objective": config.objective,
        "seed": config.seed,
        "code": files.code_identity(),
        "data_hash": digest.hexdigest(),
        "trials": len(config.grid),
        "started": str(started),
    }


def _folder(config: SweepConfig, started: dt.datetime) -> Any:
    text = f"{config.resolved}{started}"
    name = f"{started:%Y%m%d-%H%M%S}-{hashlib.blake2b(text.encode(), digest_size=3).hexdigest()}"
    return config.paths.data / "sweeps" / config.study / name
