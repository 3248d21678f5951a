"""The twin: a day's result (SPEC 9) from what was traded, second by second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nfops.market import DayFacts
from nfops.params import Value
from tests.naive.charging import ITEMS, charged, exercised
from tests.naive.day import Day
from tests.naive.margining import Held, blocked
from tests.naive.market_view import MarketView
from tests.naive.trading import Position


@dataclass
class Outcome:
    """What the twin says of a day; ``fills`` has the columns of ``fills.parquet`` but for trial, date and symbol."""

    incomplete: bool
    skips: dict[str, int] = field(default_factory=dict)
    fills: list[dict] = field(default_factory=list)
    gross_paise: int = 0
    cost_paise: int = 0
    n_positions: int = 0
    capital_paise: int = 0
    n_fallback: int = 0
    n_stale_exit: int = 0
    worst_mtm_paise: int = 0
    best_mtm_paise: int = 0


def trade(view: MarketView, facts: DayFacts, params: dict[str, Value], name: str) -> Outcome:
    """Trade a day with one parameter set of a strategy."""
    outcome = Outcome(view.incomplete(params["fills.max_age_s"]))
    if params["margin"] == "fixed":
        outcome.capital_paise = round(params["margin.fixed_rupees"] * 100)
    day = Day(view, facts, params, name)
    day.live()
    outcome.skips = dict(day.skips)
    if day.positions:
        _settle(outcome, day)
    return outcome


def _settle(outcome: Outcome, day: Day) -> None:
    """Add up what the positions came to."""
    fills = [fill for position in day.positions for fill in position.fills]
    outcome.n_positions = len(day.positions)
    if day.params["margin"] == "estimate":
        outcome.capital_paise = max(_capital(position, day) for position in day.positions)
    outcome.worst_mtm_paise, outcome.best_mtm_paise = min(day.marks), max(day.marks)
    outcome.n_fallback = sum(fill.fallback for fill in fills)
    outcome.n_stale_exit = sum(fill.stale for fill in fills)
    rows = [row for position in day.positions for row in _rows(position, day)]
    outcome.fills = sorted(rows, key=lambda row: (row["position"], row["fill_s"], row["leg"]))
    for row in outcome.fills:
        outcome.gross_paise -= row["side"] * row["price_paise"] * row["lots"] * row["lot_size"]
        outcome.cost_paise += sum(row[f"{item}_paise"] for item in ITEMS)


def _capital(position: Position, day: Day) -> int:
    """What the fills that opened a position blocked."""
    opening = [fill for fill in position.fills if fill.reason == "entry"]
    views = [day.view, *([day.view.companion] if day.view.companion else [])]
    refs = [view.reference(opening[0].decided, day.params["fills.max_age_s"])[0] for view in views]
    held = [
        Held(
            fill.contract.index,
            fill.contract.expiry,
            fill.contract.right,
            fill.contract.strike * 100,
            fill.side * fill.lots * day.lot_size(fill.contract),
            fill.price,
        )
        for fill in opening
    ]
    return blocked(held, refs, day.view.session.date, day.params["margin.span_pct"])


def _rows(position: Position, day: Day) -> Iterator[dict]:
    """Fills with their charges."""
    facts, params = day.facts, day.params
    for fill in position.fills:
        hedge = fill.contract.right in {"FUT", "SPOT"}
        lot_size = day.lot_size(fill.contract)
        if fill.reason == "settlement" and not hedge:
            # Its order closes the leg: what is sold here was held long.
            settled_at = position.settlement(fill.contract.index)
            items = exercised(fill.price, settled_at, fill.lots * lot_size, long=fill.side < 0,
                              facts=facts, params=params)  # fmt: skip
        else:
            rates = facts.futures if hedge else facts.options
            items = charged(fill.price, fill.lots * lot_size, fill.side, rates, params)
        clock = position.view.session.open + fill.second
        yield {
            "position": fill.position,
            "leg": fill.leg,
            "expiry": fill.contract.expiry,
            "right": fill.contract.right,
            "strike": None if hedge else fill.contract.strike,
            "side": fill.side,
            "lots": fill.lots,
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
