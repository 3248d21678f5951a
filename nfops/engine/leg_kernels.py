"""What the legs of a position do: come in, leave, wait, and come back (SPEC 4 and 6)."""

from __future__ import annotations

from typing import Final

from nfops.daycache.lookup import age
from nfops.engine.entry_kernels import enter_again
from nfops.engine.fill_kernels import CLOSING, OPENING, fill_price, write
from nfops.engine.ground import Ground
from nfops.engine.hedge_kernels import HEDGE, trade_hedge
from nfops.engine.rules_kernels import STOPPED, decide
from nfops.engine.search_kernels import prepare_contract
from nfops.engine.state import (
    ASKED,
    BANKED,
    CONTRACT,
    DUE,
    ENDED,
    FIRST,
    HELD,
    IN,
    LEAVING,
    LEFT,
    MAX_AGE,
    NEVER,
    OPENS,
    ORDERED,
    OUT,
    PAID,
    PHASE,
    USED,
    WAITING,
    WHEN,
    WHY,
    Tape,
    Trial,
)
from nfops.jit import inner
from nfops.strategies import exits
from nfops.strategies.signals import FINE
from nfops.types import MISSING, PUT, REASONS, STALE_EXIT, Int64Array

ENTRY: Final = REASONS.index("entry")
REENTRY: Final = REASONS.index("reentry")
CLOSE: Final = REASONS.index("close")
SETTLEMENT: Final = REASONS.index("settlement")
ASAP: Final = 1
"""Code of ``reentry: asap``."""


@inner
def open_leg(
    ground: Ground, trial: Trial, state: Int64Array, leg: int, side: int, lots: int, second: int, tape: Tape
) -> None:
    """Fill a leg's entry."""
    contract, again = state[leg, CONTRACT], state[leg, FIRST] != NEVER
    price, flag = fill_price(ground, trial.plan, trial.model, contract, second, side)
    old = age(ground.arrays.trades, contract, second)
    reason = REENTRY if again else ENTRY
    write(tape, leg, contract, side, lots, state[leg, ASKED], second, price, old, reason, OPENING, flag)
    state[leg, PAID] = price
    if not again:
        state[leg, FIRST] = price
    # It may have been told to leave while its entry was under way.
    state[leg, PHASE] = IN if state[leg, DUE] == NEVER else LEAVING


@inner
def settled_price(ground: Ground, contract: int) -> int:
    """Intrinsic value of a contract that settles today."""
    sign = -1 if ground.arrays.right[contract] == PUT else 1
    return int(max(sign * (ground.settle_at[contract] - ground.arrays.strike[contract]), 0))


@inner
def close_leg(
    ground: Ground,
    trial: Trial,
    state: Int64Array,
    leg: int,
    factor: int,
    lots: int,
    second: int,
    sums: Int64Array,
    tape: Tape,
) -> None:
    """Fill a leg's exit."""
    contract, side = state[leg, CONTRACT], -1 if factor > 0 else 1
    old, reason = age(ground.arrays.trades, contract, second), state[leg, WHY]
    if reason == CLOSE and trial.rules[exits.SETTLE] == 1 and ground.settle_at[contract] != MISSING:
        price, flags, reason = settled_price(ground, contract), 0, SETTLEMENT
    else:
        price, flags = fill_price(ground, trial.plan, trial.model, contract, second, side)
        flags |= STALE_EXIT if old > trial.model[MAX_AGE] else 0
    write(tape, leg, contract, side, lots, state[leg, WHEN], second, price, old, reason, CLOSING, flags)
    sums[BANKED] += factor * (price - state[leg, PAID])
    back = reason == STOPPED and not sums[ENDED] and trial.rules[exits.REENTRY] > 0
    state[leg, PHASE] = WAITING if back and state[leg, USED] < trial.rules[exits.MAX_REENTRIES] else OUT
    state[leg, LEFT], state[leg, DUE] = second, NEVER


@inner
def fill_due(
    ground: Ground,
    trial: Trial,
    state: Int64Array,
    factors: Int64Array,
    lots: Int64Array,
    second: int,
    sums: Int64Array,
    orders: Int64Array,
    tape: Tape,
) -> None:
    """Fill everything that is due at ``second``; the hedge becomes flat with the last leg."""
    filled = 0
    while filled < len(orders) and orders[filled, 0] == second:
        trade_hedge(ground, trial, orders[filled, 1], orders[filled, 2], second, HEDGE, sums, tape)
        filled += 1
    # The others move up, so that orders always stand, and fill, in the order in which they were decided.
    if filled:
        for at in range(len(orders) - filled):
            for column in range(3):
                orders[at, column] = orders[at + filled, column]
        orders[len(orders) - filled :] = NEVER
    held, last = 0, NEVER
    for leg in range(len(state)):
        if state[leg, PHASE] == ORDERED and state[leg, OPENS] == second:
            open_leg(ground, trial, state, leg, 1 if factors[leg] > 0 else -1, lots[leg], second, tape)
        if state[leg, PHASE] == LEAVING and state[leg, DUE] == second:
            close_leg(ground, trial, state, leg, factors[leg], lots[leg], second, sums, tape)
            last = leg
        held += 1 if state[leg, PHASE] <= LEAVING else 0
    if held == 0 and last != NEVER and sums[HELD] != 0:
        trade_hedge(ground, trial, -sums[HELD], state[last, WHEN], second, state[last, WHY], sums, tape)


@inner
def is_due(state: Int64Array, orders: Int64Array, second: int) -> bool:
    """Whether anything is: asked in every second, so that the answer no costs little."""
    for leg in range(len(state)):
        if state[leg, OPENS if state[leg, PHASE] == ORDERED else DUE] == second:
            return True
    for at in range(len(orders)):
        if orders[at, 0] == second:
            return True
    return False


@inner
def come_back(
    ground: Ground,
    trial: Trial,
    state: Int64Array,
    factors: Int64Array,
    right: int,
    second: int,
    skips: Int64Array,
    contracts: Int64Array,
) -> None:
    """Decide the re-entries of the legs that wait; ``contracts`` (L,) is written."""
    for leg in range(len(state)):
        contracts[leg] = state[leg, CONTRACT]
    for leg in range(len(state)):
        if state[leg, PHASE] != WAITING:
            continue
        anew = trial.rules[exits.REENTRY] == ASAP
        if not anew:
            off = ground.arrays.last[state[leg, CONTRACT], second] - state[leg, FIRST]
            if second <= state[leg, LEFT] or (off > 0 if factors[leg] < 0 else off < 0):
                continue
        fault, opens = enter_again(ground, trial.layout, trial.plan, leg, second, anew, right, contracts)
        if fault != FINE:
            skips[fault] += 1
            state[leg, PHASE] = OUT
            continue
        state[leg, PHASE], state[leg, CONTRACT] = ORDERED, contracts[leg]
        state[leg, OPENS], state[leg, ASKED] = opens, second
        state[leg, USED] += 1


@inner
def leave(state: Int64Array, reason: int, second: int, fill_at: int) -> None:
    """Let all legs leave; none comes back."""
    for leg in range(len(state)):
        decide(state, leg, reason, second, fill_at)
        if state[leg, PHASE] == WAITING:
            state[leg, PHASE] = OUT


@inner
def prepare(ground: Ground, state: Int64Array) -> None:
    """Find the extremes of the legs' contracts, once for each contract."""
    for leg in range(len(state)):
        prepare_contract(ground.arrays.last, state[leg, CONTRACT], ground.known)


@inner
def any_in(state: Int64Array, phase: int) -> bool:
    """Whether some leg is in a phase."""
    for leg in range(len(state)):
        if state[leg, PHASE] == phase:
            return True
    return False
