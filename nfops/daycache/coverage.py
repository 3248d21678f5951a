"""What a day holds, in words and clock times: for people who want to know whether to rely on it."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from nfops.daycache.chain import ChainDay
from nfops.daycache.reference import reference
from nfops.types import MISSING

FRESH_S: Final = 60
"""Default of ``fills.max_age_s``: a reference that is older makes no entry."""

COVERAGE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "contracts": pl.Int64,
    "expiries": pl.List(pl.Date),
    "kinds": pl.List(pl.String),
    "legacy": pl.Boolean,
    "options_from": pl.Time,
    "options_until": pl.Time,
    "ref_source": pl.String,
    "ref_from": pl.Time,
    "ref_until": pl.Time,
    "ref_fresh": pl.Float64,
}
"""Columns that :func:`coverage` fills."""


def coverage(day: ChainDay) -> dict[str, object]:
    """Describe a day in the columns of COVERAGE.

    ``options_from`` and ``options_until`` are the first and the last second in which an option traded, ``ref_from`` and
    ``ref_until`` those of which the reference has a row (the parity forward: is known); ``ref_fresh`` is the share of
    the seconds of the session, breaks apart, in which the reference is at most ``FRESH_S`` old.
    """
    arrays, ref = day.arrays, reference(day, FRESH_S)
    options = arrays.trades.second[: arrays.trades.start[arrays.base[-1]]]
    shown = np.flatnonzero(ref.age == 0 if day.spot is not None else ref.price != MISSING)
    traded = day.session.next_trading == np.arange(day.seconds)
    fresh = (ref.price != MISSING) & (ref.age <= FRESH_S)
    return {
        "contracts": len(arrays.strike),
        "expiries": list(day.expiries),
        "kinds": list(day.kinds),
        "legacy": day.legacy,
        "options_from": _clock(day, options.min()) if len(options) else None,
        "options_until": _clock(day, options.max()) if len(options) else None,
        "ref_source": day.ref_source,
        "ref_from": _clock(day, shown[0]) if len(shown) else None,
        "ref_until": _clock(day, shown[-1]) if len(shown) else None,
        "ref_fresh": float(fresh[traded].mean()),
    }


def _clock(day: ChainDay, second: np.integer) -> dt.time:
    """Time of day of a grid second."""
    return (dt.datetime.combine(day.date, dt.time()) + dt.timedelta(seconds=day.session.open + int(second))).time()
