"""Grids of straddles on days in memory: nfops against what one writes without it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias
from unittest.mock import patch

import numpy as np

from nfops.daycache import ChainDay
from nfops.engine import run, run_day
from nfops.engine.passage_kernels import trade_passages
from nfops.market import DayFacts, Market
from nfops.params import ParamBlock, Value
from nfops.strategies import Strategy, strategy
from tests.bench import market, peers, rivals
from tests.bench.board import Board, Target
from tests.bench.timing import Call, Contender, race

Question: TypeAlias = tuple[list[tuple[peers.Prices, peers.Prices]], list[int], list[int], list[int], list[int]]

Job: TypeAlias = tuple[ChainDay, DayFacts]

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


@dataclass(frozen=True)
class Grid:
    """A grid, what it is compared with, and what is off."""

    key: str
    title: str
    axes: dict[str, list[Value]]
    fixed: dict[str, Value]
    by_numpy: Peer
    by_loop: Peer
    slow: Mapping[str, Peer]
    """Those that trade a sample of the sets only, of which there are 20."""


GRIDS: Final = {
    grid.key: grid
    for grid in (
        Grid(
            "legs",
            "Straddle grid of 960 sets with stops of legs",
            LEGS,
            {"strategy.exit.stop_pct": None},
            peers.legs_by_numpy,
            peers.legs_by_loop,
            {"pandas, itertuples": peers.legs_by_rows},
        ),
        Grid(
            "stop",
            "Straddle grid of 960 sets with one stop",
            AXES,
            {},
            peers.by_numpy,
            peers.by_loop,
            rivals.installed(),
        ),
    )
}
NUMPY: Final = "NumPy, shared searches"
ANEW: Final = "nfops, index built anew"
KEPT: Final = "nfops, index kept"
FLOOR: Final = "floor: each traded price read once"


def bench(known: Market, rounds: int, keys: Sequence[str] = tuple(GRIDS)) -> list[Board]:
    """Day-backtests per CPU second of each contender, by grid; AssertionError when two differ by a paisa."""
    return [_bench(known, rounds, GRIDS[key]) for key in keys]


def _bench(known: Market, rounds: int, grid: Grid) -> Board:
    straddle = strategy("short_straddle")
    sets = straddle.schema.grid(grid.axes, {"fills.max_age_s": 60, **grid.fixed})
    block = sets.block(0, len(sets))
    facts = [known.facts(market.SYMBOL, date) for date in known.trading_days(*SPAN)]
    jobs = [(market.dense_day(fact, 7), fact) for fact in facts]
    questions, seen = [question(day) for day, _ in jobs], [(day, traded(day)) for day, _ in jobs]
    _agree(grid, straddle, block, jobs, questions)
    once = len(block) * len(jobs)

    def trade(jobs: Sequence[Job], **how: bool) -> Call:
        return lambda: [run_day(day, straddle, block, fact, **how) for day, fact in jobs]

    def anew() -> None:
        trade([(replace(day), fact) for day, fact in jobs * 4], fills=False)()

    contenders = {
        NUMPY: Contender(once, lambda: [grid.by_numpy(*asked) for asked in questions]),
        "Numba, a scan a set": Contender(once, lambda: [grid.by_loop(*asked) for asked in questions]),
        "nfops, walked": Contender(once, trade(jobs, fills=False, walk=True)),
        "nfops, all fills kept": Contender(once, trade(jobs)),
        ANEW: Contender(4 * once, anew),
        KEPT: Contender(8 * once, trade(jobs * 8, fills=False)),
        "nfops, index kept, kernel alone": Contender(8 * once, _kernels(straddle, block, jobs, 8)),
        FLOOR: Contender(8 * once, lambda: [touch(*of) for of in seen * 8]),
    }
    few = _sample(questions[0])
    for name, slow in grid.slow.items():
        assert np.array_equal(slow(*few), grid.by_loop(*few)), f"{name} differs"
        contenders[name] = Contender(20, partial(slow, *few))
    rates = race(contenders, rounds)
    wanted = (
        Target("index kept, against the NumPy formula", 64, rates[KEPT].ratio),
        Target("index built anew, against the NumPy formula", 11, rates[ANEW].ratio),
    )
    targets = wanted if grid.key == "legs" else ()
    return Board(grid.key, grid.title, "day-backtests per second of one core", rates, FLOOR, targets)


def _agree(
    grid: Grid, straddle: Strategy, block: ParamBlock, jobs: Sequence[Job], questions: Sequence[Question]
) -> None:
    for asked, (day, fact) in zip(questions, jobs, strict=True):
        result = run_day(day, straddle, block, fact)
        assert np.array_equal(result.gross_paise, run_day(day, straddle, block, fact, walk=True).gross_paise)
        lot = fact.lot_sizes[fact.expiry("0")]
        for peer in (grid.by_numpy, grid.by_loop):
            assert np.array_equal(peer(*asked) * lot, result.gross_paise), f"{peer.__name__} differs"


def touch(day: ChainDay, rows: Sequence[int]) -> int:
    """Read every price of some contracts, once: what no program that sees the day leaves out."""
    return max(int(day.arrays.last[row].max()) for row in rows)


def traded(day: ChainDay) -> list[int]:
    """Rows of the contracts that the grids trade: those at the money at an entry."""
    return sorted({row for call in _money(day, _entries(day)) for row in (call, call + 1)})


def _sample(question: Question) -> Question:
    """Ask for every so manieth set only: one entry, two stops, five targets, two exits."""
    pairs, opened, stops, targets, exits = question
    return pairs[:1], opened[:1], stops[::4], targets, exits[::2]


def _kernels(straddle: Strategy, block: ParamBlock, jobs: Sequence[Job], times: int) -> Call:
    """Call what is compiled with the arguments that a run gave it."""
    kept: list[tuple[object, ...]] = []

    def keep(*arguments: object) -> None:
        kept.append(arguments)
        trade_passages(*arguments)

    with patch.object(run, "trade_passages", keep):
        for day, fact in jobs:
            run_day(day, straddle, block, fact, fills=False)
    return lambda: [trade_passages(*arguments) for arguments in kept * times]


def question(day: ChainDay) -> Question:
    """Put the grid into the peers' terms: the pair at the money and the second of each entry, levels, exit seconds."""
    entries, last = _entries(day), day.arrays.last
    return (
        [(last[call].astype(np.int64), last[call + 1].astype(np.int64)) for call in _money(day, entries)],
        [second + 1 for second in entries],
        [int(float(str(stop)) * 100) for stop in AXES["strategy.exit.stop_pct"]],
        [int(float(str(target)) * 100) for target in AXES["strategy.exit.target_pct"]],
        [_second(str(clock)) - day.session.open for clock in AXES["strategy.exit.exit_at"]],
    )


def _entries(day: ChainDay) -> list[int]:
    return [_second(str(clock)) - day.session.open for clock in AXES["strategy.entry.at"]]


def _money(day: ChainDay, seconds: Sequence[int]) -> list[int]:
    """Give the row of the call at the money of the nearest expiry at each of ``seconds``."""
    assert day.spot is not None
    strikes = day.arrays.strike[: day.arrays.base[1] : 2].astype(np.int64)
    return [2 * int(np.argmin(abs(strikes - day.spot.price[second]))) for second in seconds]


def _second(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
