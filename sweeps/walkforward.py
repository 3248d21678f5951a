"""Running a walk-forward: in every window the search chooses by the training days, and the choice meets the test days.

Days are independent and results are kept by content. So a search that learns nothing is computed once, over all days,
and windows are slices of it; one that learns is begun anew in each window and is given that window's days alone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

import numpy as np
import polars as pl

from nfops.market import DayFacts
from nfops.metrics import objective
from nfops.report import write_walk
from nfops.tries import Looks, ShownDays
from nfops.walkforward import DAILY, Scheme, Window, metrics_of, stitched
from sweeps import files
from sweeps.adapters.given_searcher import GivenSearcher
from sweeps.adapters.local_executor import LocalExecutor
from sweeps.config import SweepConfig
from sweeps.console import Console
from sweeps.days import Days
from sweeps.evaluation import DESIGNS, Evaluation, Meter, searcher_of
from sweeps.hold import held
from sweeps.looked import burnt_windows, look_of, seen_windows
from sweeps.outcome import Collected
from sweeps.plan import Block
from sweeps.ports import Executor, Searcher
from sweeps.states import States
from sweeps.stop import stoppable
from sweeps.sweep import accounted, attempts_at, data_hash, new_folder, summary_of, usable_days
from sweeps.tried import noted
from sweeps.walk_shown import warn
from sweeps.walk_tables import Walk, Walked, judged, windows_table

TABLES: Final = ("windows", "oos_daily", "status")


def run_walk(config: SweepConfig, scheme: Scheme, executor: Executor | None, console: Console) -> Walk:
    """Run a checked configuration window by window and write its files.

    Raises
    ------
    ConfigError
        When another process works in the folder.
    NfopsError
        What else goes wrong; wf.json then says ``failed``, and no table of an earlier run is left beside it.
    """
    windows = scheme.windows(config.market.trading_days(config.start, config.end))
    dates = sorted({date for window in windows for date in (*window.train, *window.test)})
    days, started = Days(config), dt.datetime.now(dt.UTC)
    folder = config.paths.sweep or new_folder(config, started)
    with held(folder):
        states = States(config.symbol, attempts_at(folder))
        looks = Looks(config.paths.data, config.symbol, config.study)
        known = looks.seen()
        shown = ShownDays(config.paths.data, config.symbol, config.strategy.name).shown()
        before = {"burnt": burnt_windows(config, known, windows), "seen": seen_windows(config, known, shown, windows)}
        warn(console, before)
        summary = summary_of(config, started) | {"data_hash": data_hash(days.keys(dates)), "windows": len(windows)}
        summary |= {"scheme": asdict(scheme), "days_left_over": _left_over(config, windows)} | before
        with accounted(config, folder, summary, TABLES), stoppable(folder) as stop:
            evaluation = Evaluation(config, executor or LocalExecutor(), console, days, folder, stop)
            usable = usable_days(config, days, dates, states, console)
            tries = _Tries(evaluation, {date: days.facts(config.symbol, date) for date in usable}, states)
            walked = _walk(tries, windows)
            ledger = noted(config, folder, tries.begun)
            looks.add(str(folder), [look_of(config, one.window) for one in walked], dt.datetime.now(dt.UTC))
            loaded = {date: days.glance(date).head for date in tries.whole}
            status = states.table(dates, tries.whole, tries.silent, loaded)
            for date, trace in states.traces.items():
                files.write_log(folder, f"{config.symbol}-{date}", trace)
            daily = stitched([one.daily for one in walked])
            table = windows_table(config, walked, before)
            summary |= judged(table, daily) | {"ledger": ledger, "done": len(walked)}
            summary |= {"status": _state(stopped=stop.asked, status=status, states=states)}
            summary |= {"finished": str(dt.datetime.now(dt.UTC))}
            for name, written in {"windows": table, "oos_daily": daily, "status": status}.items():
                files.write_table(folder, name, written)
            files.write_summary(folder, summary, files.WALK)
            console.remark(days.mended)
            if walked:
                write_walk(folder)
    return Walk(config, folder, windows=table, status=status, summary=summary)


@dataclass
class _Tries:
    """What was computed so far, and which days it reached."""

    evaluation: Evaluation
    facts: dict[dt.date, DayFacts]
    """The usable days."""
    states: States
    begun: list[Block] = field(default_factory=list)
    reached: set[dt.date] = field(default_factory=set)
    lost: set[dt.date] = field(default_factory=set)
    silent: set[dt.date] = field(default_factory=set)

    @property
    def whole(self) -> set[dt.date]:
        """Days that gave everything they were asked for."""
        return self.reached - self.lost

    def search(self, searcher: Searcher, dates: tuple[dt.date, ...], meter: Meter) -> Collected:
        """Evaluate what a searcher asks for, on those of ``dates`` that can be used; it is shown no other day."""
        facts = {date: self.facts[date] for date in dates if date in self.facts}
        found = self.evaluation.search(searcher, facts, self.states, meter)
        self.begun += found.begun
        self.reached |= facts.keys()
        self.lost |= facts.keys() - found.days.keys()
        self.silent |= found.incomplete
        return found


class _Way(Protocol):
    """How windows are evaluated."""

    def inside(self, window: Window) -> Collected:
        """Give the trials of a window on its training days."""
        ...

    def outside(self, window: Window, position: int, trial: int) -> pl.DataFrame:
        """Give the daily results of one of them on the test days."""
        ...


class _Sliced:
    """All trials on all days at once; windows are slices."""

    def __init__(self, tries: _Tries, meter: Meter) -> None:
        config = tries.evaluation.config
        self._all = tries.search(searcher_of(config), tuple(tries.facts), meter)

    def inside(self, window: Window) -> Collected:
        return self._all.on(window.train)

    def outside(self, window: Window, position: int, trial: int) -> pl.DataFrame:
        del position
        return self._all.on(window.test).alone(trial)


class _Learned:
    """A search of its own for each window."""

    def __init__(self, tries: _Tries, meter: Meter) -> None:
        self._tries, self._meter = tries, meter

    def inside(self, window: Window) -> Collected:
        return self._tries.search(searcher_of(self._tries.evaluation.config), window.train, self._meter)

    def outside(self, window: Window, position: int, trial: int) -> pl.DataFrame:
        del trial
        chosen = GivenSearcher(np.array([position], np.int64))
        return self._tries.search(chosen, window.test, self._meter).alone(0)


def _walk(tries: _Tries, windows: tuple[Window, ...]) -> list[Walked]:
    """Evaluate windows in order; one that was stopped in the middle is left out."""
    evaluation, walked = tries.evaluation, list[Walked]()
    sliced = evaluation.config.search.name in DESIGNS
    with evaluation.metered(_total(tries, windows, sliced=sliced)) as meter:
        way: _Way = _Sliced(tries, meter) if sliced else _Learned(tries, meter)
        for window in windows:
            if _stopped(evaluation):
                break
            one = _walked(evaluation.config, tries, way, window)
            if not _stopped(evaluation):
                walked.append(one)
    return walked


def _stopped(evaluation: Evaluation) -> bool:
    return evaluation.stop.asked


def _total(tries: _Tries, windows: tuple[Window, ...], *, sliced: bool) -> int:
    """Count days times blocks."""
    if sliced:
        return len(tries.facts) * tries.evaluation.expected()
    return sum(len(window.train) * tries.evaluation.expected() + len(window.test) for window in windows)


def _walked(config: SweepConfig, tries: _Tries, way: _Way, window: Window) -> Walked:
    inside = way.inside(window)
    best = chosen(config, inside.trials(len(window.train) - len(inside.days)))
    if best is None:
        usable = [date for date in window.test if date in tries.facts]
        daily, position = _idle(config.symbol, usable), None
    else:
        position = int(inside.positions[best["trial_id"]])
        daily = way.outside(window, position, best["trial_id"])
    daily = daily.with_columns(window=pl.lit(window.number, pl.Int64)).select(*DAILY)
    partial = len(inside.days) < len(window.train) or len(daily) < len(window.test)
    return Walked(window, position, best, daily, metrics_of(daily), partial)


def chosen(config: SweepConfig, trials: pl.DataFrame) -> dict[str, Any] | None:
    """Give the row of the best trial; None when none that keeps the constraints has a known objective."""
    kept = trials.filter(pl.Series((config.search.excess(trials) <= 0.0).all(axis=1)))
    if kept.is_empty():
        return None
    best = objective(config.objective).best_first(kept).row(0, named=True)
    return None if best[config.objective] is None else best


def _idle(symbol: str, dates: list[dt.date]) -> pl.DataFrame:
    """Give days on which nothing is traded, because nothing was worth choosing."""
    nothing = {name: pl.lit(0, kind) for name, kind in DAILY.items() if kind == pl.Int64}
    days = pl.DataFrame({"date": dates}, schema={"date": pl.Date})
    return days.with_columns(**nothing, symbol=pl.lit(symbol), counted=pl.lit(value=True))


def _left_over(config: SweepConfig, windows: tuple[Window, ...]) -> int:
    """Count the days at the end of the span that fill no window."""
    last = windows[-1].test[-1]
    return sum(date > last for date in config.market.trading_days(config.start, config.end))


def _state(*, stopped: bool, status: pl.DataFrame, states: States) -> str:
    if stopped:
        return "interrupted"
    if not status["ok"].any():
        return "failed"
    return "partial" if states.failed or not status["ok"].all() else "ok"
