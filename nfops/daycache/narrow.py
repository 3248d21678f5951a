"""A day with fewer expiries: what a rule does not ask for need not be read, sent or kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from nfops.daycache.chain import ChainDay, DayArrays
from nfops.types import Events, sealed


def narrowed(day: ChainDay, expiries: Collection[dt.date]) -> ChainDay:
    """Give a day with the options of some expiries, and of those between them, alone: views, and a few small tables.

    The near future goes with the other expiries. A day that has none of them is given as it is.
    """
    places = [at for at, expiry in enumerate(day.expiries) if expiry in expiries]
    if not places:
        return day
    arrays, first, end = day.arrays, places[0], places[-1] + 1
    mine = slice(int(arrays.base[first]), int(arrays.base[end]))
    few = DayArrays(
        base=sealed(arrays.base[first : end + 1] - arrays.base[first]),
        strike=arrays.strike[mine],
        right=arrays.right[mine],
        last=arrays.last[mine],
        trades=_events(arrays.trades, mine),
        oi=_events(arrays.oi, mine),
        bid=_events(arrays.bid, mine),
        ask=_events(arrays.ask, mine),
    )
    return replace(day, expiries=day.expiries[first:end], future_expiry=None, arrays=few)


def _events(events: Events, contracts: slice) -> Events:
    start = events.start[contracts.start : contracts.stop + 1]
    there = slice(int(start[0]), int(start[-1]))
    return Events(sealed(start - start[0]), events.second[there], events.value[there])
