"""Trading a block by first passages: what trials share is found once, a trial only picks what comes first (SPEC 6).

Which trials are traded so is said in :mod:`nfops.engine.paths`; the others are walked, by the same rules.
"""

from __future__ import annotations

from nfops.engine.calm import FAR
from nfops.engine.capital import MarginRoom, blocked, set_leg
from nfops.engine.ending_kernels import ending_of, finish, order_cost, set_exits, write_fills
from nfops.engine.entry_kernels import try_entry
from nfops.engine.fill_kernels import fill_price
from nfops.engine.ground import Ground
from nfops.engine.level_kernels import (
    day_is_over,
    day_limit_second,
    note_clock,
    note_legs,
    note_level,
    note_level_after,
)
from nfops.engine.passage_state import (
    AT,
    BANKED,
    BASE,
    BASKET,
    CAPITAL,
    CLOCK,
    COST,
    DAY,
    E_AT,
    E_GAIN,
    E_KNOWN,
    FALL,
    FALLBACKS,
    FIRST_AT,
    FREE,
    FREED,
    GAINS,
    KNOWN,
    LEADS,
    LEGS,
    LEGS_FALL,
    LEGS_LOSS,
    LOSS,
    MOST,
    N_BEST,
    N_CAPITAL,
    N_COST,
    N_FALLBACK,
    N_FILLS,
    N_GROSS,
    N_POSITIONS,
    N_STALE,
    N_WORST,
    NUMBERS,
    OPENED,
    PROFIT,
    REALISED,
    SECOND_AT,
    SERIAL,
    SETTLED,
    TRIED,
    UNTIL,
    WATCHED,
    Desk,
    Position,
    Sets,
)
from nfops.engine.search_kernels import basket_of, prepare_contract
from nfops.engine.state import LOTS, NEVER, Entries, Tape
from nfops.engine.stray_kernels import note_stray
from nfops.engine.trail_kernels import note_trail, note_trail_after
from nfops.jit import inner, jit
from nfops.strategies.choosing import REFERENCE, SIDE
from nfops.strategies.signals import FINE, QUIET
from nfops.types import OFF, Int64Array


@inner
def add_position(numbers: Int64Array, end: Int64Array, gains: int, flat: bool) -> None:
    """Add an ending to the numbers ``(8,)`` of a day with earlier positions, whose profit was ``gains``.

    ``flat`` says that nothing was open for a second between them.
    """
    if flat:
        mark_flat(numbers, gains)
    numbers[N_CAPITAL] = max(numbers[N_CAPITAL], end[N_CAPITAL])
    for at in (N_GROSS, N_COST, N_POSITIONS, N_FILLS, N_FALLBACK, N_STALE):
        numbers[at] += end[at]
    numbers[N_WORST] = min(numbers[N_WORST], gains + end[N_WORST])
    numbers[N_BEST] = max(numbers[N_BEST], gains + end[N_BEST])


@inner
def mark_flat(numbers: Int64Array, gains: int) -> None:
    """Bring the marks up to a second in which nothing is open."""
    numbers[N_WORST], numbers[N_BEST] = min(numbers[N_WORST], gains), max(numbers[N_BEST], gains)


@inner
def open_position(
    ground: Ground,
    layout: Int64Array,
    plan: Int64Array,
    model: Int64Array,
    rates: Int64Array,
    entries: Entries,
    at: int,
    alone: bool,
    span: int,
    position: Position,
    margin: MarginRoom,
    parts: Int64Array,
) -> None:
    """Fill the entry of a candidate; ``alone``: legs are watched one by one; ``span``: move of the index or OFF."""
    held, legs, opened, final = position.held, len(layout), entries.opened[at], len(ground.next_trading) - 1
    held[OPENED], held[UNTIL] = opened, entries.until[at]
    held[WATCHED] = ground.next_trading[min(opened + 1, final)]
    held[BASE] = held[SETTLED] = held[COST] = held[FALLBACKS] = 0
    held[SERIAL] += 1
    for leg in range(legs):
        contract, ratio = entries.contracts[at, leg], entries.side[at] * layout[leg, SIDE]
        sign = 1 if ratio > 0 else -1
        price, flag = fill_price(ground, plan, model, contract, opened, sign)
        units = model[LOTS] * abs(ratio) * ground.lot[contract]
        position.contracts[leg], position.signs[leg], position.ratios[leg] = contract, sign, abs(ratio)
        position.paid[leg], position.units[leg] = price, units
        held[SETTLED] -= ratio * price
        set_leg(ground, margin, leg, contract, sign * units, price)
        held[COST] += order_cost(price, units, sign, rates, parts)
        held[FALLBACKS] += flag
        if alone:
            prepare_contract(ground.arrays.last, contract, ground.known)
    held[BASE] = abs(held[SETTLED])
    held[BASKET] = basket_of(
        ground.arrays.last, position.contracts, position.signs, position.ratios, ground.known.baskets
    )
    held[CAPITAL] = blocked(ground, margin, legs, plan[REFERENCE], entries.second[at], span)


@jit
def trade_passages(
    ground: Ground,
    entries: Entries,
    layout: Int64Array,
    scans: bool,
    sets: Sets,
    tariffs: Int64Array,
    opens: int,
    recorded: bool,
    numbers: Int64Array,
    desk: Desk,
    tape: Tape,
) -> None:
    """Trade every trial of ``sets``.

    Parameters
    ----------
    tariffs
        ``(T, 14)`` of options.
    opens
        Open of the session in seconds of the day.
    recorded
        Whether fills are written.
    numbers
        ``(P, 8)`` of the whole block, written; 0 where nothing is traded.
    """
    legs, final, alone, any_limit, any_trail = len(layout), len(ground.next_trading) - 1, False, False, False
    position, notes, parts, day, marks = desk.position, desk.notes, desk.parts, desk.day, desk.marks
    held, ends, tables, own = position.held, notes.ends, sets.ids, len(notes.ends) - 1
    margin = desk.margin
    levels, after, clocks, rules = notes.levels, notes.after, notes.clocks, notes.legs
    trails, trails_after, strays, any_stray = notes.trails, notes.trails_after, notes.strays, False
    for row in range(len(sets.legs)):
        alone |= sets.legs[row, 0] != OFF or sets.legs[row, 1] != OFF
    for row in range(len(sets.days)):
        any_limit |= sets.days[row, 0] != OFF or sets.days[row, 1] != OFF
    for row in range(len(sets.trails)):
        any_trail |= sets.trails[row, 0] != OFF or sets.trails[row, 2] != OFF
    if not any_trail:
        trails[:, AT] = trails_after[:, AT] = final
    for row in range(len(sets.strays)):
        # With more legs than one no side is the wrong one.
        any_stray |= legs == 1 and sets.strays[row, 0] != OFF
    if not any_stray:
        strays[:, AT] = final
    for trial in range(len(marks)):
        marks[trial, FREE], marks[trial, TRIED], marks[trial, GAINS] = 0, NEVER, 0
        marks[trial, MOST] = sets.most[trial]
        numbers[sets.rows[trial], N_POSITIONS] = 0
    day[0] = day[2] = final
    for group in range(len(sets.way)):
        way, model, settles, span = sets.way[group], sets.models[group], sets.settles[group], sets.spans[group]
        plan, rates = entries.plan[way], tariffs[sets.tariff[group]]
        soonest = 0
        for at in range(entries.first[way], entries.first[way + 1]):
            second, slot, fresh = entries.second[at], entries.slot[at], True
            if second < soonest:
                continue
            soonest = FAR
            for trial in range(sets.first[group], sets.first[group + 1]):
                mark = marks[trial]
                if mark[MOST] <= 0:
                    continue
                if second < mark[FREE] or slot == mark[TRIED]:
                    soonest = min(soonest, mark[FREE])
                    continue
                mark[TRIED] = slot
                if fresh:
                    fresh = False
                    try_entry(ground, layout, plan, entries, at)
                    if entries.why[at] == FINE:
                        open_position(
                            ground, layout, plan, model, rates, entries, at, alone, span, position, margin, parts
                        )
                if entries.why[at] != FINE:
                    if entries.why[at] != QUIET:
                        desk.skips[entries.why[at], trial] += 1
                        desk.skipped[entries.why[at]] += 1
                        mark[MOST] -= scans
                    soonest = min(soonest, mark[FREE])
                    continue
                mark[MOST] -= 1
                # What the trial's rules say, unless another trial has asked.
                ids, serial, number = tables[trial], held[SERIAL], numbers[sets.rows[trial]]
                clock, rule, limit = ids[CLOCK], ids[LEGS], ids[DAY]
                for kind in range(LOSS, PROFIT + 1):
                    if levels[ids[kind], KNOWN] != serial:
                        note_level(ground, sets, position, ids[kind], levels[ids[kind]])
                if clocks[clock, KNOWN] != serial:
                    note_clock(ground, sets, position, clock, opens, clocks[clock])
                if rules[rule, KNOWN] != serial:
                    note_legs(ground, plan, model, sets, position, rule, rules[rule])
                if any_trail and trails[ids[FALL], KNOWN] != serial:
                    note_trail(ground, sets, position, ids[FALL], trails[ids[FALL]])
                divided = legs == 2 and rules[rule, FIRST_AT] != rules[rule, SECOND_AT]
                if divided:
                    for kind in range(2):
                        pair = ids[LEGS_LOSS + kind]
                        if after[pair, KNOWN] != serial:
                            note_level_after(ground, sets, position, ids[LOSS + kind], rules[rule], after[pair])
                if divided and any_trail and trails_after[ids[LEGS_FALL], KNOWN] != serial:
                    pair = ids[LEGS_FALL]
                    note_trail_after(ground, sets, position, ids[FALL], rules[rule], trails_after[pair])
                limited = any_limit and (sets.days[limit, 0] != OFF or sets.days[limit, 1] != OFF)
                if any_limit:
                    held[REALISED], day[0], day[2] = mark[GAINS], final, final
                if limited:
                    day[0], day[1] = day_limit_second(ground, sets, position, limit, -1, 0, held[WATCHED])
                if limited and divided:
                    leader, freed, banked = rules[rule, LEADS], rules[rule, FREED], rules[rule, BANKED]
                    day[2], day[3] = day_limit_second(ground, sets, position, limit, 1 - leader, banked, freed)
                if any_stray:
                    note_stray(ground, plan, sets, position, notes, ids, day[0])
                place, leaves, why, by_rule = ending_of(notes, ids, legs, final, day)
                end = ends[place]
                if recorded or limited or end[E_KNOWN] != serial or place == own:
                    set_exits(position, rules[rule], leaves, why, by_rule)
                    finish(ground, plan, model, settles, rates, position, rules[rule], notes.exits, parts, end)
                if recorded:
                    tape.at[1], tape.at[2] = sets.rows[trial], number[N_POSITIONS]
                    write_fills(ground, plan, model, position, second, tape)
                if number[N_POSITIONS] > 0:
                    add_position(number, end, mark[GAINS], held[OPENED] > mark[FREE])
                else:
                    for column in range(NUMBERS):
                        number[column] = end[column]
                if limited and mark[MOST] > 0 and day_is_over(ground, sets, position, limit):
                    mark[MOST] = 0
                mark[GAINS] += end[E_GAIN]
                mark[FREE] = end[E_AT]
                if mark[MOST] > 0:
                    soonest = min(soonest, mark[FREE])
    for trial in range(len(marks)):
        number = numbers[sets.rows[trial]]
        if number[N_POSITIONS] > 0:
            mark_flat(number, marks[trial, GAINS])
