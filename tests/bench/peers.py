"""What a good engineer would write without nfops: the same straddle grids by NumPy and by plain loops.

All know one strategy only: sell the call and the put at one price, leave on a share of the premium lost or won, or at
a time; a decision fills one second later, the fill pays one tick. The second grid has a stop for each leg instead of
one for both: a leg that is stopped leaves alone, and its price counts towards the target. They return the gross profit
in paise per unit.
"""

from __future__ import annotations

from itertools import product

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

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


def legs_by_numpy(
    pairs: list[tuple[Prices, Prices]], opened: list[int], stops: list[int], targets: list[int], exits: list[int]
) -> Prices:
    """Running extremes and binary search for stops of legs: what is left after a stop is searched by itself."""
    results = np.empty((len(opened), len(stops), len(targets), len(exits)), np.int64)
    ends, wins = np.array(exits), np.array(targets)
    for at, ((call, put), first) in enumerate(zip(pairs, opened, strict=True)):
        start, last, sold = first + 1, exits[-1], (call[first] - TICK, put[first] - TICK)
        worth = sum(sold)
        levels = worth + (-worth * wins) // 10_000
        stop_at = [
            start + np.searchsorted(np.maximum.accumulate(leg[start:last]), paid + -(-paid * np.array(stops) // 10_000))
            for leg, paid in zip((call, put), sold, strict=True)
        ]
        both = start + _first_low((call + put)[start:last], levels)
        for row, (of_call, of_put) in enumerate(zip(*(seconds.tolist() for seconds in stop_at), strict=True)):
            leader, other = (call, put) if of_call <= of_put else (put, call)
            early, late = min(of_call, of_put), max(of_call, of_put)
            ended = both
            if early < last and early != late:
                # From the fill of the first stop on its price is known, and only the other leg moves.
                alone = early + 1 + _first_low(other[early + 1 : last], levels - leader[early + 1] - TICK)
                ended = np.where(both <= early, both, alone)
            left = np.minimum(ended[:, None], ends[None, :])
            by_leader, by_other = np.minimum(early, left) + 1, np.minimum(late, left) + 1
            results[at, row] = worth - leader[by_leader] - other[by_other] - 2 * TICK
    return results.ravel()


def legs_by_rows(
    pairs: list[tuple[Prices, Prices]], opened: list[int], stops: list[int], targets: list[int], exits: list[int]
) -> Prices:
    """The same by the rows of a pandas frame, as first scripts are written."""
    sets = product(zip(pairs, opened, strict=True), stops, targets, exits)
    return np.array([_by_rows(*pair, first, stop, target, leave) for (pair, first), stop, target, leave in sets])


def _by_rows(call: Prices, put: Prices, first: int, stop: int, target: int, leave: int) -> int:
    of_call, of_put = int(call[first]) - TICK, int(put[first]) - TICK
    sold, call_at, put_at, a, b, end = of_call + of_put, -1, -1, 0, 0, leave
    frame = pd.DataFrame({"call": call, "put": put})
    for row in frame.iloc[first + 1 : leave].itertuples():
        a = row.call if call_at < 0 or row.Index == call_at else int(call[call_at + 1]) + TICK
        b = row.put if put_at < 0 or row.Index == put_at else int(put[put_at + 1]) + TICK
        if call_at < 0 and (row.call - of_call) * 10_000 >= of_call * stop:
            call_at = row.Index
        if put_at < 0 and (row.put - of_put) * 10_000 >= of_put * stop:
            put_at = row.Index
        if (call_at >= 0 and put_at >= 0) or (sold - a - b) * 10_000 >= sold * target:
            end = row.Index
            break
    call_at, put_at = (end if at < 0 else at for at in (call_at, put_at))
    return sold - int(call[call_at + 1]) - int(put[put_at + 1]) - 2 * TICK


def _first_low(prices: Prices, levels: Prices) -> Prices:
    """Position of the first price at or below each level, or the length."""
    return np.searchsorted(-np.minimum.accumulate(prices), -levels)


def legs_by_loop(
    pairs: list[tuple[Prices, Prices]], opened: list[int], stops: list[int], targets: list[int], exits: list[int]
) -> Prices:
    """One compiled scan for each set of the grid with stops of legs."""
    sets = product(zip(pairs, opened, strict=True), stops, targets, exits)
    return np.array([_scan_legs(*pair, first, stop, target, leave) for (pair, first), stop, target, leave in sets])


@numba.njit(cache=False)
def _scan_legs(call: Prices, put: Prices, first: int, stop: int, target: int, leave: int) -> int:
    of_call, of_put = call[first] - TICK, put[first] - TICK
    sold = of_call + of_put
    call_at = put_at = -1
    second = first + 1
    while second < leave and (call_at < 0 or put_at < 0):
        if call_at < 0 and (call[second] - of_call) * 10_000 >= of_call * stop:
            call_at = second
        if put_at < 0 and (put[second] - of_put) * 10_000 >= of_put * stop:
            put_at = second
        a = call[call_at + 1] + TICK if 0 <= call_at < second else call[second]
        b = put[put_at + 1] + TICK if 0 <= put_at < second else put[second]
        if (sold - a - b) * 10_000 >= sold * target:
            break
        second += 1
    call_at = second if call_at < 0 else call_at
    put_at = second if put_at < 0 else put_at
    return sold - call[call_at + 1] - put[put_at + 1] - 2 * TICK


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
