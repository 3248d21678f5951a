"""Whole sweeps over packed days, from a checked configuration to the files, without starting the program.

``cold``: the cached days are not in memory; ``warm``: they are. No result is known and kernels are compiled. All is
wall time, because waiting for the disk is part of it.
"""

from __future__ import annotations

import datetime as dt
import gc
import io
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console as Terminal

from nfops.daycache import ChainDay
from nfops.params import Value
from sweeps.adapters.local_executor import LocalExecutor
from sweeps.config import SweepConfig
from sweeps.console import Console
from sweeps.ports import Executor, Outcome, Task, never
from sweeps.sweep import run_sweep
from tests.bench import engine, peers
from tests.bench.board import Board, Target
from tests.bench.composing import configured, overrides
from tests.bench.span import Span
from tests.bench.timing import Contender, compared, race

DAYS: Final = 1_500
LEAST_DAYS: Final = 60
"""With fewer, what a sweep does once would be taken for what it does every day."""
MOST_S: Final = 1.5
MOST_GROWTH: Final = 12.0
FULL_S: Final = 22_500
"""Seconds of a usual session; the plain formula knows no shorter ones."""
BASE: Final = "NumPy, shared searches, 960 sets"
FLOOR: Final = "floor: each traded price read once, for 960 sets"


def _every(minutes: int, count: int, first: int = 9 * 60 + 20) -> list[Value]:
    return [f"{at // 60:02d}:{at % 60:02d}" for at in range(first, first + count * minutes, minutes)]


def _grid(entries: list[Value], stops: int, targets: int, exits: list[Value]) -> dict[str, list[Value]]:
    percents: list[list[Value]] = [[2 * at for at in range(2, count + 2)] for count in (stops, targets)]
    return dict(zip(engine.LEGS, (entries, *percents, exits), strict=True))


AXES: Final[Mapping[int, dict[str, list[Value]]]] = {
    96: _grid(_every(60, 3), 4, 4, ["14:30", "15:15"]),
    960: engine.LEGS,
    9_600: _grid(_every(20, 12), 20, 10, ["14:00", "14:30", "15:00", "15:15"]),
    96_000: _grid(_every(10, 24), 40, 20, ["14:00", "14:30", "15:00", "15:15", "15:20"]),
}
"""Axes of each number of sets."""


@dataclass(frozen=True)
class Run:
    """One sweep."""

    wall: float
    trading: float
    """Seconds that the trials took, of all workers together."""
    evaluation: float
    """Wall seconds from the first task to the last outcome."""


def bench(span: Span, rounds: int, counts: Sequence[int] = tuple(AXES)) -> Board:
    """Day-backtests per second of wall time, by number of sets, cold and warm, in this process."""
    configs = {count: configured(overrides(span, AXES[count], "executor=local"))[0] for count in counts}
    span.store.build(span.dates)
    days, full = len(span.dates), [date for date in span.dates if span.known.session(date).seconds >= FULL_S]
    rows = {date: engine.traded(span.store.load(date)) for date in full}
    rates: dict[str, list[float]] = {}
    runs: dict[tuple[int, bool], list[Run]] = {}

    def timed(name: str, call: Callable[[ChainDay], object]) -> None:
        began = time.perf_counter()
        for date in full:
            call(span.store.load(date))
        rates.setdefault(name, []).append(960 * len(full) / (time.perf_counter() - began))

    for turn in range(rounds + 1):
        timed(BASE, lambda day: peers.legs_by_numpy(*engine.question(day)))
        timed(FLOOR, lambda day: engine.touch(day, rows[day.date]))
        for count, config in configs.items():
            for cold in (True, False):
                if cold:
                    gc.collect()
                    span.chill()
                run = sweep(span, config, LocalExecutor())
                runs.setdefault((count, cold), []).append(run)
                name = f"nfops, {count:,} sets, {'cold' if cold else 'warm'}"
                rates.setdefault(name, []).append(count * days / run.wall)
        if not turn:  # the first round warms up
            rates, runs = {}, {}
    return Board(
        "sweep",
        f"Whole sweeps of stops of legs over {days} simulated days, on one core",
        "day-backtests per second of wall time",
        compared(rates),
        FLOOR,
        _targets(runs, days),
        tuple(_told(*key, of) for key, of in runs.items()),
    )


def in_cpu(span: Span, rounds: int) -> Board:
    """Day-backtests per CPU second of sweeps of 960 sets, which a busy machine moves less than wall time."""
    (config,) = configured(overrides(span, AXES[960], "executor=local"))
    span.store.build(span.dates)

    def formula() -> None:
        for date in span.dates:
            peers.legs_by_numpy(*engine.question(span.store.load(date)))

    work = 960 * len(span.dates)
    contenders = {
        BASE: Contender(work, formula),
        "nfops, 960 sets, warm": Contender(work, lambda: sweep(span, config, LocalExecutor())),
    }
    title = f"Whole sweeps of stops of legs over {len(span.dates)} simulated days"
    return Board("sweep", title, "day-backtests per second of CPU", race(contenders, rounds))


def sweep(span: Span, config: SweepConfig, executor: Executor) -> Run:
    """Run a sweep of which nothing is known."""
    span.forget_results()
    watched = _Watched(executor)
    began = time.perf_counter()
    done = run_sweep(config, watched, Console(Terminal(file=io.StringIO())))
    wall = time.perf_counter() - began
    assert done.summary["status"] == "ok"
    return Run(wall, watched.trading, watched.seconds)


class _Watched:
    """An executor whose evaluation is timed, and what its outcomes say of trading."""

    def __init__(self, runner: Executor) -> None:
        self._runner, self.seconds, self.trading = runner, 0.0, 0.0

    def run(
        self, tasks: Iterable[Task], load: Callable[[dt.date], ChainDay], stopped: Callable[[], bool] = never
    ) -> Iterator[Outcome]:
        began = time.perf_counter()
        for outcome in self._runner.run(tasks, load, stopped):
            self.trading += outcome.seconds
            yield outcome
        self.seconds += time.perf_counter() - began

    def close(self) -> None:
        self._runner.close()


def _targets(runs: Mapping[tuple[int, bool], Sequence[Run]], days: int) -> tuple[Target, ...]:
    wanted = []
    if (960, False) in runs and days >= LEAST_DAYS:
        for what, of in {"evaluation": "evaluation", "whole sweep": "wall"}.items():
            taken = statistics.median(getattr(run, of) for run in runs[960, False]) * DAYS / days
            text = f"960 sets, warm, {what}, in proportion {DAYS:,} days: seconds"
            wanted.append(Target(text, MOST_S, taken, at_most=True))
    if (960, False) in runs and (96_000, False) in runs:
        growth = [b.trading / a.trading for a, b in zip(runs[960, False], runs[96_000, False], strict=True)]
        found = statistics.median(growth)
        wanted.append(Target("trading 96,000 sets, in times of 960 sets", MOST_GROWTH, found, at_most=True))
    return tuple(wanted)


def _told(count: int, cold: bool, runs: Sequence[Run]) -> str:
    wall, trading, evaluation = (
        statistics.median(getattr(run, name) for run in runs) for name in ("wall", "trading", "evaluation")
    )
    state = "cold" if cold else "warm"
    return f"{count:,} sets, {state}: {wall:.2f} s, of these {evaluation:.2f} s evaluation, {trading:.2f} s trading"
