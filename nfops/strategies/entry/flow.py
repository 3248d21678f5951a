"""Where open interest was built since a time of day."""

from __future__ import annotations

from typing import Final

from nfops.daycache.lookup import value, volume
from nfops.params import Param
from nfops.strategies.choosing import at_the_money
from nfops.strategies.entry.clock import AT
from nfops.strategies.legs import Codes
from nfops.strategies.signals import QUIET, EntryRule, Signals, View, at_clock, is_open, outside
from nfops.types import MISSING

FROM: Final = Param("strategy.entry.from", "clock", "10:00", "time from which the flow is measured")


def _find(view: View, codes: Codes) -> Signals:
    """Up when the call's flow is larger, down when the put's is."""
    clock = codes[AT.path]
    if not is_open(view, clock):
        return outside()
    start, end = view.second(codes[FROM.path]), view.second(clock) - 1
    if not 0 <= start <= end or view.ref.price[start] == MISSING:
        return at_clock(view, clock, own="no_reference")
    call = MISSING
    if view.expiry != MISSING:
        call = at_the_money(view.day.arrays, view.expiry, start, int(view.ref.price[start]), 1)
    if call == MISSING:
        return at_clock(view, clock, own="no_contract")
    flows = [_built(view, contract, start, end) for contract in (call, call + 1)]
    if flows == [0, 0]:
        flows = [volume(view.day.arrays.trades, contract, start - 1, end) for contract in (call, call + 1)]
    if flows[0] == flows[1]:
        return at_clock(view, clock, own=QUIET)
    return at_clock(view, clock, direction=1 if flows[0] > flows[1] else -1)


def _built(view: View, contract: int, start: int, end: int) -> int:
    """Change of open interest, 0 where it is not known."""
    before, after = (value(view.day.arrays.oi, contract, second) for second in (start, end))
    return 0 if MISSING in {before, after} else after - before


FLOW: Final = EntryRule(
    "flow",
    "at a time of day, by the open interest built since another",
    (AT, FROM),
    _find,
    gives="direction",
    sees="expiry",
)
