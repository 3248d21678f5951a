"""Interleaved timing: every contender once a round, so that a slow minute of the machine hits all of them.

Rates of one run are compared within a round and only then put together: A, B, A, B, ..., the ratio of each round, and
of these the median with the least and the greatest. The first contender is the baseline.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Call = Callable[[], object]


@dataclass(frozen=True)
class Contender:
    """Something that does ``work`` units a call; ``prepare`` is not timed."""

    work: float
    call: Call
    prepare: Call = int


@dataclass(frozen=True)
class Rate:
    """Units of work per second, median of the rounds, and what that is against the baseline."""

    rate: float
    ratio: float
    low: float
    high: float
    """Least and greatest ratio of a round."""


def race(
    contenders: Mapping[str, Contender], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, Rate]:
    """Rates over ``rounds``, by ``clock`` (seconds of CPU unless told otherwise), after one that is not counted."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, contender in contenders.items():
            contender.prepare()
            began = clock()
            contender.call()
            taken = clock() - began
            if turn:
                rates[name].append(contender.work / taken)
    return compared(rates)


def compared(rates: Mapping[str, list[float]]) -> dict[str, Rate]:
    """Put rates, one a round, against those of the first contender in the same round."""
    base = next(iter(rates.values()))
    found = {}
    for name, of in rates.items():
        ratios = [rate / by for rate, by in zip(of, base, strict=True)]
        found[name] = Rate(statistics.median(of), statistics.median(ratios), min(ratios), max(ratios))
    return found
