"""Time stamps as files write them, text or of any unit, with a time zone or without, as wall clock in India."""

from __future__ import annotations

from typing import Final

import polars as pl

ZONE: Final = "Asia/Kolkata"
_AHEAD: Final = pl.duration(minutes=330, time_unit="ns")
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
