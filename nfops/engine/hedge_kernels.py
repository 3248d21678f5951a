"""The delta hedge of a position (SPEC 7): the near future, or the index where there is none."""

from __future__ import annotations

import math
from typing import Final

from nfops.daycache.reference import parity_forward
from nfops.engine.fill_kernels import HEDGING, age_of, fill_price, price_of, write
from nfops.engine.ground import Ground
from nfops.engine.state import CASH, CONTRACT, HELD, LEAVING, PHASE, UNIT, Tape, Trial
from nfops.jit import inner
from nfops.strategies.choosing import GROUP, LEFT, MAX_AGE, NEXT, YEAR_S, delta_of
from nfops.types import MISSING, REASONS, SKIPS, Int64Array

HEDGE: Final = REASONS.index("hedge")
NO_HEDGE: Final = SKIPS.index("no_hedge")


@inner
def net_delta(ground: Ground, trial: Trial, state: Int64Array, factors: Int64Array, held: int, second: int) -> float:
    """Delta of the options held and of ``held`` units of the hedge, per unit; NaN when a volatility is not known."""
    total = held / trial.model[UNIT]
    for leg in range(len(state)):
        if state[leg, PHASE] > LEAVING:
            continue
        at = 2 * trial.layout[leg, NEXT]
        forward = parity_forward(ground.arrays, trial.plan[GROUP + at], second, trial.plan[MAX_AGE])
        years = (trial.plan[LEFT + at] - second) / YEAR_S
        delta = delta_of(ground.arrays, state[leg, CONTRACT], second, forward, years)
        total += factors[leg] / trial.model[UNIT] * delta
    return float(total)


@inner
def wanted_units(
    ground: Ground, trial: Trial, state: Int64Array, factors: Int64Array, held: int, second: int, skips: Int64Array
) -> int:
    """Units to trade now, bought positive; 0 for none."""
    delta = net_delta(ground, trial, state, factors, held, second)
    if math.isnan(delta) or abs(delta) <= trial.band:
        return 0
    if ground.hedge == MISSING or price_of(ground, trial.plan, ground.hedge, second) == MISSING:
        skips[NO_HEDGE] += 1
        return 0
    units: int = math.floor(0.5 - delta * trial.model[UNIT])
    return units


@inner
def trade_hedge(
    ground: Ground,
    trial: Trial,
    units: int,
    decided: int,
    second: int,
    reason: int,
    sums: Int64Array,
    tape: Tape,
) -> None:
    """Trade units of the hedge; its row stands after those of the legs."""
    side = 1 if units > 0 else -1
    price, flag = fill_price(ground, trial.plan, trial.model, ground.hedge, second, side)
    old = age_of(ground, trial.plan, ground.hedge, second)
    write(tape, len(trial.layout), ground.hedge, side, abs(units), decided, second, price, old, reason, HEDGING, flag)
    sums[HELD] += units
    sums[CASH] -= units * price


@inner
def hedge_worth(ground: Ground, trial: Trial, sums: Int64Array, second: int) -> int:
    """Profit of the hedge in paise of money, which is paise per unit times UNIT."""
    if sums[HELD] == 0:
        return int(sums[CASH])
    return int(sums[CASH] + sums[HELD] * price_of(ground, trial.plan, ground.hedge, second))
