"""The prices of what a blotter names."""

from __future__ import annotations

import datetime as dt

import numpy as np

from nfops.daycache import ChainDay
from nfops.types import PAISE, RIGHTS, Int32Array


def last_of(day: ChainDay, expiry: object, right: str, strike: object) -> Int32Array:
    """Last price of a contract at each second ``(S,)`` in paise, MISSING before the first; of the index for SPOT."""
    if right == "SPOT" and day.spot is not None:
        return day.spot.price
    arrays = day.arrays
    row = len(arrays.strike) - 1
    if right != "FUT":
        at = day.expiries.index(expiry) if isinstance(expiry, dt.date) else 0
        mine = slice(int(arrays.base[at]), int(arrays.base[at + 1]))
        same = (arrays.strike[mine] == int(str(strike)) * PAISE) & (arrays.right[mine] == RIGHTS.index(right))
        row = mine.start + int(np.flatnonzero(same)[0])
    prices: Int32Array = arrays.last[row]
    return prices
