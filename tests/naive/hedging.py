"""SPEC 7: what a hedge is to make flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.naive.choosing import delta_of, years_left

if TYPE_CHECKING:
    from tests.naive.trading import Position


def net_delta(position: Position, second: int) -> float | None:
    """Delta of the legs held and of the hedge, that under way included, per unit of the position."""
    total = (position.hedged + sum(order.units for order in position.orders)) / position.units
    for leg in position.legs:
        if leg.phase not in {"in", "leaving"}:
            continue
        forward = position.view.parity(leg.contract.expiry, second, position.params["fills.max_age_s"])
        if forward is None:
            return None
        years = years_left(position.facts, leg.contract.expiry, second)
        strike, right = leg.contract.strike * 100, leg.contract.right
        delta = delta_of(position.last(leg, second), forward[0], strike, years, right)
        if delta is None:
            return None
        total += leg.wish.side * leg.wish.ratio * delta
    return total
