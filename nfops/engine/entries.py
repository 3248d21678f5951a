"""From parameters to positions: decision seconds, contracts and skips, each distinct decision made once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nfops.daycache import ChainDay, Reference, reference
from nfops.daycache.lookup import age
from nfops.engine.rules_kernels import NEVER
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies import Strategy
from nfops.strategies.entries import AT
from nfops.strategies.legs import CHOICES, WING, choose
from nfops.types import MISSING, SKIPS, Int64Array


@dataclass(frozen=True, eq=False)
class Positions:
    """Distinct entries U of a block; ``of_trial`` (P,) is a row of them, or NEVER."""

    of_trial: Int64Array
    contracts: Int64Array
    decided: Int64Array
    opened: Int64Array


def decisions(block: ParamBlock, facts: DayFacts) -> tuple[Int64Array, Int64Array]:
    """Decision second of each trial ``(P,)``, or NEVER, and the skips so far ``(P, len(SKIPS))``."""
    clocks, session = block.column(AT), facts.session
    trades = np.array([session.trades_at(int(clock)) for clock in clocks])
    wanted = block.column("strategy.max_entries") != 0
    skips = np.zeros((len(block), len(SKIPS)), np.int64)
    skips[wanted & ~trades, SKIPS.index("outside_session")] = 1
    return np.where(wanted & trades, clocks - session.open, NEVER), skips


def positions(
    day: ChainDay, strategy: Strategy, block: ParamBlock, facts: DayFacts, seconds: Int64Array, skips: Int64Array
) -> Positions:
    """Find the contracts of every distinct decision; a decision that fails is counted in ``skips``."""
    winged = WING in strategy.schema.by_path
    paths = ("strategy.expiry", "fills.latency_s", "fills.max_age_s", *CHOICES, *((WING,) if winged else ()))
    keys = np.stack([seconds, *(block.column(path) for path in paths)], axis=1)
    distinct, of_trial = np.unique(keys, axis=0, return_inverse=True)
    of_trial = of_trial.ravel()
    contracts = np.zeros((len(distinct), 4 if winged else 2), np.int64)
    opened = np.full(len(distinct), NEVER, np.int64)
    references: dict[int, Reference] = {}
    for row, key in enumerate(distinct):
        if key[0] == NEVER:
            continue
        max_age = int(key[3])
        if max_age not in references:
            references[max_age] = reference(day, max_age)
        which = block.schema.by_path["strategy.expiry"].choices[key[1]]
        skip, opened[row] = _enter(day, facts, references[max_age], which, key, contracts[row])
        if skip:
            skips[of_trial == row, SKIPS.index(skip)] += 1
    held = np.where(opened[of_trial] == NEVER, NEVER, of_trial).astype(np.int64)
    return Positions(held, contracts, distinct[:, 0].copy(), opened)


def _enter(
    day: ChainDay, facts: DayFacts, ref: Reference, which: str, key: Int64Array, legs: Int64Array
) -> tuple[str, int]:
    """Try one entry; return the reason why not (or nothing) and the second of its fill, writing ``legs``."""
    second, latency, max_age = int(key[0]), int(key[2]), int(key[3])
    if skip := _no_reference(ref, second, max_age):
        return skip, NEVER
    expiry = facts.expiry(which)
    # The calendar decides which expiry is meant; the day may have no data of it.
    if expiry not in day.expiries or not choose(
        day.arrays,
        day.expiries.index(expiry),
        second,
        int(ref.price[second]),
        key[4:],
        facts.strike_step,
        max_age,
        facts.seconds_to_expiry(expiry),
        legs,
    ):
        return "no_contract", NEVER
    if second + latency > day.seconds - 1:
        return "too_late", NEVER
    opened = int(day.session.next_trading[second + latency])
    skip = _no_price(day, second, opened, max_age, legs)
    return skip, NEVER if skip else opened


def _no_reference(ref: Reference, second: int, max_age: int) -> str:
    if ref.price[second] == MISSING:
        return "no_reference"
    return "stale_ref" if ref.age[second] > max_age else ""


def _no_price(day: ChainDay, second: int, opened: int, max_age: int, legs: Int64Array) -> str:
    """Say what is wrong with the first leg that cannot be filled."""
    for contract in legs:
        if day.arrays.last[contract, second] == MISSING or day.arrays.last[contract, opened] == MISSING:
            return "no_price"
        if age(day.arrays.trades, contract, opened) > max_age:
            return "stale"
    return ""
