"""SPEC 5: why an entry cannot be made."""

from __future__ import annotations

from nfops.params import Value
from tests.naive.market_view import Contract, MarketView


def reference_fault(ref: tuple[int, int] | None, params: dict[str, Value]) -> str:
    """Why the index forbids an entry, or nothing."""
    if ref is None:
        return "no_reference"
    return "stale_ref" if ref[1] > params["fills.max_age_s"] else ""


def fill_fault(view: MarketView, params: dict[str, Value], contracts: list[Contract | None], second: int) -> str:
    """Why these contracts cannot be entered, or nothing."""
    if None in contracts:
        return "no_contract"
    due = second + params["fills.latency_s"]
    if due > view.seconds - 1:
        return "too_late"
    filled = view.next_trading(due)
    for contract in contracts:
        if view.known(contract, second).last is None or view.known(contract, filled).last is None:
            return "no_price"
        if view.age(contract, filled) > params["fills.max_age_s"]:
            return "stale"
    return ""
