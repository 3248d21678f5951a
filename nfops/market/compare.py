"""Comparing another expiry calendar with ours: the old scripts' ``expiry_calendar.csv``, or one like ours."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nfops.errors import DataError
from nfops.market.market import Market

_OLD: Final = {"symbol": "Instrument", "kind": "Expiry_Type", "expiry": "Final_Expiry", "scheduled": "Scheduled_Expiry"}
_OURS: Final = {"symbol": "symbol", "kind": "kind", "expiry": "expiry", "scheduled": "scheduled"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One expiry on which two calendars disagree.

    ``line`` is the line of the other file, None for an expiry it does not have; ``theirs`` is its date, ``ours`` the
    date on which that contract expired, None where there was no such contract.
    """

    line: int | None
    symbol: str
    kind: str
    theirs: dt.date | None
    ours: dt.date | None
    why: str


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    symbol: str
    kind: str
    expiry: dt.date
    scheduled: dt.date


def compare_calendar(path: Path, market: Market) -> tuple[Difference, ...]:
    """List where a calendar differs from ours, in order of symbol and date.

    Parameters
    ----------
    path
        A CSV, or one packed with gzip, with the columns ``Instrument, Expiry_Type, Scheduled_Expiry, Final_Expiry`` of
        the old scripts, or ``symbol, kind, expiry`` as ours has them. The week of a monthly expiry may stand there
        as weekly, monthly or both.

    Returns
    -------
    Rows of the file whose contract expired on another day or never existed, and expiries that the file lacks between
    its first and its last one. Symbols that our calendar does not have are differences too.

    Raises
    ------
    DataError
        With reason ``bad_columns`` or ``bad_value`` when the file is no expiry calendar.
    """
    rows = list(_read(path))
    found = [wrong for row in rows if (wrong := _judge(row, market)) is not None]
    named = {(wrong.symbol, wrong.ours) for wrong in found}
    for symbol in sorted({row.symbol for row in rows} & set(market.symbols)):
        listed = {row.expiry for row in rows if row.symbol == symbol}
        for expiry in market.expiries(symbol, min(listed)):
            if expiry <= max(listed) and expiry not in listed and (symbol, expiry) not in named:
                kind = market.expiry_kind(symbol, expiry)
                found.append(Difference(None, symbol, kind, None, expiry, "the file does not have this expiry"))
    return tuple(sorted(found, key=lambda wrong: (wrong.symbol, wrong.theirs or wrong.ours, wrong.kind)))


def _judge(row: _Row, market: Market) -> Difference | None:
    """Say what is wrong with a row, if anything."""
    if row.symbol not in market.symbols:
        return Difference(row.line, row.symbol, row.kind, row.expiry, None, f"our calendar has no {row.symbol}")
    ours = _meant(row, market)
    if ours == row.expiry:
        return None
    return Difference(row.line, row.symbol, row.kind, row.expiry, ours, _why(row, ours, market))


def _meant(row: _Row, market: Market) -> dt.date | None:
    """Give the expiry of ours that a row is about: the monthly one of its month, or that of its week."""
    if row.kind == "monthly":
        months = {(e.year, e.month): e for e in market.expiries(row.symbol, dt.date.min)
                  if market.expiry_kind(row.symbol, e) == "monthly"}  # fmt: skip
        return months.get((row.scheduled.year, row.scheduled.month))
    if row.expiry in (near := market.expiries(row.symbol, row.expiry, 1)):
        return row.expiry
    monday = row.scheduled - dt.timedelta(days=row.scheduled.weekday())
    near = market.expiries(row.symbol, monday, 1)
    return near[0] if near and near[0] < monday + dt.timedelta(days=7) else None


def _why(row: _Row, ours: dt.date | None, market: Market) -> str:
    if not market.is_trading_day(row.expiry):
        return market.why_closed(row.expiry)
    if market.session(row.expiry).kind == "muhurat":
        return f"{row.expiry} had but one hour of muhurat trading, which is no expiry day"
    if ours is None:
        return f"no contract of {row.symbol} expired in that {'month' if row.kind == 'monthly' else 'week'}"
    if row.kind == "weekly" and market.expiry_kind(row.symbol, ours) == "monthly":
        return "in that week only the monthly contract expired"
    other = f"on a {ours:%A}, not on a {row.expiry:%A}"
    return "it expired " + (other if ours.weekday() != row.expiry.weekday() else "in another week")


def _read(path: Path) -> Iterator[_Row]:
    """Read the rows of either form."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = csv.DictReader(content.decode("utf-8-sig").splitlines())
    header = set(lines.fieldnames or ())
    columns = next((form for form in (_OLD, _OURS) if set(form.values()) - {form["scheduled"]} <= header), None)
    if columns is None:
        wanted = " or ".join(",".join(form.values()) for form in (_OLD, _OURS))
        raise DataError(f"{path} is no expiry calendar: its columns must be {wanted}", "bad_columns")
    for line, values in enumerate(lines, start=2):
        try:
            yield _row(line, {name: (values.get(column) or "").strip() for name, column in columns.items()})
        except ValueError as fault:
            raise DataError(f"{path}, line {line}: {fault}", "bad_value") from None


def _row(line: int, values: Mapping[str, str]) -> _Row:
    kind = values["kind"].lower()
    if kind not in {"weekly", "monthly"}:
        raise ValueError(f"an expiry is weekly or monthly, got {values['kind']!r}")
    expiry = dt.date.fromisoformat(values["expiry"])
    scheduled = dt.date.fromisoformat(values["scheduled"]) if values["scheduled"] else expiry
    return _Row(line, values["symbol"].upper(), kind, expiry, scheduled)
