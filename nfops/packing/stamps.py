"""Time stamps as files write them, text or of any unit, with a time zone or without, as wall clock in India."""

from __future__ import annotations

from typing import Final

import polars as pl

ZONE: Final = "Asia/Kolkata"


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
        moment = moment.dt.convert_time_zone(ZONE).dt.replace_time_zone(None)
    return moment.cast(pl.Datetime("ns"))
