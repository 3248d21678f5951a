"""Interleaved timing: every contender once a round, so that a slow minute of the machine hits all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

Contender = Callable[[], object]


def seconds(contenders: Mapping[str, Contender], rounds: int) -> dict[str, float]:
    """Median CPU seconds of each contender over ``rounds``, after one round that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, contender in contenders.items():
            began = time.process_time()
            contender()
            if turn:
                taken[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in taken.items()}
