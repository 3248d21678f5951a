"""A day of one parameter set: SPEC 4.3 for the entry, then the position's life, then its result (SPEC 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nfops.market import DayFacts
from nfops.params import Value
from tests.naive.charging import ITEMS, charged, exercised
from tests.naive.choosing import choose
from tests.naive.market_view import Contract, MarketView
from tests.naive.trading import Leg, Position, grid_second


@dataclass
class Outcome:
    """What the twin says of a day; ``fills`` has the columns of ``fills.parquet`` but for trial, date and symbol."""

    incomplete: bool
    skips: dict[str, int] = field(default_factory=dict)
    fills: list[dict] = field(default_factory=list)
    gross_paise: int = 0
    cost_paise: int = 0
    n_positions: int = 0
    n_fallback: int = 0
    n_stale_exit: int = 0
    worst_mtm_paise: int = 0
    best_mtm_paise: int = 0


def trade(view: MarketView, facts: DayFacts, params: dict[str, Value]) -> Outcome:
    """Trade a day with one parameter set of a clock strategy with a pair, or a pair and wings."""
    outcome = Outcome(view.incomplete(params["fills.max_age_s"]))
    if params["strategy.max_entries"] == 0:
        return outcome
    decided = grid_second(params["strategy.entry.at"], view)
    if not view.trades(decided):
        outcome.skips = {"outside_session": 1}
        return outcome
    skip, contracts = _decide(view, facts, params, decided)
    if skip:
        outcome.skips = {skip: 1}
        return outcome
    side = 1 if params["strategy.legs.side"] == "buy" else -1
    legs = [Leg(at, contract, side if at < 2 else -side) for at, contract in enumerate(contracts)]
    position = Position(view, params, legs, decided, view.next_trading(decided + params["fills.latency_s"]))
    position.live()
    _settle(outcome, position, facts)
    return outcome


def _decide(
    view: MarketView, facts: DayFacts, params: dict[str, Value], second: int
) -> tuple[str, list[Contract] | None]:
    """The first reason not to enter, or none and the contracts."""
    max_age_s, filled = params["fills.max_age_s"], second + params["fills.latency_s"]
    ref = view.reference(second, max_age_s)
    if ref is None:
        return "no_reference", None
    if ref[1] > max_age_s:
        return "stale_ref", None
    contracts = choose(view, facts, params, second, ref[0], winged="strategy.legs.wing" in params)
    if contracts is None:
        return "no_contract", None
    if filled > view.seconds - 1:
        return "too_late", None
    return _faulty_leg(view, contracts, second, view.next_trading(filled), max_age_s), contracts


def _faulty_leg(view: MarketView, contracts: list[Contract], second: int, filled: int, max_age_s: int) -> str:
    """What is wrong with the first leg that cannot be filled."""
    for contract in contracts:
        if view.known(contract, second).last is None or view.known(contract, filled).last is None:
            return "no_price"
        if view.age(contract, filled) > max_age_s:
            return "stale"
    return ""


def _settle(outcome: Outcome, position: Position, facts: DayFacts) -> None:
    """Add up what the position came to."""
    outcome.n_positions = 1
    outcome.worst_mtm_paise, outcome.best_mtm_paise = min(position.marks), max(position.marks)
    outcome.n_fallback = sum(fill.fallback for fill in position.fills)
    outcome.n_stale_exit = sum(fill.stale for fill in position.fills)
    outcome.fills = sorted(_rows(position, facts), key=lambda row: (row["fill_s"], row["leg"]))
    for row in outcome.fills:
        outcome.gross_paise -= row["side"] * row["price_paise"] * row["lots"] * row["lot_size"]
        outcome.cost_paise += sum(row[f"{item}_paise"] for item in ITEMS)


def _rows(position: Position, facts: DayFacts) -> Iterator[dict]:
    """Fills with their charges."""
    lots, params = position.params["strategy.lots"], position.params
    for fill in position.fills:
        lot_size = facts.lot_sizes[fill.contract.expiry]
        if fill.reason == "settlement":
            # Its order closes the leg: what is sold here was held long.
            items = exercised(fill.price, position.settlement(), lots * lot_size, long=fill.side < 0,
                              facts=facts, params=params)  # fmt: skip
        else:
            items = charged(fill.price, lots * lot_size, fill.side, facts, params)
        clock = position.view.session.open + fill.second
        yield {
            "position": 0,
            "leg": fill.leg,
            "expiry": fill.contract.expiry,
            "right": fill.contract.right,
            "strike": fill.contract.strike,
            "side": fill.side,
            "lots": lots,
            "lot_size": lot_size,
            "decision_s": fill.decided,
            "fill_s": fill.second,
            "time": f"{clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}",
            "price_paise": fill.price,
            "age_s": fill.age,
            "reason": fill.reason,
            "kind": fill.kind,
            **{f"{item}_paise": paise for item, paise in items.items()},
        }
