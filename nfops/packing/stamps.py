"""Time stamps as files write them, text or of any unit, with a time zone or without, as wall clock in India."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

ZONE: Final = "Asia/Kolkata"
_MINUTES: Final = 330
_DAY: Final = 86_400 * 10**9
_AHEAD: Final = pl.duration(minutes=_MINUTES, time_unit="ns")
"""India has been so far ahead of UTC since 1945. Looking every row up in the table of time zones takes ten times as
long as adding a constant, and reading packed files is mostly that."""


def wall_clock(kind: pl.DataType, column: str = "timestamp") -> pl.Expr:
    """Give a column as naive nanoseconds of Indian time; text that is no moment becomes null.

    Parameters
    ----------
    kind
        The column's type. A time zone is converted; what has none is taken as Indian time and never shifted.
    """
    moment = pl.col(column)
    if kind == pl.String:
        plain = moment.str.replace("T", " ", literal=True).str.replace(r"\+05:?30$", "")
        moment = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ns", strict=False)
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None:
        return moment.dt.convert_time_zone("UTC").dt.replace_time_zone(None).cast(pl.Datetime("ns")) + _AHEAD
    return moment.cast(pl.Datetime("ns"))


def in_zone(naive: pl.Expr) -> pl.Expr:
    """Give naive nanoseconds of Indian time their time zone."""
    return (naive - _AHEAD).dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE)


def dates_of(stamps: pl.Series) -> list[dt.date]:
    """List the dates of nanoseconds with a time zone, ascending; quick when they are in order."""
    known = stamps.drop_nulls() if stamps.has_nulls() else stamps
    moments = known.cast(pl.Int64).to_numpy() + _MINUTES * 60 * 10**9
    if (moments[1:] < moments[:-1]).any():
        moments = np.sort(moments)
    days, at = [], 0
    while at < len(moments):
        days.append(int(moments[at] // _DAY))
        at = int(np.searchsorted(moments, (days[-1] + 1) * _DAY))
    return [dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in days]
