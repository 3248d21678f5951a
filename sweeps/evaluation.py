"""The evaluation of a search: generation after generation, every trial on every day that is not known yet."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from nfops.errors import NfopsError
from nfops.market import DayFacts
from nfops.types import Int64Array
from sweeps.adapters.design_searcher import DesignSearcher
from sweeps.adapters.optuna_searcher import OptunaSearcher
from sweeps.adapters.tpe_searcher import TpeSearcher
from sweeps.config import SweepConfig
from sweeps.console import Best, Console
from sweeps.days import Days
from sweeps.gather import Gathering
from sweeps.hold import Progress
from sweeps.outcome import Collected
from sweeps.plan import Block, Pace, Plan
from sweeps.ports import Executor, Learner, Searcher, Task
from sweeps.results import ResultStore, run_name
from sweeps.states import States
from sweeps.stop import Stop
from sweeps.work import evaluate

DESIGNS = frozenset({"grid", "random", "sobol"})


@dataclass(frozen=True)
class Meter:
    """Shows, and writes, how far an evaluation is."""

    progress: Progress
    report: Callable[..., None]

    def found(self, best: Best, known: int) -> None:
        """Count results that were known before."""
        self.progress.known += known
        self.report(best, known)

    def dropped(self, count: int) -> None:
        """Count results that are not wanted any more."""
        self.progress.total -= count
        self.report(lambda: None, count)

    def saw(self, best: Best, *, failed: bool) -> None:
        """Count an outcome."""
        self.progress.saw(failed=failed)
        self.report(best, 1)


@dataclass(frozen=True)
class Evaluation:
    """What the generations of a sweep share."""

    config: SweepConfig
    runner: Executor
    console: Console
    days: Days
    folder: Path
    stop: Stop
    pace: Pace = field(default_factory=Pace)
    """Of the days that were computed."""

    def run(self, facts: Mapping[dt.date, DayFacts], states: States) -> Collected:
        """Evaluate all trials of the search on the days of ``facts``."""
        self.console.remark(one.line for one in self.config.earlier)
        with self.metered(len(facts) * self.expected()) as meter:
            return self.search(searcher_of(self.config), facts, states, meter)

    @contextmanager
    def metered(self, total: int) -> Iterator[Meter]:
        """Show how far the evaluation of so many days times blocks is."""
        with self.console.running(total, self.config) as report:
            yield Meter(Progress(self.folder, total), report)

    def search(self, searcher: Searcher, facts: Mapping[dt.date, DayFacts], states: States, meter: Meter) -> Collected:
        """Evaluate all trials that a searcher asks for on the days of ``facts``."""
        name = run_name(self.config.symbol, self.config.strategy)
        store, pace = ResultStore(self.config.paths.data, name), self.pace
        if store.damaged:
            self.console.remark(
                [f"{store.damaged} damaged files of results were dropped; their days are computed anew"]
            )
        names = cache(lambda date: self._name(date, facts[date]))
        gathering = Gathering(store, names)
        blocks: list[Block] = []
        positions = np.zeros(0, np.int64)
        began = time.monotonic()
        # The first generation is asked also of a sweep that was stopped before: its tables name its trials.
        while (not blocks or not self._over(began)) and (asked := searcher.ask()) is not None:
            fresh = self._blocks(asked, len(positions))
            plan = Plan(parts_of(self.config), fresh, facts, names, store)
            known = plan.found
            meter.found(gathering.best, known)
            if known and not blocks:
                self.console.terminal.print(f"{known / len(plan):.0%} of its days times blocks are known already")
            if known < len(plan) and not blocks and not self.stop.asked:
                warm_up(self.config, next(iter(facts.values())), self.days)
            gathering.expect(fresh)
            for outcome in self.runner.run(plan.tasks(pace, self.stop), self.days.load, lambda: self.stop.asked):
                states.add(outcome)
                if outcome.rows is not None:
                    pace.saw(outcome)
                    gathering.add(outcome)
                meter.saw(gathering.best, failed=outcome.rows is None)
                if self.stop.asked:
                    break
            gathering.write()
            meter.progress.write()
            blocks, positions = [*blocks, *fresh], np.concatenate([positions, asked])
            if self.config.search.name not in DESIGNS:
                self._tell(searcher, asked, Collected(self.config, fresh, asked, plan.whole, store, plan.begun))
        wanted = self.config.search.trials(len(self.config.grid))
        if len(positions) < wanted and self._over(began) and not self.stop.asked:
            timeout = f"search.timeout={self.config.search.timeout}"
            self.console.remark([f"{timeout} s are over: {len(positions):,} of {wanted:,} sets were tried"])
        every = Plan(parts_of(self.config), blocks, facts, names, store)
        return Collected(self.config, blocks, positions, every.whole, store, every.begun)

    def _tell(self, searcher: Searcher, asked: Int64Array, collected: Collected) -> None:
        """Tell a searcher what a generation came to: nothing, where every day failed."""
        trials, search = collected.trials(0), self.config.search
        scores = search.scores(trials)
        searcher.tell(asked, scores if collected.days else np.full_like(scores, np.nan), search.excess(trials))

    def _over(self, began: float) -> bool:
        timeout = self.config.search.timeout
        return self.stop.asked or (timeout is not None and time.monotonic() - began > timeout)

    def expected(self) -> int:
        """Count the blocks that the search will have at most."""
        search, trials = self.config.search, self.config.search.trials(len(self.config.grid))
        if search.name in DESIGNS:
            return -(-trials // self.config.block_size)
        return -(-trials // search.generation) * -(-search.generation // self.config.block_size)

    def _blocks(self, positions: Int64Array, first: int) -> list[Block]:
        size = self.config.block_size
        return [
            Block(first + at, self.config.grid.rows(positions[at : at + size]).values)
            for at in range(0, len(positions), size)
        ]

    def _name(self, date: dt.date, facts: DayFacts) -> str:
        """Name the results of a day; of one that cannot be loaded none are known, and its task will say why."""
        try:
            return self.days.glance(date).name(facts)
        except (NfopsError, OSError):
            return f"unloadable {date}"


def warm_up(config: SweepConfig, facts: DayFacts, days: Days) -> None:
    """Compile the kernels here, once: workers then find them compiled instead of all compiling the same."""
    task = Task((facts,), 0, parts_of(config), config.grid.block(0, 1).values)
    try:
        day = days.load(facts.session.date)
    except (NfopsError, OSError):
        return  # its task will say so
    evaluate(task, facts, day)


def parts_of(config: SweepConfig) -> tuple[str, str, str]:
    """Name the strategy of a sweep and its parts, as tasks do."""
    return (config.strategy.name, *config.strategy.parts)


def searcher_of(config: SweepConfig) -> Searcher:
    """Begin the search of a configuration."""
    if config.search.name in DESIGNS:
        return DesignSearcher(config.grid, config.search)
    kind = TpeSearcher if config.search.name == "tpe" else OptunaSearcher
    searcher: Learner = kind(config.grid, config.search)
    for one in config.earlier:
        searcher.recall(one.positions, one.scores, one.excess)
    return searcher
