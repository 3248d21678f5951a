"""A grid of straddles on days in memory: nfops against what one writes without it."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import numpy as np

from nfops.daycache import ChainDay
from nfops.engine import run_day
from nfops.market import Market
from nfops.params import Value
from nfops.strategies import strategy
from tests.bench import market, peers
from tests.bench.timing import seconds

Question: TypeAlias = tuple[list[tuple[peers.Prices, peers.Prices]], list[int], list[int], list[int], list[int]]

SPAN = dt.date(2024, 1, 2), dt.date(2024, 1, 8)
AXES: dict[str, list[Value]] = {
    "strategy.entry.at": ["09:20", "09:45", "10:15", "11:00", "12:00", "13:00"],
    "strategy.exit.stop_pct": [5, 10, 15, 20, 25, 30, 40, 50],
    "strategy.exit.target_pct": [5, 10, 20, 30, 50],
    "strategy.exit.exit_at": ["14:00", "14:30", "15:00", "15:15"],
}
"""960 sets."""


def bench(known: Market, rounds: int) -> dict[str, float]:
    """Day-backtests per CPU second of each contender; AssertionError when they do not agree to the paisa."""
    straddle = strategy("short_straddle")
    grid = straddle.schema.grid(AXES, {"fills.max_age_s": 60})
    block = grid.block(0, len(grid))
    facts = [known.facts(market.SYMBOL, date) for date in known.trading_days(*SPAN)]
    jobs = [(market.dense_day(fact, 7), fact) for fact in facts]
    questions = [_question(day) for day, _ in jobs]
    for question, (day, fact) in zip(questions, jobs, strict=True):
        gross = run_day(day, straddle, block, fact).gross_paise
        lot = fact.lot_sizes[fact.expiry("0")]
        for peer in (peers.by_numpy, peers.by_loop):
            assert np.array_equal(peer(*question) * lot, gross), f"{peer.__name__} differs"
    taken = seconds(
        {
            "NumPy, shared searches": lambda: [peers.by_numpy(*question) for question in questions],
            "Numba, a scan a set": lambda: [peers.by_loop(*question) for question in questions],
            "nfops": lambda: [run_day(day, straddle, block, facts) for day, facts in jobs],
        },
        rounds,
    )
    return {name: len(block) * len(jobs) / cpu for name, cpu in taken.items()}


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
