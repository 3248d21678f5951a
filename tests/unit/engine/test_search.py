"""Searches that jump over blocks find what looking at every second finds."""

from __future__ import annotations

import numpy as np
import pytest

from nfops.engine.search_kernels import SkipIndex, empty_index, fall, prepare_contract, reach, span
from nfops.jit import jit
from nfops.types import Int32Array, Int64Array, sealed

ASKED = 400


@jit
def look(last: Int32Array, index: SkipIndex, asked: Int64Array, found: Int64Array) -> None:
    """Answer rows of (sign, start, end, level) by rows of (first second, least, most)."""
    for contract in range(len(last)):
        prepare_contract(last, contract, index)
    for at in range(len(asked)):
        sign, start, end, level = asked[at]
        row = at % len(last)
        found[at, 0] = reach(last, row, index.extremes, sign, start, end, level)
        if start < end:
            found[at, 1], found[at, 2] = span(last, row, index.extremes, sign, start, end)


@pytest.mark.parametrize("seconds", [1, 63, 64, 129, 600, 5_000, 22_500])
def test_what_is_found_is_what_is_seen_second_by_second(seconds: int) -> None:
    rng = np.random.default_rng(seconds)
    last = sealed((20_000 + np.cumsum(rng.integers(-2, 3, (2, seconds)) * 5, axis=1)).astype(np.int32))
    ends = np.sort(rng.integers(0, seconds + 1, (ASKED, 2)), axis=1)
    signs = rng.choice([-1, 1], ASKED)
    # Levels that the series has in some second, so that many are just reached, and some a tick beyond.
    levels = signs * last[np.arange(ASKED) % 2, rng.integers(0, seconds, ASKED)] + rng.choice([0, 5], ASKED)
    asked = np.column_stack([signs, ends, levels]).astype(np.int64)
    found = np.zeros((ASKED, 3), np.int64)
    look(last, empty_index(2, seconds), asked, found)
    reached = 0
    for at, (sign, start, end, level) in enumerate(asked.tolist()):
        part = sign * last[at % 2, start:end].astype(np.int64)
        hits = np.flatnonzero(part >= level)
        reached += len(hits) > 0
        assert found[at, 0] == (start + hits[0] if len(hits) else end)
        if len(part):
            assert found[at, 1:].tolist() == [part.min(), part.max()]
    assert reached >= ASKED // 10
    assert (found[:, 0] == asked[:, 2]).any()


@jit
def look_for_falls(last: Int32Array, index: SkipIndex, asked: Int64Array, found: Int64Array) -> None:
    """Answer rows of (sign, start, end, best before, depth) by seconds."""
    for contract in range(len(last)):
        prepare_contract(last, contract, index)
    for at in range(len(asked)):
        sign, start, end, best, depth = asked[at]
        row = at % len(last)
        found[at] = fall(last, row, index.extremes, sign, start, end, best, depth)


def fallen(values: list[int], best: int, depth: int) -> int:
    """Place of the first of ``values`` that lies ``depth`` below the best so far, else their number."""
    for at, value in enumerate(values):
        best = max(best, value)
        if value <= best - depth:
            return at
    return len(values)


@pytest.mark.parametrize("seconds", [1, 63, 64, 129, 600, 5_000, 22_500])
def test_a_fall_below_the_best_so_far_is_found_as_by_looking_at_every_second(seconds: int) -> None:
    rng = np.random.default_rng([seconds, 1])
    last = sealed((20_000 + np.cumsum(rng.integers(-2, 3, (2, seconds)) * 5, axis=1)).astype(np.int32))
    asked, wanted = [], []
    for at in range(ASKED):
        sign, (start, end) = int(rng.choice([-1, 1])), np.sort(rng.integers(0, seconds + 1, 2)).tolist()
        part = sign * last[at % 2, start:end].astype(np.int64)
        # What was best before: far too little to matter, about what follows, or more than that.
        best = int(sign * last[at % 2, min(start, seconds - 1)] + rng.choice([-(2**62), -50, 0, 200]))
        # The deepest fall that there is, so that it just answers or is a paisa short, and any other.
        deepest = int((np.maximum.accumulate(part) - part).max(initial=0)) + int(rng.integers(2))
        depth = deepest if rng.random() < 0.5 else int(rng.integers(400))
        asked.append((sign, start, end, best, depth))
        wanted.append(start + fallen(part.tolist(), best, depth))
    found = np.zeros(ASKED, np.int64)
    look_for_falls(last, empty_index(2, seconds), np.array(asked), found)
    assert found.tolist() == wanted
    answered = [at < end for at, (_, _, end, _, _) in zip(wanted, asked, strict=True)]
    assert ASKED // 10 <= sum(answered) < ASKED
