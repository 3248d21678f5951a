"""When a series first reaches a level, and how far it went meanwhile, without looking at most of its seconds.

The extremes of every whole block of 64 seconds are kept, and those of runs of 2, 4, 8, ... blocks: row ``k`` of a
table says for block ``b`` what the extreme of the blocks ``b .. b + 2^k - 1`` is. A search jumps over the longest runs
that do not reach the level; the extreme of any span lies in two runs that overlap, and the seconds at its ends.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from nfops.jit import inner
from nfops.types import BoolArray, Int32Array, Int64Array

BLOCK: Final = 64
"""Seconds whose extremes are kept together."""

MOST_LEGS: Final = 4

BASKETS: Final = 64
"""Baskets that are kept for a day; the one that came first makes room."""


class Extremes(NamedTuple):
    """Least and greatest value of each run of blocks of N series, in paise; R is 1 and more, B the whole blocks."""

    low: Int32Array  # (N, R, B)
    high: Int32Array  # (N, R, B)


class Baskets(NamedTuple):
    """Sums of the prices of several contracts, short ones negative, with their extremes."""

    legs: Int64Array  # (N, 2 * MOST_LEGS): 1 + row of the contract axis and signed ratio of each leg; 0 for no leg
    worth: Int32Array  # (N, S)
    seen: Int32Array  # the same memory as prices are: not to be written, so that one kernel serves both
    extremes: Extremes
    made: Int64Array  # (1,) baskets made so far


class SkipIndex(NamedTuple):
    """What is known of a day's series so far; kernels add to it."""

    extremes: Extremes  # of each contract
    searched: BoolArray  # (C,) contracts whose extremes were found
    baskets: Baskets


def empty_index(contracts: int, seconds: int) -> SkipIndex:
    """Index of a day of which nothing is known yet."""
    worth = np.empty((BASKETS, seconds), np.int32)
    seen = worth.view()
    seen.flags.writeable = False
    made, legs = np.zeros(1, np.int64), np.zeros((BASKETS, 2 * MOST_LEGS), np.int64)
    baskets = Baskets(legs, worth, seen, _empty_extremes(BASKETS, seconds), made)
    return SkipIndex(_empty_extremes(contracts, seconds), np.zeros(contracts, np.bool_), baskets)


def _empty_extremes(series: int, seconds: int) -> Extremes:
    blocks = seconds // BLOCK
    shape = series, max(blocks.bit_length(), 1), blocks
    return Extremes(np.empty(shape, np.int32), np.empty(shape, np.int32))


@inner
def summarise(values: Int32Array, row: int, out: Extremes) -> None:
    """Write the extremes of one series, a row of ``values`` (N, S)."""
    low, high = out.low[row], out.high[row]
    runs, blocks = low.shape
    grid = values[row][: blocks * BLOCK].reshape(blocks, BLOCK)
    for block in range(blocks):
        least = most = grid[block, 0]
        for second in range(BLOCK):
            value = grid[block, second]
            least = min(value, least)
            most = max(value, most)
        low[0, block], high[0, block] = least, most
    for run in range(1, runs):
        half = 1 << (run - 1)
        for block in range(blocks - 2 * half + 1):
            low[run, block] = min(low[run - 1, block], low[run - 1, block + half])
            high[run, block] = max(high[run - 1, block], high[run - 1, block + half])


@inner
def prepare_contract(last: Int32Array, contract: int, index: SkipIndex) -> None:
    """Find the extremes of a contract, once."""
    if not index.searched[contract]:
        index.searched[contract] = True
        summarise(last, contract, index.extremes)


@inner
def basket_of(last: Int32Array, contracts: Int64Array, signs: Int64Array, ratios: Int64Array, baskets: Baskets) -> int:
    """Row of the basket of ``contracts`` (L,), made when it is not there; ``signs`` 1 for long, -1 for short legs."""
    legs = len(contracts)
    for row in range(min(baskets.made[0], len(baskets.legs))):
        same, name = True, baskets.legs[row]
        for leg in range(MOST_LEGS):
            inside = leg < legs
            same &= name[leg] == (contracts[leg] + 1 if inside else 0)
            same &= name[MOST_LEGS + leg] == (signs[leg] * ratios[leg] if inside else 0)
        if same:
            return row
    row = baskets.made[0] % len(baskets.legs)
    baskets.made[0] += 1
    baskets.legs[row] = 0
    worth = baskets.worth[row]
    worth[:] = 0
    for leg in range(legs):
        baskets.legs[row, leg], baskets.legs[row, MOST_LEGS + leg] = contracts[leg] + 1, signs[leg] * ratios[leg]
        prices = last[contracts[leg]]
        for _ in range(ratios[leg]):
            if signs[leg] > 0:
                for second in range(len(worth)):
                    worth[second] += prices[second]
            else:
                for second in range(len(worth)):
                    worth[second] -= prices[second]
    summarise(baskets.seen, row, baskets.extremes)
    return int(row)


@inner
def reach(values: Int32Array, row: int, extremes: Extremes, sign: int, start: int, end: int, level: int) -> int:
    """First second in ``[start, end)`` in which ``sign`` times the value is at least ``level``, else ``end``."""
    series, runs = values[row], extremes.high[row] if sign > 0 else extremes.low[row]
    second, edge = start, min(end, (start // BLOCK + 1) * BLOCK)
    while second < edge:
        if sign * series[second] >= level:
            return second
        second += 1
    block = second // BLOCK
    for at in range(runs.shape[0]):
        run = runs.shape[0] - 1 - at
        if block + (1 << run) <= runs.shape[1] and sign * runs[run, block] < level:
            block += 1 << run
    second = max(second, block * BLOCK)
    while second < end:
        if sign * series[second] >= level:
            return second
        second += 1
    return end


@inner
def span(values: Int32Array, row: int, extremes: Extremes, sign: int, start: int, end: int) -> tuple[int, int]:
    """Least and greatest of ``sign`` times the values in ``[start, end)``, which is not empty."""
    series = values[row]
    least = most = series[start]
    first, last = -(-start // BLOCK), end // BLOCK
    if first < last:
        run = 0
        while 2 << run <= last - first:
            run += 1
        other = last - (1 << run)
        low, high = extremes.low[row, run], extremes.high[row, run]
        least, most = min(least, low[first], low[other]), max(most, high[first], high[other])
        for second in range(start, first * BLOCK):
            least, most = min(least, series[second]), max(most, series[second])
        for second in range(last * BLOCK, end):
            least, most = min(least, series[second]), max(most, series[second])
    else:
        for second in range(start, end):
            least, most = min(least, series[second]), max(most, series[second])
    return (sign * least, sign * most) if sign > 0 else (sign * most, sign * least)
