"""Days of a span that could not be charged, because a rate is not known; said before anything is built or computed."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Final

from nfops.errors import MetaError
from nfops.market import Market

PRODUCTS: Final = ("OPTIDX", "FUTIDX")
_START, _END = attrgetter("start"), attrgetter("end")


def unknown_charges(market: Market, symbol: str, dates: Sequence[dt.date], meta: Path) -> list[str]:
    """Say which rates of ``symbol`` are not known on which of ``dates``, and how they are added; nothing if all are."""
    starts, ends = (sorted({edge(row) for row in market.charge_rows}) for edge in (_START, _END))
    regimes = {(bisect_right(starts, date), bisect_left(ends, date)): date for date in reversed(dates)}
    faults = {regime: _unknown(market, symbol, date) for regime, date in regimes.items()}
    wrong = {date: why for date in dates if (why := faults[bisect_right(starts, date), bisect_left(ends, date)])}
    if not wrong:
        return []
    first, last = min(wrong), max(wrong)
    days = str(first) if first == last else f"{first} to {last} ({len(wrong):,} days)"
    known = next((date for date in dates if date > last), None)
    other = f", or let the span begin with {known}" if known else ""
    told = f"{symbol} cannot be charged on {days}, and no rate is taken for zero. {wrong[first]}"
    return [f"{told}\n    Add the row, with its source, to {meta / 'charges.csv'}{other}"]


def _unknown(market: Market, symbol: str, date: dt.date) -> str:
    """Name what is not known of a day; empty when nothing is wanting."""
    for product in PRODUCTS:
        try:
            market.rates(symbol, product, date)
        except MetaError as fault:
            return str(fault)
    return ""
