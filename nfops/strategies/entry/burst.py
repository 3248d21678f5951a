"""A burst of volume in an option near the money of the last anchor."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from nfops.daycache.chain import DayArrays
from nfops.jit import jit
from nfops.params import SCALE, Param
from nfops.strategies.choosing import at_the_money, strike_call
from nfops.strategies.entry.anchors import TIMES, windows
from nfops.strategies.legs import Codes
from nfops.strategies.signals import UNBOUNDED, EntryRule, Signals, View, outside, signals
from nfops.types import CALL, MISSING, Int32Array, Int64Array

MULTIPLIER: Final = Param("strategy.entry.multiplier", "fraction", 1.5, "volume over the usual volume", high=1000)
BURST_S: Final = Param("strategy.entry.burst_s", "seconds", 30, "time of the burst", low=1, high=86_400)
BASE: Final = Param("strategy.entry.base_s", "seconds", 300, "time over which volume is usual", low=1, high=86_400)
SIDE: Final = "strategy.legs.side"
_MILLION: Final = SCALE["fraction"]


def _find(view: View, codes: Codes) -> Signals:
    found = windows(view, codes)
    beyond = len(codes[TIMES.path]) - len(found)
    if view.expiry == MISSING or not found:
        return outside(beyond)
    contract = np.full(view.day.seconds, MISSING)
    slot, until = np.zeros(view.day.seconds, np.int64), np.zeros(view.day.seconds, np.int64)
    numbers = (codes[MULTIPLIER.path], codes[BURST_S.path], codes[BASE.path], 1 if codes[SIDE] else -1)
    for number, (start, end) in enumerate(found):
        bursts(
            view.day.arrays,
            view.expiry,
            view.ref.price,
            view.facts.strike_step,
            start,
            min(end, view.day.seconds),
            *numbers,
            contract,
            np.zeros(view.day.seconds + 1, np.int64),
        )
        slot[start:end], until[start:end] = number, end
    at = np.flatnonzero(contract != MISSING)
    at = at[view.day.session.next_trading[at] == at]
    return replace(signals(at, slot=slot[at], until=until[at], contract=contract[at]), outside=beyond)


@jit
def bursts(
    arrays: DayArrays,
    expiry: int,
    ref: Int32Array,
    step: int,
    start: int,
    end: int,
    multiplier: int,
    burst: int,
    base: int,
    side: int,
    out: Int64Array,
    total: Int64Array,
) -> None:
    """Write the bursting contract of each second of ``[start, end)`` that has one to ``out`` (S,).

    ``total`` (S + 1,) is room to work in.
    """
    if ref[start] == MISSING:
        return
    atm = at_the_money(arrays, expiry, start, ref[start], 1)
    if atm == MISSING:
        return
    for steps in range(-1, 2):
        call = strike_call(arrays, expiry, start, arrays.strike[atm] + steps * step)
        for contract in range(call, call + 2 if call != MISSING else call):
            cumulate(arrays, contract, total)
            for second in range(max(start, burst - 1, base - 1), end):
                # The lower strike and the call come first.
                if out[second] != MISSING or ref[second] == MISSING:
                    continue
                against = ref[second] - ref[start] if contract % 2 == CALL else ref[start] - ref[second]
                quick = total[second + 1] - total[second + 1 - burst]
                usual = total[second + 1] - total[second + 1 - base]
                if side * against >= 0 and quick * base * _MILLION > multiplier * burst * usual:
                    out[second] = contract


@jit
def cumulate(arrays: DayArrays, contract: int, total: Int64Array) -> None:
    """Write the units traded before each second to ``total`` (S + 1,)."""
    trades = arrays.trades
    total[:] = 0
    for at in range(trades.start[contract], trades.start[contract + 1]):
        total[trades.second[at] + 1] = trades.value[at]
    for second in range(len(total) - 1):
        total[second + 1] += total[second]


BURST: Final = EntryRule(
    "burst",
    "after each anchor, the first option next to the money in which volume bursts, if the index went its way",
    (TIMES, MULTIPLIER, BURST_S, BASE),
    _find,
    reads=(SIDE,),
    entries=UNBOUNDED,
    scans=True,
    needs_ticks=True,
    gives="contract",
    sees="expiry",
)
