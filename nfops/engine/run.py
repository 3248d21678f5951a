"""One day, one strategy, one block of parameters: the centre of nfops.

1. ``entries``: the clock of each trial becomes a decision second, or a skip.
2. ``positions``: equal decisions are made once; each chooses its contracts, or is skipped under the first reason.
3. ``kernels.walk_block``: every trial's position lives second by second and writes its fills.
4. ``settle_costs``: every fill is charged.
Nothing here depends on how trials are divided into blocks.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from nfops.costs import exercise_parts, order_parts, round_parts, tariff
from nfops.daycache import ChainDay, is_incomplete, reference
from nfops.engine import kernels, rules_kernels
from nfops.engine.calm import extremes_of
from nfops.engine.entries import decisions, positions
from nfops.engine.result import DayResult
from nfops.errors import DataError
from nfops.jit import jit
from nfops.market import DayFacts
from nfops.params import ParamBlock
from nfops.strategies import Strategy, exits
from nfops.types import FALLBACK, FILL, MISSING, STALE_EXIT, TICK_PAISE, BoolArray, Int64Array, Records

SETTLEMENT_WINDOW_S = 1_800


def run_day(day: ChainDay, strategy: Strategy, block: ParamBlock, facts: DayFacts) -> DayResult:
    """Evaluate all P parameter rows of ``block`` on ``day``.

    Raises
    ------
    DataError
        With reason ``legacy_close`` when the day comes from files of the old scripts and a row does not allow them.
    """
    if day.legacy and not allows_legacy(block):
        raise legacy_close(day.symbol, day.date)
    seconds, skips = decisions(block, facts)
    found = positions(day, strategy, block, facts, seconds, skips)
    trials, legs = len(block), found.contracts.shape[1]
    fills = np.zeros((trials, 2 * legs), FILL)
    counts, marks = np.zeros(trials, np.int64), np.zeros((trials, 2), np.int64)
    kernels.walk_block(
        day.arrays,
        extremes_of(day.arrays.last, found.contracts),
        day.session.next_trading,
        found.of_trial,
        found.contracts,
        found.decided,
        found.opened,
        sides(block, legs),
        exit_rules(block, facts),
        fill_models(block),
        settlement_price(day),
        int(day.arrays.base[1]) if day.expiries[:1] == (day.date,) else 0,
        fills,
        counts,
        marks,
    )
    fills["trial"] = np.arange(trials)[:, None]
    flat = fills[np.arange(2 * legs) < counts[:, None]]
    units = lot_sizes(day, facts)
    charges = settle_costs(day, block, facts, flat, units)
    money = -flat["side"].astype(np.int64) * flat["price_paise"] * flat["lots"] * units[flat["contract"]]
    ages, reversed_ages = np.unique(block.column("fills.max_age_s"), return_inverse=True)
    late = np.array([is_incomplete(day, reference(day, int(age)), int(age)) for age in ages])
    return DayResult(
        symbol=day.symbol,
        date=day.date,
        gross_paise=_per_trial(flat, money, trials),
        cost_paise=_per_trial(flat, charges.sum(axis=1), trials),
        n_positions=(counts > 0).astype(np.int64),
        n_fills=counts,
        worst_mtm_paise=marks[:, 0],
        best_mtm_paise=marks[:, 1],
        n_fallback=_per_trial(flat, (flat["flags"] & FALLBACK) > 0, trials),
        n_stale_exit=_per_trial(flat, (flat["flags"] & STALE_EXIT) > 0, trials),
        skips=skips,
        incomplete=late[reversed_ages],
        fills=flat,
        charges=charges,
    )


def allows_legacy(block: ParamBlock) -> bool:
    """Whether every row of a block takes option prices of the old scripts."""
    return bool(block.column("data.allow_legacy_close").all())


def legacy_close(symbol: str, date: dt.date) -> DataError:
    """Give the error of a day whose options come from files of the old scripts."""
    text = (
        f"{symbol} {date} was packed by the old scripts; its close may be yesterday's. "
        "Pack it again from raw, or set data.allow_legacy_close=true"
    )
    return DataError(text, "legacy_close")


def sides(block: ParamBlock, legs: int) -> Int64Array:
    """Sides of the legs ``(P, L)``: the inner two as asked, the wings against them."""
    inner = np.where(block.column("strategy.legs.side") == 0, -1, 1)
    return np.stack([inner if leg < 2 else -inner for leg in range(legs)], axis=1).astype(np.int64)


def exit_rules(block: ParamBlock, facts: DayFacts) -> Int64Array:
    """Exit rules ``(P, R)``; ``exit_at`` becomes a grid second, the close when it lies before the open."""
    rules = np.stack([block.column(param.path) for param in exits.PARAMS], axis=1).astype(np.int64)
    at = rules[:, exits.EXIT_AT]
    clock = at >= 0
    second = at - facts.session.open
    rules[:, exits.EXIT_AT] = np.where(clock, np.where(second < 0, facts.session.seconds, second), at)
    return rules


def fill_models(block: ParamBlock) -> Int64Array:
    """Fill parameters ``(P, 5)`` in the order of the kernels' columns."""
    names = ("fills", "fills.slippage_ticks", "fills.latency_s", "fills.max_age_s", "strategy.lots")
    models = np.stack([block.column(name) for name in names], axis=1).astype(np.int64)
    models[:, rules_kernels.SLIP] *= TICK_PAISE
    return models


def settlement_price(day: ChainDay) -> int:
    """Mean of the known index over the last half hour, half-up to the paisa; MISSING without spot."""
    if day.spot is None:
        return MISSING
    window = day.spot.price[-SETTLEMENT_WINDOW_S:]
    known = window[window != MISSING].astype(np.int64)
    return int((2 * known.sum() + len(known)) // (2 * len(known))) if len(known) else MISSING


def lot_sizes(day: ChainDay, facts: DayFacts) -> Int64Array:
    """Units per lot of each contract ``(C,)``; 0 for expiries beyond those a run can choose."""
    sizes = np.zeros(len(day.arrays.strike), np.int64)
    for at, expiry in enumerate(day.expiries):
        sizes[day.arrays.base[at] : day.arrays.base[at + 1]] = facts.lot_sizes.get(expiry, 0)
    if day.future_expiry is not None:
        sizes[-1] = facts.lot_sizes[day.future_expiry]
    return sizes


def settle_costs(day: ChainDay, block: ParamBlock, facts: DayFacts, fills: Records, units: Int64Array) -> Int64Array:
    """Charges of each fill ``(N, 7)`` in paise."""
    names = ("costs", "costs.ipft_in_gst", "costs.flat_rupees")
    choices, of_trial = np.unique(np.stack([block.column(name) for name in names], axis=1), axis=0, return_inverse=True)
    tariffs = np.stack([tariff(facts.options, *map(int, choice)).vector for choice in choices])
    charges = np.zeros((len(fills), 7), np.int64)
    charge(fills, units, tariffs, of_trial.ravel().astype(np.int64), settlement_price(day), charges)
    return charges


@jit
def charge(
    fills: Records, units: Int64Array, tariffs: Int64Array, of_trial: Int64Array, settled_at: int, out: Int64Array
) -> None:
    """Charge each fill by its trial's tariff; ``out`` (N, 7) in paise."""
    parts = np.zeros(7, np.int64)
    for at in range(len(fills)):
        fill = fills[at]
        quantity = fill["lots"] * units[fill["contract"]]
        if fill["reason"] == rules_kernels.SETTLEMENT:
            exercise_parts(
                fill["price_paise"], settled_at, quantity, fill["side"] < 0, tariffs[of_trial[fill["trial"]]], parts
            )
        else:
            order_parts(fill["price_paise"], quantity, fill["side"], tariffs[of_trial[fill["trial"]]], parts)
        round_parts(parts, out[at])


def _per_trial(fills: Records, amounts: Int64Array | BoolArray, trials: int) -> Int64Array:
    """Sum amounts of fills by trial, in integers."""
    total = np.zeros(trials, np.int64)
    np.add.at(total, fills["trial"], amounts)
    return total
