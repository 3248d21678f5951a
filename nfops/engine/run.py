"""One day, one strategy, one block of parameters: the centre of nfops.

1. ``study``: what the rows of a block share is found once for all days.
2. ``entries``: the entry rule gives each distinct set of its parameters the seconds in which it may enter.
3. ``passage_kernels``: where exits are first passages, each is searched once for all trials that share it.
4. ``day_kernels``: the other trials are walked, position after position, second by second.
5. ``settle``: every fill is charged; ``dearest``: every position is margined.
Nothing here depends on how trials are divided into blocks.
"""

from __future__ import annotations

import datetime as dt
from threading import Lock

import numpy as np

from nfops.costs import tariff
from nfops.costs.margin import SPAN_PCT
from nfops.daycache import ChainDay
from nfops.engine.capital import dearest, margin_room, opening_of, tell
from nfops.engine.charging import fill_units, settle, tally
from nfops.engine.day_kernels import trade_block
from nfops.engine.entries import Found, find
from nfops.engine.ground import Ground, terrain_of
from nfops.engine.passage_kernels import trade_passages
from nfops.engine.passage_state import N_BEST, N_CAPITAL, N_POSITIONS, N_WORST, NUMBERS
from nfops.engine.result import DayResult
from nfops.engine.state import BEST, LATENCY, POSITIONS, WORST, Tape, new_bench
from nfops.engine.study import Study, fill_models, study
from nfops.errors import DataError
from nfops.market import DayFacts
from nfops.params import SCALE, ParamBlock
from nfops.strategies import Strategy, exits
from nfops.strategies.hedge import BAND, EVERY
from nfops.types import FILL, OFF, SKIPS, Int64Array, Records

COLUMNS = (
    "gross_paise",
    "cost_paise",
    "n_positions",
    "n_fills",
    "worst_mtm_paise",
    "best_mtm_paise",
    "n_fallback",
    "n_stale_exit",
    "capital_paise",
)
"""Of a result, in the order of the numbers of a day."""

_ONE_AT_A_TIME = Lock()
"""What is known of days and blocks is added to while they are traded."""

NO_FILLS = np.zeros(0, FILL), np.zeros((0, 7), np.int64)


def run_day(
    day: ChainDay, strategy: Strategy, block: ParamBlock, facts: DayFacts, *, fills: bool = True, walk: bool = False
) -> DayResult:
    """Evaluate all P parameter rows of ``block`` on ``day``.

    Parameters
    ----------
    fills
        Whether the result holds the fills and their charges. Without them a block takes a fraction of the time.
    walk
        Trade every row second by second, also those that first passages decide: the results are the same.

    Raises
    ------
    DataError
        With reason ``legacy_close`` when the day comes from files of the old scripts and a row does not allow them.
    """
    if day.legacy and not allows_legacy(block):
        raise legacy_close(day.symbol, day.date)
    with _ONE_AT_A_TIME:
        known = study(strategy, block, walk=walk)
        terrain = terrain_of(day, facts, known.ages)
        found = find(terrain, day, known)
        ground, tariffs = terrain.ground, _tariffs(facts, known)
        numbers = np.zeros((NUMBERS, len(block)), np.int64).T  # a column is read at a time
        parts = []
        if len(known.sets.rows):
            parts.append(_pass(known, facts, ground, found, tariffs, numbers, fills))
        if len(known.walked):
            parts.append(_walk(known, facts, ground, found, tariffs, numbers))
    tell(facts, known.fixed, numbers[:, N_CAPITAL])
    flat, charges = _in_order(parts) if fills else NO_FILLS
    return DayResult(
        symbol=day.symbol,
        date=day.date,
        **dict(zip(COLUMNS, numbers.T, strict=True)),
        skips=found.skips,
        incomplete=terrain.incomplete[known.of_age],
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


def _pass(
    known: Study,
    facts: DayFacts,
    ground: Ground,
    found: Found,
    tariffs: Int64Array,
    numbers: Int64Array,
    fills: bool,
) -> tuple[Records, Int64Array]:
    """Trade the rows whose exits are first passages; return their fills, if they are wanted, and charges."""
    strategy, desk = known.strategy, known.desk
    room = 2 * len(strategy.legs.legs) * len(known.sets.rows) if fills else 0
    while True:
        tape = Tape(np.zeros(room, FILL), np.zeros(3, np.int64))
        trade_passages(
            ground,
            found.entries,
            known.layout,
            strategy.entry.scans,
            known.sets,
            tariffs[0],
            facts.session.open,
            fills,
            numbers,
            desk,
            tape,
        )
        missed = [int(at) for at in np.flatnonzero(desk.skipped)]
        counts = desk.skips[missed]
        desk.skips[missed] = 0
        desk.skipped[:] = 0
        if tape.at[0] <= room:
            break
        # Nobody knows beforehand how often a trial trades; the second time there is room for all.
        room = int(tape.at[0])
    for at, count in zip(missed, counts, strict=True):
        found.add(known.sets.rows, SKIPS[at], count)
    if not fills:
        return NO_FILLS
    done = tape.fills[: tape.at[0]]
    return done, settle(ground, done, tariffs, known.of_tariff)


def _walk(
    known: Study, facts: DayFacts, ground: Ground, found: Found, tariffs: Int64Array, numbers: Int64Array
) -> tuple[Records, Int64Array]:
    """Trade the other rows; return their fills and charges."""
    strategy, rows, legs = known.strategy, known.walked, len(known.strategy.legs.legs)
    block = known.block if len(rows) == len(known.block) else known.block.rows(rows.tolist())
    units = position_units(block, facts)
    bands = np.zeros(len(block))
    if BAND in block.schema.by_path:
        bands = block.column(BAND) / SCALE["fraction"]
    rules, models = exit_rules(block, facts, units), fill_models(block, units)
    room, bench = 2 * legs * len(block), new_bench(legs, int(models[:, LATENCY].max()))
    while True:
        books, skips = np.zeros((len(block), 5), np.int64), np.zeros((len(block), len(SKIPS)), np.int64)
        tape = Tape(np.zeros(room, FILL), np.zeros(3, np.int64))
        trade_block(
            ground,
            found.entries,
            known.ways[rows],
            known.most[rows],
            strategy.entry.scans,
            known.layout,
            rules,
            models,
            bands,
            strategy.in_money,
            books,
            skips,
            bench,
            tape,
        )
        if tape.at[0] <= room:
            break
        room = int(tape.at[0])
    for at in np.flatnonzero(skips.any(axis=0)):
        found.add(rows, SKIPS[at], skips[:, at])
    numbers[rows, N_POSITIONS] = books[:, POSITIONS]
    # Marks are in paise per unit; a hedge's part of one is rounded half-up.
    numbers[rows, N_WORST] = (2 * books[:, WORST] + units) // (2 * units)
    numbers[rows, N_BEST] = (2 * books[:, BEST] + units) // (2 * units)
    done = tape.fills[: tape.at[0]]
    done["trial"] = rows[done["trial"]]
    charges = settle(ground, done, tariffs, known.of_tariff)
    tally(done, fill_units(ground, done), charges, numbers)
    spans, margin = known.block.column(SPAN_PCT), margin_room(legs, ground.ref.shape[1])
    dearest(ground, opening_of(done, ground.lot), known.of_age, spans, margin, numbers[:, N_CAPITAL])
    return done, charges


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


def _tariffs(facts: DayFacts, known: Study) -> Int64Array:
    """Rates of options and of futures for each choice of charges ``(2, T, ...)``."""
    key = facts.options, facts.futures
    if key not in known.charged:
        choices = known.tariffs.tolist()
        known.charged[key] = np.array([[tariff(rates, *choice).vector for choice in choices] for rates in key])
    return known.charged[key]


def _in_order(parts: list[tuple[Records, Int64Array]]) -> tuple[Records, Int64Array]:
    """Put fills and their charges in the order of trials, those of one in order of execution."""
    flat, charges = (np.concatenate(both) for both in zip(*parts, strict=True))
    order = np.argsort(flat["trial"], kind="stable")
    return flat[order], charges[order]
