"""Reading text tables: every cell comes as text, and a row with a cell that cannot be read is set aside and counted.

One bad line never costs the file, and no cell is ever guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.packing.layouts.base import OTHER_SYMBOL, hashed, need
from nfops.packing.sources import RawFile

BAD_VALUE: Final = "bad_value"
"""Reason of rows with a cell that is no number or no time."""

RAGGED_ROW: Final = "ragged_row"
"""Reason of lines with more or fewer cells than the header, or than most lines."""

CUT_ROW: Final = "cut_row"
"""Reason of a last line that ends before its last column."""

NO_SYMBOL: Final = "no_symbol"
"""Reason of rows, in files of several symbols, that say no readable one."""

OTHER_SEGMENT: Final = "other_segment"
"""Reason of rows of a kind of contract that the layout does not pack."""

READABLE: Final = r"^[A-Za-z0-9][A-Za-z0-9&_. -]*$"
"""What any symbol or ticker looks like; another text is damage, and not the name of something else."""

LARGEST: Final = 1e15
"""Numbers beyond are damage; whole ones up to it are exact as floats."""


def table(file: RawFile, columns: Iterable[str], nulls: Sequence[str] = ("",)) -> tuple[pl.DataFrame, dict[str, int]]:
    """Read a CSV with a header as text.

    Returns
    -------
    The rows, at least with ``columns``, and the rows dropped by reason.

    Raises
    ------
    DataError
        With reason ``bad_columns`` or ``empty_file``.
    """
    rows, uneven = _read(_content(file), nulls, header=True)
    rows = rows.rename(str.strip)
    need(columns, rows)
    return rows, uneven


def headerless(file: RawFile, columns: Sequence[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Read a CSV without a header as text; its first columns get the names, more of them are left as they are.

    Returns and raises as :func:`table` does.
    """
    rows, uneven = _read(_content(file), ("",), header=False)
    if rows.width < len(columns):
        raise DataError(f"a row must be {','.join(columns)}[,...], got {rows.width} columns", "bad_columns")
    return rows.rename(dict(zip(rows.columns, columns, strict=False))), uneven


def sound(
    rows: pl.DataFrame, numbers: Sequence[str], wholes: Sequence[str], moments: Mapping[str, Sequence[str]]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Parse columns of text, where an empty cell is none.

    Parameters
    ----------
    numbers
        Columns of numbers; they become Float64.
    wholes
        Columns of whole numbers; they become Int64.
    moments
        Formats of each column of times; they become Datetime (ns), with midnight where the format has no clock.

    Returns
    -------
    The rows in which every one of these cells can be read, with the ``row_hash`` of their text, and the others counted
    under ``bad_value``.
    """
    parsed = rows.with_columns(
        hashed(rows),
        *(pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in (*numbers, *wholes)),
        *(_moment(name, forms).alias(name) for name, forms in moments.items()),
    )
    parsed = parsed.with_columns(*map(_number, numbers), *map(_whole_number, wholes))
    empty, unread = rows.null_count().row(0, named=True), parsed.null_count().row(0, named=True)
    worse = [name for name in rows.columns if unread[name] > empty[name]]
    if not worse:
        return parsed, {}
    bad = pl.DataFrame([rows[name].is_not_null() & parsed[name].is_null() for name in worse])
    sane = ~bad.select(pl.any_horizontal(pl.all())).to_series()
    return parsed.filter(sane), counted(BAD_VALUE, int((~sane).sum()))


def of_mine(rows: pl.DataFrame, column: str, symbol: str) -> tuple[pl.DataFrame, dict[str, int]]:
    """Keep the rows of one symbol; those of others are not looked at, those of none are counted.

    Raises
    ------
    DataError
        With reason ``other_symbol`` when there is no row of it.
    """
    named = pl.col(column).str.strip_chars()
    mine = rows.filter(named == symbol)
    if mine.is_empty():
        raise DataError(f"no row of {symbol}; the first is of {rows[column][0]}", OTHER_SYMBOL)
    nameless = rows.filter(named.is_null() | ~named.str.contains(READABLE))
    return mine, counted(NO_SYMBOL, nameless.height)


def summed(*counts: Mapping[str, int]) -> dict[str, int]:
    """Add counts by reason."""
    total: dict[str, int] = {}
    for part in counts:
        for reason, rows in part.items():
            total[reason] = total.get(reason, 0) + rows
    return total


def counted(reason: str, rows: int) -> dict[str, int]:
    """Give rows by reason; nothing where there are none."""
    return {reason: rows} if rows else {}


def _content(file: RawFile) -> bytes:
    content = file.read().removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise DataError("the file has no rows", "empty_file")
    return content


def _read(content: bytes, nulls: Sequence[str], *, header: bool) -> tuple[pl.DataFrame, dict[str, int]]:
    """Read rows as text, and count lines of another width."""
    uneven: dict[str, int] = {}
    try:
        rows = _csv(content, nulls, header=header)
    except pl.exceptions.ComputeError:  # most often a line with too many cells
        rows = None
    if rows is None or rows[rows.columns[-1]].null_count():
        content, uneven = _even(content, header=header)
        rows = _csv(content, nulls, header=header)
    if b'"' in content and sum(1 for line in content.splitlines() if line.strip()) > rows.height + header:
        raise DataError("a quote is open over several lines", "open_quote")
    return rows, uneven


def _csv(content: bytes, nulls: Sequence[str], *, header: bool) -> pl.DataFrame:
    return pl.read_csv(content, has_header=header, infer_schema=False, null_values=list(nulls), encoding="utf8-lossy")


def _even(content: bytes, *, header: bool) -> tuple[bytes, dict[str, int]]:
    """Leave out lines of another width than the header, or else than most lines; quoted cells may hold anything.

    The last line of a download that broke off is told from other ragged ones.
    """
    lines = [line for line in content.splitlines(keepends=True) if line.strip()]
    width = lines[0].count(b",") if header else Counter(line.count(b",") for line in lines).most_common(1)[0][0]
    even = [line for line in lines if b'"' in line or line.count(b",") == width]
    if header and 2 * (len(even) - 1) < len(lines) - 1:  # then it is the header that is wrong
        raise DataError(f"most lines have not the {width + 1} cells of the header", "bad_columns")
    last = lines[-1]
    cut = not last.endswith(b"\n") and b'"' not in last and last.count(b",") < width
    return b"".join(even), summed(counted(CUT_ROW, int(cut)), counted(RAGGED_ROW, len(lines) - len(even) - cut))


def _number(column: str) -> pl.Expr:
    value = pl.col(column)
    return pl.when(value.abs() <= LARGEST).then(value)  # neither infinite nor NaN


def _whole_number(column: str) -> pl.Expr:
    value = pl.col(column)
    return pl.when((value.abs() <= LARGEST) & (value == value.floor())).then(value).cast(pl.Int64)


def _moment(column: str, forms: Sequence[str]) -> pl.Expr:
    # Nanoseconds wrap around silently far from today, so the years are looked at in microseconds.
    text = pl.col(column).str.strip_chars()
    wide = pl.coalesce(
        (text if "%H" in form else text + " 00:00").str.to_datetime(
            form if "%H" in form else f"{form} %H:%M", time_unit="us", strict=False
        )
        for form in forms
    )
    return pl.when(wide.dt.year().is_between(1970, 2200)).then(wide).cast(pl.Datetime("ns"))
