"""Grids of straddles on days in memory: nfops against what one writes without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias
from unittest.mock import patch

import numpy as np

from nfops.daycache import ChainDay
from nfops.engine import run, run_day
from nfops.engine.passage_kernels import trade_passages
from nfops.market import DayFacts, Market
from nfops.params import ParamBlock, Value
from nfops.strategies import Strategy, strategy
from tests.bench import market, peers
from tests.bench.timing import Contender, seconds

Question: TypeAlias = tuple[list[tuple[peers.Prices, peers.Prices]], list[int], list[int], list[int], list[int]]

Peer: TypeAlias = Callable[..., peers.Prices]

SPAN = dt.date(2024, 1, 2), dt.date(2024, 1, 8)
AXES: dict[str, list[Value]] = {
    "strategy.entry.at": ["09:20", "09:45", "10:15", "11:00", "12:00", "13:00"],
    "strategy.exit.stop_pct": [5, 10, 15, 20, 25, 30, 40, 50],
    "strategy.exit.target_pct": [5, 10, 20, 30, 50],
    "strategy.exit.exit_at": ["14:00", "14:30", "15:00", "15:15"],
}
"""960 sets."""


LEGS: dict[str, list[Value]] = {path.replace(".stop_pct", ".leg_stop_pct"): values for path, values in AXES.items()}
"""960 sets with a stop for each leg instead of one for both."""

ROWS = 48
"""Every so manieth set is traded by rows of a frame, which takes long."""


@dataclass(frozen=True)
class Grid:
    """A grid, what it is compared with, and what is off."""

    axes: dict[str, list[Value]]
    fixed: dict[str, Value]
    by_numpy: Peer
    by_loop: Peer


def bench(known: Market, rounds: int) -> dict[str, dict[str, float]]:
    """Day-backtests per CPU second of each contender, by grid; AssertionError when two differ by a paisa."""
    return {
        "Straddle grid of 960 sets with stops of legs, day-backtests per second of one core": _bench(
            known, rounds, Grid(LEGS, {"strategy.exit.stop_pct": None}, peers.legs_by_numpy, peers.legs_by_loop)
        ),
        "Straddle grid of 960 sets with one stop, day-backtests per second of one core": _bench(
            known, rounds, Grid(AXES, {}, peers.by_numpy, peers.by_loop)
        ),
    }


def _bench(known: Market, rounds: int, grid: Grid) -> dict[str, float]:
    straddle = strategy("short_straddle")
    sets = straddle.schema.grid(grid.axes, {"fills.max_age_s": 60, **grid.fixed})
    block = sets.block(0, len(sets))
    facts = [known.facts(market.SYMBOL, date) for date in known.trading_days(*SPAN)]
    jobs = [(market.dense_day(fact, 7), fact) for fact in facts]
    questions = [_question(day) for day, _ in jobs]
    for question, (day, fact) in zip(questions, jobs, strict=True):
        result = run_day(day, straddle, block, fact)
        assert np.array_equal(result.gross_paise, run_day(day, straddle, block, fact, walk=True).gross_paise)
        lot = fact.lot_sizes[fact.expiry("0")]
        for peer in (grid.by_numpy, grid.by_loop):
            assert np.array_equal(peer(*question) * lot, result.gross_paise), f"{peer.__name__} differs"
    few = _sample(questions[0])
    if grid.by_loop is peers.legs_by_loop:
        assert np.array_equal(peers.legs_by_rows(*few), peers.legs_by_loop(*few))
    times = {"kept": 8, "anew": 4}
    contenders: dict[str, tuple[int, Contender]] = {
        "NumPy, shared searches": (len(block) * len(jobs), lambda: [grid.by_numpy(*asked) for asked in questions]),
        "Numba, a scan a set": (len(block) * len(jobs), lambda: [grid.by_loop(*asked) for asked in questions]),
        "pandas, rows one by one": (20, lambda: peers.legs_by_rows(*few)),
        "nfops, walked": (
            len(block) * len(jobs),
            lambda: [run_day(day, straddle, block, fact, fills=False, walk=True) for day, fact in jobs],
        ),
        "nfops, all fills kept": (
            len(block) * len(jobs), lambda: [run_day(day, straddle, block, fact) for day, fact in jobs]
        ),
        "nfops, index built anew": (
            times["anew"] * len(block) * len(jobs),
            lambda: [
                run_day(day, straddle, block, fact, fills=False)
                for day, fact in [(replace(day), fact) for day, fact in jobs * times["anew"]]
            ],
        ),
        "nfops, index kept": (
            times["kept"] * len(block) * len(jobs),
            lambda: [run_day(day, straddle, block, fact, fills=False) for day, fact in jobs * times["kept"]],
        ),
        "nfops, index kept, kernel alone": (
            times["kept"] * len(block) * len(jobs), _kernels(straddle, block, jobs, times["kept"])
        ),
    }  # fmt: skip
    taken = seconds({name: contender for name, (_, contender) in contenders.items()}, rounds)
    return {name: contenders[name][0] / cpu for name, cpu in taken.items()}


def _sample(question: Question) -> Question:
    """Ask for every so manieth set only: one entry, two stops, five targets, two exits."""
    pairs, opened, stops, targets, exits = question
    return pairs[:1], opened[:1], stops[::4], targets, exits[::2]


def _kernels(straddle: Strategy, block: ParamBlock, jobs: list[tuple[ChainDay, DayFacts]], times: int) -> Contender:
    """Call what is compiled with the arguments that a run gave it."""
    kept: list[tuple[object, ...]] = []

    def keep(*arguments: object) -> None:
        kept.append(arguments)
        trade_passages(*arguments)

    with patch.object(run, "trade_passages", keep):
        for day, fact in jobs:
            run_day(day, straddle, block, fact, fills=False)
    return lambda: [trade_passages(*arguments) for arguments in kept * times]


def _question(day: ChainDay) -> Question:
    """Put the grid into the peers' terms: the pair at the money and the second of each entry, levels, exit seconds."""
    assert day.spot is not None
    entries = [_second(str(clock)) - day.session.open for clock in AXES["strategy.entry.at"]]
    strikes, last = day.arrays.strike[::2].astype(np.int64), day.arrays.last.astype(np.int64)
    money = [2 * int(np.argmin(abs(strikes - day.spot.price[second]))) for second in entries]
    return (
        [(last[call], last[call + 1]) for call in money],
        [second + 1 for second in entries],
        [int(float(str(stop)) * 100) for stop in AXES["strategy.exit.stop_pct"]],
        [int(float(str(target)) * 100) for target in AXES["strategy.exit.target_pct"]],
        [_second(str(clock)) - day.session.open for clock in AXES["strategy.exit.exit_at"]],
    )


def _second(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
