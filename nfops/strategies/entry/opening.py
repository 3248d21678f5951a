"""The first break of the opening range."""

from __future__ import annotations

from typing import Final

import numpy as np

from nfops.params import Param
from nfops.strategies.legs import Codes
from nfops.strategies.signals import NOTHING, EntryRule, Signals, View, signals
from nfops.types import MISSING

RANGE: Final = Param("strategy.entry.range_s", "seconds", 900, "length of the opening range", low=1, high=86_400)
UNTIL: Final = Param("strategy.entry.until", "clock", "11:00", "last time of a break")


def _find(view: View, codes: Codes) -> Signals:
    length, price = codes[RANGE.path], view.ref.price
    known = price[:length][price[:length] != MISSING]
    if not len(known) or length > len(price):
        return NOTHING
    after = np.arange(length, min(view.second(codes[UNTIL.path]) + 1, len(price)))
    later = price[after]
    broke = (later != MISSING) & ((later > known.max()) | (later < known.min()))
    broke &= view.day.session.next_trading[after] == after
    if not broke.any():
        return NOTHING
    first = int(after[broke.argmax()])
    return signals([first], direction=1 if price[first] > known.max() else -1)


OPENING: Final = EntryRule(
    "opening",
    "up or down with the first break of the opening range",
    (RANGE, UNTIL),
    _find,
    scans=True,
    gives="direction",
    sees="expiry",
)
