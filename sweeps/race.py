"""A race: after so many days trials that are behind are dropped, and only the others meet the next days.

Successive halving: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
optimization" (2016), with rounds of equal length. Who stays has the numbers of the whole sweep, because days do not
depend on one another; who is dropped has none.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl

from nfops.market import DayFacts
from nfops.metrics import objective
from nfops.params import ParamBlock
from nfops.types import Int64Array
from sweeps.adapters.given_searcher import GivenSearcher
from sweeps.evaluation import Evaluation, searcher_of
from sweeps.outcome import RACED_OUT, SKIPPED, Collected, swept
from sweeps.plan import Block
from sweeps.states import States
from sweeps.work import NUMBERS, narrowed

LEAST: Final = 20
"""Trials that always stay: as many as a report compares."""

AT_ONCE: Final = 16
"""Days of a block whose results are handed on at a time."""


@dataclass(frozen=True)
class Raced(Collected):
    """The trials that met all days; of the others only how many days they met. ``positions`` is of all."""

    racers: Int64Array
    """Numbers of the trials that stayed, ascending."""
    met: Int64Array
    """Days that each trial of ``positions`` met."""

    @property
    def said(self) -> dict[str, Any]:
        """How many trials were dropped, by the days they met."""
        return {"raced_out": {str(days): count for days, count in sorted(Counter(self.met[self._lost]).items())}}

    @property
    def line(self) -> str:
        """The same in words."""
        after = ", ".join(f"{count:,} after {days} days" for days, count in self.said["raced_out"].items())
        said = f"the race dropped {len(self._lost):,} of {len(self.positions):,} trials"
        return f"{said}: {after}" if after else said

    def trials(self, missing: int) -> pl.DataFrame:
        """Build the table of trials; one that was dropped has no metric."""
        stayed = super().trials(missing).with_columns(pl.Series("trial_id", self.racers))
        block = ParamBlock(self.config.strategy.schema, self.config.grid.rows(self.positions[self._lost]).values)
        lost = pl.DataFrame([pl.Series("trial_id", self._lost), *swept(block, self.config.axes)])
        table = pl.concat([stayed, lost.with_columns(status=pl.lit(RACED_OUT))], how="diagonal").sort("trial_id")
        return table.with_columns(pl.Series("raced_days", self.met))

    def daily(self) -> Iterator[pl.DataFrame]:
        """Build the table of daily results of the trials that stayed."""
        for piece in super().daily():
            yield piece.with_columns(pl.Series("trial_id", self.racers[piece["trial_id"].to_numpy()]))

    @property
    def _lost(self) -> Int64Array:
        return np.setdiff1d(np.arange(len(self.positions)), self.racers)


def race(evaluation: Evaluation, facts: Mapping[dt.date, DayFacts], states: States) -> Raced:
    """Evaluate all trials of a design on the first days, and after each round of days only those that stay."""
    search, dates = evaluation.config.search, list(facts)
    positions = searcher_of(evaluation.config).ask()
    assert positions is not None  # noqa: S101 - a design asks once
    assert search.race_days  # noqa: S101 - else nobody races
    racers, met = np.arange(len(positions)), np.zeros(len(positions), np.int64)
    begun: list[Block] = []
    so_far: Collected | None = None
    stay = racers
    with evaluation.metered(len(facts) * evaluation.expected()) as meter:
        for first in range(0, max(len(dates), 1), search.race_days):
            round_of = {date: facts[date] for date in dates[first : first + search.race_days]}
            found = evaluation.search(GivenSearcher(positions[racers]), round_of, states, meter)
            if so_far is not None:
                hand_on(so_far, stay, found)
                found = replace(found, days={**so_far.days, **found.days})
            begun, so_far, stay = [*begun, *found.begun], found, np.arange(len(racers))
            met[racers] = len(found.days)
            left = len(dates) - first - search.race_days
            if evaluation.stop.asked or left <= 0:
                break
            stay = ahead(found)
            before, racers = len(racers), racers[stay]
            size = evaluation.config.block_size
            meter.dropped((-(-before // size) + -len(racers) // size) * left)
    every = {name: getattr(so_far, name) for name in ("config", "blocks", "days", "store")}
    raced = Raced(**every, positions=positions, begun=begun, racers=racers, met=met)
    evaluation.console.remark([raced.line])
    return raced


def ahead(collected: Collected) -> Int64Array:
    """Give the trials, ascending, that stay in a race: the best share by the objective so far, equals by number."""
    config, trials = collected.config, sum(map(len, collected.blocks))
    if not collected.days:
        return np.arange(trials)
    wanted = max(LEAST, math.ceil(config.search.race_keep * trials))
    best = objective(config.objective).best_first(collected.trials(0)).head(wanted)
    return best["trial_id"].sort().to_numpy()


def hand_on(before: Collected, stay: Int64Array, after: Collected) -> None:
    """Keep the results that trials ``stay`` of ``before`` have on its days also under the blocks of ``after``."""
    for block in after.blocks:
        names = [name for name in before.days.values() if (block.name, name) not in after.store]
        for at in range(0, len(names), AT_ONCE):
            days = names[at : at + AT_ONCE]
            columns = _columns(before, stay[block.start : block.start + len(block)], days)
            rows = [narrowed({name: column[day] for name, column in columns.items()}) for day in range(len(days))]
            after.store.add([(block.name, list(zip(days, rows, strict=True)), len(block))])


def _columns(collected: Collected, trials: Int64Array, days: list[str]) -> dict[str, Int64Array]:
    """Give every column ``(days, n)`` of some trials, ascending, that is not all 0."""
    columns: dict[str, Int64Array] = {}
    for block in collected.blocks:
        mine = np.flatnonzero((trials >= block.start) & (trials < block.start + len(block)))
        if not len(mine):
            continue
        for name, column in collected.store.read(block.name, days, len(block), {*NUMBERS, *SKIPPED}).items():
            if name not in columns:
                columns[name] = np.zeros((len(days), len(trials)), np.int64)
            columns[name][:, mine] = column[:, trials[mine] - block.start]
    return columns
