"""One day, one strategy, one block of parameters: the centre of nfops.

1. ``entries``: the entry rule gives each distinct set of its parameters the seconds in which it may enter.
2. ``day_kernels``: each trial tries its candidates in order of time; a candidate is looked into once for all trials.
3. ``kernels``: every position lives second by second and writes its fills.
4. ``settle_costs``: every fill is charged; ``capital``: every position is margined.
Nothing here depends on how trials are divided into blocks.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from nfops.costs import exercise_parts, order_parts, round_parts, tariff
from nfops.daycache import ChainDay, is_incomplete, reference
from nfops.engine.capital import capitals
from nfops.engine.day_kernels import trade_block
from nfops.engine.entries import Found, find, most_entries
from nfops.engine.ground import Ground, ground_of
from nfops.engine.leg_kernels import SETTLEMENT
from nfops.engine.result import DayResult
from nfops.engine.state import BEST, POSITIONS, SLIP, WORST, Tape
from nfops.errors import DataError
from nfops.jit import jit
from nfops.market import DayFacts
from nfops.params import SCALE, ParamBlock
from nfops.strategies import Strategy, exits
from nfops.strategies.hedge import BAND, EVERY
from nfops.types import FALLBACK, FILL, OFF, STALE_EXIT, TICK_PAISE, BoolArray, Int64Array, Records


def run_day(day: ChainDay, strategy: Strategy, block: ParamBlock, facts: DayFacts) -> DayResult:
    """Evaluate all P parameter rows of ``block`` on ``day``.

    Raises
    ------
    DataError
        With reason ``legacy_close`` when the day comes from files of the old scripts and a row does not allow them.
    """
    if day.legacy and not allows_legacy(block):
        raise legacy_close(day.symbol, day.date)
    found = find(day, facts, strategy, block)
    ground = ground_of(day, facts, found.references)
    units = position_units(block, facts)
    books, skips, flat = _trade(strategy, block, facts, ground, found, units)
    trials = len(block)
    charges = settle_costs(block, facts, flat, ground)
    quantity = flat["lots"] * _fill_units(ground, flat["contract"])
    money = -flat["side"].astype(np.int64) * flat["price_paise"] * quantity
    ages, reversed_ages = np.unique(block.column("fills.max_age_s"), return_inverse=True)
    late = np.array([is_incomplete(day, reference(day, int(age)), int(age)) for age in ages])
    # Marks are in paise per unit; a hedge's part of one is rounded half-up.
    marks = (2 * books[:, [WORST, BEST]] + units[:, None]) // (2 * units[:, None])
    return DayResult(
        symbol=day.symbol,
        date=day.date,
        gross_paise=_per_trial(flat, money, trials),
        cost_paise=_per_trial(flat, charges.sum(axis=1), trials),
        n_positions=books[:, POSITIONS].copy(),
        capital_paise=capitals(block, day, facts, ground, flat, reversed_ages),
        n_fills=_per_trial(flat, np.ones(len(flat), np.int64), trials),
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


def _trade(
    strategy: Strategy, block: ParamBlock, facts: DayFacts, ground: Ground, found: Found, units: Int64Array
) -> tuple[Int64Array, Int64Array, Records]:
    """Trade every trial: its book ``(P, 5)``, its skips, and the fills of all."""
    room = 2 * len(strategy.legs.legs) * len(block)
    bands = np.zeros(len(block))
    if BAND in block.schema.by_path:
        bands = block.column(BAND) / SCALE["fraction"]
    rules, models = exit_rules(block, facts, units), fill_models(block, units)
    while True:
        books, skips = np.zeros((len(block), 5), np.int64), found.skips.copy()
        tape = Tape(np.zeros(room, FILL), np.zeros(3, np.int64))
        trade_block(
            ground,
            found.entries,
            found.ways,
            most_entries(strategy, block),
            strategy.entry.scans,
            strategy.legs.layout,
            rules,
            models,
            bands,
            strategy.in_money,
            books,
            skips,
            tape,
        )
        if tape.at[0] <= room:
            return books, skips, tape.fills[: tape.at[0]]
        # Nobody knows beforehand how often a trial trades; the second time there is room for all.
        room = int(tape.at[0])


def position_units(block: ParamBlock, facts: DayFacts) -> Int64Array:
    """Return what kernels multiply profits per unit by ``(P,)``: the units of a hedged position, else 1.

    A hedge is traded in units, so only with this its share of the profit of one unit is a whole number.
    """
    if EVERY not in block.schema.by_path:
        return np.ones(len(block), np.int64)
    names = block.schema.by_path["strategy.expiry"].choices
    lots = np.array([facts.lot_sizes[facts.expiry(names[code])] for code in block.column("strategy.expiry")], np.int64)
    return np.where(block.column(EVERY) == OFF, 1, lots * block.column("strategy.lots")).astype(np.int64)


def exit_rules(block: ParamBlock, facts: DayFacts, units: Int64Array) -> Int64Array:
    """Exit rules ``(P, R)``; ``exit_at`` becomes a grid second, the close when it lies before the open."""
    rules = np.stack([block.column(param.path) for param in exits.PARAMS], axis=1).astype(np.int64)
    at = rules[:, exits.EXIT_AT]
    clock = at >= 0
    second = at - facts.session.open
    rules[:, exits.EXIT_AT] = np.where(clock, np.where(second < 0, facts.session.seconds, second), at)
    for points in exits.IN_POINTS:
        rules[:, points] = np.where(rules[:, points] == OFF, OFF, rules[:, points] * units)
    return rules


def fill_models(block: ParamBlock, units: Int64Array) -> Int64Array:
    """Fill parameters ``(P, 7)`` in the order of the kernels' columns."""
    names = ("fills", "fills.slippage_ticks", "fills.latency_s", "fills.max_age_s", "strategy.lots")
    every = block.column(EVERY) if EVERY in block.schema.by_path else np.full(len(block), OFF)
    models = np.stack([*(block.column(name) for name in names), units, every], axis=1).astype(np.int64)
    models[:, SLIP] *= TICK_PAISE
    return models


def _fill_units(ground: Ground, contract: Int64Array) -> Int64Array:
    """Units in a lot of each fill; hedges are counted in units."""
    return np.append(ground.lot, 1)[contract]


def settle_costs(block: ParamBlock, facts: DayFacts, fills: Records, ground: Ground) -> Int64Array:
    """Charges of each fill ``(N, 7)`` in paise."""
    names = ("costs", "costs.ipft_in_gst", "costs.flat_rupees")
    choices, of_trial = np.unique(np.stack([block.column(name) for name in names], axis=1), axis=0, return_inverse=True)
    tariffs = np.stack(
        [[tariff(rates, *map(int, choice)).vector for choice in choices] for rates in (facts.options, facts.futures)]
    )
    charges = np.zeros((len(fills), 7), np.int64)
    settled_at = np.append(ground.settle_at, 0)[fills["contract"]]
    hedges = (fills["contract"] >= ground.arrays.base[-1]).astype(np.int64)
    charge(
        fills,
        _fill_units(ground, fills["contract"]),
        hedges,
        tariffs,
        of_trial.ravel().astype(np.int64),
        settled_at,
        charges,
    )
    return charges


@jit
def charge(
    fills: Records,
    units: Int64Array,
    segment: Int64Array,
    tariffs: Int64Array,
    of_trial: Int64Array,
    settled_at: Int64Array,
    out: Int64Array,
) -> None:
    """Charge each fill by the tariff ``(2, T, ...)`` of its segment and trial; ``out`` (N, 7) in paise."""
    parts = np.zeros(7, np.int64)
    for at in range(len(fills)):
        fill = fills[at]
        quantity = fill["lots"] * units[at]
        rates = tariffs[segment[at], of_trial[fill["trial"]]]
        if fill["reason"] == SETTLEMENT:
            exercise_parts(fill["price_paise"], settled_at[at], quantity, fill["side"] < 0, rates, parts)
        else:
            order_parts(fill["price_paise"], quantity, fill["side"], rates, parts)
        round_parts(parts, out[at])


def _per_trial(fills: Records, amounts: Int64Array | BoolArray, trials: int) -> Int64Array:
    """Sum amounts of fills by trial, in integers."""
    total = np.zeros(trials, np.int64)
    np.add.at(total, fills["trial"], amounts)
    return total
