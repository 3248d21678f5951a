"""What a good engineer would write without nfops: the same straddle grid by NumPy and by a plain compiled loop.

Both know one strategy only: sell the call and the put at one price, leave on a share of the premium lost or won, or at
a time; a decision fills one second later, the fill pays one tick. They return the gross profit in paise per unit.
"""

from __future__ import annotations

from itertools import product

import numba
import numpy as np
import numpy.typing as npt

Prices = npt.NDArray[np.int64]
TICK = 5


def by_numpy(
    pairs: list[tuple[Prices, Prices]], opened: list[int], stops: list[int], targets: list[int], exits: list[int]
) -> Prices:
    """Running extremes of the pair and binary search, shared by all sets of one entry; the best NumPy formula known.

    ``pairs`` are the call and the put ``(S,)`` of each entry second in ``opened``, percents in hundredths.
    """
    results = np.empty((len(opened), len(stops), len(targets), len(exits)), np.int64)
    for at, ((call, put), first) in enumerate(zip(pairs, opened, strict=True)):
        sold = call[first] + put[first] - 2 * TICK
        cost = (call + put)[first + 1 :]
        risen, fallen = np.maximum.accumulate(cost), np.minimum.accumulate(cost)
        losses = sold + -(-sold * np.array(stops) // 10_000)
        wins = sold + (-sold * np.array(targets)) // 10_000
        stop_at = first + 1 + np.searchsorted(risen, losses)
        target_at = first + 1 + np.searchsorted(-fallen, -wins)
        left = np.minimum(np.minimum(stop_at[:, None], target_at[None, :])[:, :, None], np.array(exits)) + 1
        results[at] = sold - (call[left] + put[left] + 2 * TICK)
    return results.ravel()


def by_loop(
    pairs: list[tuple[Prices, Prices]], opened: list[int], stops: list[int], targets: list[int], exits: list[int]
) -> Prices:
    """One compiled scan for each set."""
    sets = product(zip(pairs, opened, strict=True), stops, targets, exits)
    return np.array([_scan(*pair, first, stop, target, leave) for (pair, first), stop, target, leave in sets])


@numba.njit(cache=False)
def _scan(call: Prices, put: Prices, first: int, stop: int, target: int, leave: int) -> int:
    sold = call[first] + put[first] - 2 * TICK
    second = first + 1
    while second < leave:
        won = (sold - call[second] - put[second]) * 10_000
        if won <= -sold * stop or won >= sold * target:
            break
        second += 1
    return sold - (call[second + 1] + put[second + 1] + 2 * TICK)
