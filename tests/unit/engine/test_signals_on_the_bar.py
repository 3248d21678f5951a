"""The exit signal of a single option: one second short of its time nothing happens, exactly on it the option is left.

An option is bought as the index leaves its range of 21,510 in second 10, and filled in second 11, where the index then
stands a point above or below. From there it stands on the wrong side where it is farther down, or farther up.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nfops.daycache import ChainDay, build_day
from nfops.engine import run_day
from nfops.market import Session
from nfops.params import ParamBlock, Value
from nfops.strategies import REGISTRY
from nfops.types import REASONS, sealed
from tests.days import DATE, facts, options, spot

WHOLE = Session(DATE, "five minutes", ((33_300, 33_600),))
HALVES = Session(DATE, "two halves", ((33_300, 33_400), (33_500, 33_600)))
"""09:15:00-09:16:40 and 09:18:20-09:20:00: seconds 0-99 and 200-299."""

Drifts = dict[int, int]
"""Points by which the index stands on the wrong side from a second on."""
Exit = tuple[int, int, str]

CASES: dict[str, tuple[dict[str, Value], Session, Drifts, Exit]] = {
    "back a second too early, then long enough": ({"drop_s": 5}, WHOLE, {30: 1, 34: 0, 40: 1}, (44, 45, "signal")),
    "where the entry met it is no wrong side": ({"drop_s": 5}, WHOLE, {30: 1, 34: 0}, (299, 299, "close")),
    "at once": ({"drop_s": 1}, WHOLE, {12: 1}, (12, 13, "signal")),
    "seconds of a break do not count": ({"drop_s": 5}, HALVES, {98: 1}, (202, 203, "signal")),
    "together with the clock": ({"drop_s": 5, "hold_s": 33}, WHOLE, {40: 1}, (44, 45, "signal")),
    "a second after the clock": ({"drop_s": 5, "hold_s": 32}, WHOLE, {40: 1}, (43, 44, "time")),
    "the second before the last": ({"drop_s": 5}, WHOLE, {294: 1}, (298, 299, "signal")),
    "the last second is none for rules": ({"drop_s": 5}, WHOLE, {295: 1}, (299, 299, "close")),
}


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
@pytest.mark.parametrize("way", [1, -1], ids=["call", "put"])
@pytest.mark.parametrize("name", CASES)
def test_the_index_must_stand_on_the_wrong_side_for_so_long(name: str, way: int, walk: bool) -> None:
    rules, session, drifts, wanted = CASES[name]
    assert exits_of([rules], session, drifts, way, walk=walk) == [wanted]


def test_sets_that_ask_for_different_spans_find_what_each_finds_alone() -> None:
    # Each is asked as far as another rule lets it: the second and the last begin behind where the one before stopped.
    sets: list[dict[str, Value]] = [{"drop_s": 5, "hold_s": at} for at in (3, 25, 32, 10, 40, 31)]
    drifts = {30: 1, 34: 0, 40: 1}
    alone = [exits_of([rules], WHOLE, drifts, 1, walk=True)[0] for rules in sets]
    assert exits_of(sets, WHOLE, drifts, 1, walk=False) == alone
    assert [reason for _, _, reason in alone] == ["time", "time", "time", "time", "signal", "time"]


@pytest.mark.parametrize("walk", [False, True], ids=["passages", "walk"])
def test_an_index_that_is_unknown_at_the_entry_has_no_wrong_side(walk: bool) -> None:
    # Parity says 21,510, and 21,509 in second 10. A put is bought; in second 11 the call's price is six seconds old.
    rows: list[tuple[int, int, str, float | None]] = [(1, 21_500, "CE", 100.0), (1, 21_500, "PE", 90.0),
            (5, 21_500, "CE", 100.0), (10, 21_500, "PE", 91.0)]  # fmt: skip
    rows += [(second, 21_500, right, 100.0) for second in range(12, 60) for right in ("CE", "PE")]
    day = build_day("NIFTY", WHOLE, options(rows), None, None, "by hand")
    assert exits_on(day, WHOLE, [{"drop_s": 5}], {"fills.max_age_s": 5}, walk=walk) == [(299, 299, "close")]


def exits_of(sets: list[dict[str, Value]], session: Session, drifts: Drifts, way: int, *, walk: bool) -> list[Exit]:
    """Trade a day with sets of no rules but these; give decision, fill and reason of each set's exit."""
    index = [(0, 21_510.0), (10, 21_510.0 + way), *((at, 21_510.0 + way - way * far) for at, far in drifts.items())]
    chain = options([(5, 21_500, "CE", 100.0), (5, 21_500, "PE", 90.0)])
    day = build_day("NIFTY", session, chain, spot(index), None, "by hand")
    return exits_on(day, session, sets, {"fills.max_age_s": 1000}, walk=walk)


def exits_on(
    day: ChainDay, session: Session, sets: list[dict[str, Value]], own: dict[str, Value], *, walk: bool
) -> list[Exit]:
    """Likewise on a day that is there."""
    orb, off = REGISTRY["orb"], dict.fromkeys(("stop_pct", "target_pct", "exit_at"))
    fixed: dict[str, Value] = {"strategy.entry.range_s": 5, **own}
    rows = [
        orb.schema.row({**fixed, **{f"strategy.exit.{rule}": value for rule, value in {**off, **rules}.items()}})
        for rules in sets
    ]
    block = ParamBlock(orb.schema, sealed(np.array(rows)))
    result = run_day(day, orb, block, replace(facts(), session=session), walk=walk)
    assert result.n_positions.tolist() == [1] * len(sets)
    assert set(result.fills["fill_s"][result.fills["reason"] == REASONS.index("entry")].tolist()) == {11}
    exits = result.fills[result.fills["reason"] != REASONS.index("entry")]
    return [(int(f["decision_s"]), int(f["fill_s"]), REASONS[f["reason"]]) for f in exits]
