"""When a series first reaches a level, and how far it went meanwhile, without looking at most of its seconds.

The extremes of every whole block of 64 seconds are kept, and those of runs of 4, 16, 64, ... blocks: row ``k`` of a
table says for block ``b`` what the extreme of the blocks ``b .. b + 4^k - 1`` is. A search jumps over the longest runs
that do not reach the level; the extreme of any span lies in at most four runs that overlap, and in the seconds at its
ends.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from nfops.jit import inner
from nfops.types import BoolArray, Int32Array, Int64Array

BLOCK: Final = 64
"""Seconds whose extremes are kept together."""

WIDER: Final = 2
"""Bits by which a run is longer than one of the row before: by a factor of four."""

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


def empty_index(contracts: int, seconds: int, room: Baskets | None = None) -> SkipIndex:
    """Index of a day of which nothing is known yet; ``room`` of another day of as many seconds is written over."""
    baskets = room or _empty_baskets(seconds)
    baskets.made[0] = 0
    return SkipIndex(_empty_extremes(contracts, seconds), np.zeros(contracts, np.bool_), baskets)


def _empty_baskets(seconds: int) -> Baskets:
    worth = np.empty((BASKETS, seconds), np.int32)
    seen = worth.view()
    seen.flags.writeable = False
    made, legs = np.zeros(1, np.int64), np.zeros((BASKETS, 2 * MOST_LEGS), np.int64)
    return Baskets(legs, worth, seen, _empty_extremes(BASKETS, seconds), made)


def _empty_extremes(series: int, seconds: int) -> Extremes:
    blocks = seconds // BLOCK
    shape = series, max(-(-blocks.bit_length() // WIDER), 1), blocks
    return Extremes(np.empty(shape, np.int32), np.empty(shape, np.int32))


@inner
def summarise(values: Int32Array, row: int, out: Extremes) -> None:
    """Write the extremes of one series, a row of ``values`` (N, S)."""
    low, high, series = out.low[row], out.high[row], values[row]
    runs, blocks = low.shape
    for block in range(blocks):
        least = most = series[block * BLOCK]
        # Counted from the series' start and with both extremes in one loop, this compiles to eight numbers at a time.
        for second in range(block * BLOCK, block * BLOCK + BLOCK):
            value = series[second]
            least, most = min(least, value), max(most, value)
        low[0, block], high[0, block] = least, most
    for run in range(1, runs):
        part = 1 << WIDER * (run - 1)
        widen(low[run - 1], high[run - 1], part, low[run], high[run])


@inner
def widen(low: Int32Array, high: Int32Array, part: int, lowest: Int32Array, highest: Int32Array) -> None:
    """Write the extremes of runs of four times ``part`` blocks, all ``(B,)``; those that do not fit are not written."""
    count = len(low) - 3 * part - (part - 1)
    for block in range(count):
        lowest[block], highest[block] = low[block], high[block]
    for step in range(1, 4):
        lows, highs = low[step * part :], high[step * part :]
        for block in range(count):
            lowest[block] = min(lowest[block], lows[block])
            highest[block] = max(highest[block], highs[block])


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
def first_in(part: Int32Array, sign: int, level: int) -> int:
    """First place in which ``sign`` times the value is at least ``level``, else the length."""
    for at in range(len(part)):
        if sign * part[at] >= level:
            return at
    return len(part)


@inner
def reach(values: Int32Array, row: int, extremes: Extremes, sign: int, start: int, end: int, level: int) -> int:
    """First second in ``[start, end)`` in which ``sign`` times the value is at least ``level``, else ``end``."""
    if start >= end:
        return end
    series, runs = values[row], extremes.high[row] if sign > 0 else extremes.low[row]
    edge = min(end, (start // BLOCK + 1) * BLOCK)
    second = start + first_in(series[start:edge], sign, level)
    if second < edge or edge == end:
        return second
    block = edge // BLOCK
    for at in range(runs.shape[0]):
        run = runs.shape[0] - 1 - at
        length, whole = 1 << WIDER * run, runs.shape[1] - (1 << WIDER * run)
        while block <= whole and sign * runs[run, block] < level:
            block += length
    second = block * BLOCK
    return second + first_in(series[second:end], sign, level) if second < end else end


@inner
def first_fall(part: Int32Array, sign: int, best: int, depth: int) -> tuple[int, int]:
    """First place in which ``sign`` times the value lies ``depth`` below its best, else the length; and this best."""
    for at in range(len(part)):
        value = sign * part[at]
        best = max(best, value)
        if best - value >= depth:
            return at, best
    return len(part), best


@inner
def fall(
    values: Int32Array, row: int, extremes: Extremes, sign: int, start: int, end: int, best: int, depth: int
) -> int:
    """First second in ``[start, end)`` in which ``sign`` times the value lies ``depth`` below its best, else ``end``.

    ``best`` is the best before ``start``. A run is jumped over where its least value is too near to the greater of its
    own best and the one before it; a longer run is tried where one begins.
    """
    series, high, low = values[row], extremes.high[row], extremes.low[row]
    tops, floors = (high, low) if sign > 0 else (low, high)
    second, run = start, 0
    while second < end:
        length = BLOCK << WIDER * run
        if second % BLOCK == 0 and second + length <= end:
            block = second // BLOCK
            most = max(best, sign * tops[run, block])
            if most - sign * floors[run, block] < depth:
                best, second = most, second + length
                run += run + 1 < len(tops) and second % (length << WIDER) == 0
                continue
        if run > 0:
            run -= 1
            continue
        edge = min(end, (second // BLOCK + 1) * BLOCK)
        at, best = first_fall(series[second:edge], sign, best, depth)
        second += at
        if second < edge:
            return second
    return end


@inner
def wider(part: Int32Array, least: int, most: int) -> tuple[int, int]:
    """Bring a least and a greatest value up to the values of ``part``."""
    for value in part:
        least, most = min(least, value), max(most, value)
    return least, most


@inner
def span(values: Int32Array, row: int, extremes: Extremes, sign: int, start: int, end: int) -> tuple[int, int]:
    """Least and greatest of ``sign`` times the values in ``[start, end)``, which is not empty."""
    series = values[row]
    least = most = series[start]
    first, last = -(-start // BLOCK), end // BLOCK
    if first < last:
        run = 0
        while 1 << WIDER * (run + 1) <= last - first:
            run += 1
        length, low, high = 1 << WIDER * run, extremes.low[row, run], extremes.high[row, run]
        other, block = last - length, first
        least, most = min(least, low[other]), max(most, high[other])
        while block < other:
            least, most = min(least, low[block]), max(most, high[block])
            block += length
        least, most = wider(series[start : first * BLOCK], least, most)
        least, most = wider(series[last * BLOCK : end], least, most)
    else:
        least, most = wider(series[start:end], least, most)
    return (sign * least, sign * most) if sign > 0 else (sign * most, sign * least)
