"""The committed tables of dated market facts, read into typed rows; every fault is named with its file and line."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

NANO: Final = 1_000_000_000
"""Charge rates are integers per this many parts, so that every rate of the tables is exact."""

MARGIN_PARTS: Final = 10_000
"""Margin fractions are hundredths of a percent."""

CAPPED: Final = "inr_per_order_or_0.03pct_whichever_lower"
ON_SETTLEMENT: Final = "fraction_of_settlement_value"

_UNITS: Final = {
    "stt_exercise": (ON_SETTLEMENT, "fraction_of_intrinsic_value"),
    "gst": ("fraction_of(brokerage+exchange_txn+ipft+sebi_fee)",),
    "brokerage": ("inr_per_order", CAPPED),
}
"""Units in which a charge can be given; the other items are fractions of premium or turnover."""

EVENT_KINDS: Final = ("budget", "election", "rbi_policy")
"""Kinds of dated events; a new kind of rows in ``events.csv`` is a word here."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A trading day; ``segments`` is empty where the hours are not known."""

    date: dt.date
    kind: str
    segments: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """A weekday without a regular session."""

    date: dt.date
    kind: str


@dataclass(frozen=True, slots=True)
class ExpiryRow:
    """An expiry day of the options of one index."""

    symbol: str
    expiry: dt.date
    kind: str


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot size for expiries (not trade dates) from ``start`` to ``end``, both included."""

    symbol: str
    kind: str
    lot_size: int
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge for trade dates from ``start`` to ``end``; ``rate`` per NANO parts, or paise per order."""

    segment: str
    item: str
    rate: int
    unit: str
    side: str
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class MarginRow:
    """A fraction of the margin estimate for trade dates from ``start`` to ``end``; ``rate`` per MARGIN_PARTS."""

    item: str
    rate: int
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class RedateRow:
    """At the end of this day live contracts were moved to another weekday."""

    end_of_day: dt.date
    symbol: str
    kind: str
    change: str


@dataclass(frozen=True, slots=True)
class SpecRow:
    """Contract terms of an index; ``strike_step`` and ``tick`` in paise."""

    symbol: str
    exchange: str
    strike_step: int
    tick: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """A day that was known beforehand to bring news."""

    date: dt.date
    kind: str


@dataclass(frozen=True, slots=True)
class FreezeRow:
    """Largest quantity of one order while the index is above ``above`` and at most at ``upto``."""

    above: int
    upto: int | None
    freeze_qty: int


def read(path: Path, build: Callable[[dict[str, str]], Row], faults: list[str]) -> tuple[Row, ...]:
    """Read one CSV; a row that cannot be built is named in ``faults`` and left out."""
    if not path.is_file():
        faults.append(f"{path.name}: the table is missing from {path.parent}")
        return ()
    rows = []
    with path.open(newline="", encoding="utf-8") as stream:
        for line, cells in enumerate(csv.DictReader(stream), start=2):
            try:
                rows.append(build(_whole(cells)))
            except KeyError as fault:
                faults.append(f"{path.name}: column {fault} is missing")
                return ()
            except (ValueError, TypeError) as fault:
                faults.append(f"{path.name} line {line}: {fault}")
    if not rows:
        faults.append(f"{path.name}: no usable row")
    return tuple(rows)


def session_row(cells: Mapping[str, str]) -> SessionRow:
    """Build a row of ``trading_sessions.csv``."""
    kinds = ("regular", "weekend_full", "weekend_dr", "muhurat", "outage")
    segments = tuple(_segment(text) for text in cells["fo_segments_ist"].split(";") if text)
    clocks = [clock for segment in segments for clock in segment]
    if any(later <= earlier for earlier, later in pairwise(clocks)):
        raise ValueError(f"segments must ascend, got {cells['fo_segments_ist']!r}")
    return SessionRow(_date(cells["date"]), _one_of(cells["kind"], kinds), segments)


def holiday_row(cells: Mapping[str, str]) -> HolidayRow:
    """Build a row of ``holidays.csv``."""
    return HolidayRow(_date(cells["date"]), _one_of(cells["kind"], ("closed", "muhurat_only")))


def expiry_row(cells: Mapping[str, str]) -> ExpiryRow:
    """Build a row of ``expiry_calendar.csv``."""
    return ExpiryRow(_word(cells["symbol"]), _date(cells["expiry"]), _one_of(cells["kind"], ("weekly", "monthly")))


def lot_row(cells: Mapping[str, str]) -> LotRow:
    """Build a row of ``lot_sizes.csv``."""
    if cells["basis"] != "expiry_date":
        raise ValueError(f"lots are dated by expiry_date, got basis {cells['basis']!r}")
    kind = _one_of(cells["kind"], ("weekly", "monthly", "all"))
    return LotRow(_word(cells["symbol"]), kind, _count(cells["lot_size"]), *_span(cells))


def charge_row(cells: Mapping[str, str]) -> ChargeRow:
    """Build a row of ``charges.csv``."""
    items = ("stt_sell", "stt_exercise", "exchange_txn", "sebi_fee", "ipft", "stamp", "gst", "brokerage")
    item = _one_of(cells["item"], items)
    sides = ("buy", "sell", "both", "buyer_at_expiry_if_itm")
    rate = _exact(cells["rate"], 100 if item == "brokerage" else NANO)
    unit = _one_of(cells["unit"], _UNITS.get(item, ("fraction_of_premium", "fraction_of_turnover")))
    return ChargeRow(_word(cells["segment"]), item, rate, unit, _one_of(cells["side"], sides), *_span(cells))


def margin_row(cells: Mapping[str, str]) -> MarginRow:
    """Build a row of ``margins.csv``; what is estimated must say so."""
    _one_of(cells["basis"], ("estimate", "fact"))
    item = _one_of(cells["item"], ("span", "exposure", "calendar", "calendar_expiry_day", "expiry_day"))
    return MarginRow(item, _exact(cells["rate"], MARGIN_PARTS), *_span(cells))


def redate_row(cells: Mapping[str, str]) -> RedateRow:
    """Build a row of ``contract_redates.csv``."""
    kind = _one_of(cells["kind"], ("weekly", "monthly", "all"))
    return RedateRow(_date(cells["end_of_day"]), _word(cells["symbol"]), kind, _word(cells["change"]))


def spec_row(cells: Mapping[str, str]) -> SpecRow:
    """Build a row of ``contract_specs.csv``."""
    exchange = _one_of(cells["exchange"], ("NSE", "BSE"))
    step, tick = (_exact(cells[name], 100) for name in ("strike_step", "tick"))
    if not step or not tick:
        raise ValueError(f"strike_step and tick must be above 0, got {cells['strike_step']} and {cells['tick']}")
    return SpecRow(_word(cells["symbol"]), exchange, step, tick)


def freeze_row(cells: Mapping[str, str]) -> FreezeRow:
    """Build a row of ``freeze_slabs.csv``."""
    upto = cells["index_level_le"]
    return FreezeRow(int(cells["index_level_gt"]), int(upto) if upto else None, _count(cells["freeze_qty"]))


def event_row(cells: Mapping[str, str]) -> EventRow:
    """Build a row of ``events.csv``."""
    return EventRow(_date(cells["date"]), _one_of(cells["kind"], EVENT_KINDS))


TABLES: Final[Mapping[str, Callable[[dict[str, str]], Any]]] = {
    "trading_sessions": session_row,
    "holidays": holiday_row,
    "expiry_calendar": expiry_row,
    "lot_sizes": lot_row,
    "charges": charge_row,
    "margins": margin_row,
    "contract_redates": redate_row,
    "contract_specs": spec_row,
    "freeze_slabs": freeze_row,
}


OPTIONAL: Final = frozenset({"margins"})
"""Tables that a folder may lack: nothing that is traded or paid depends on them."""


def _whole(cells: dict[str, str]) -> dict[str, str]:
    """Refuse a row with more or fewer cells than the heading, where the reader puts None."""
    if None in cells or None in cells.values():
        raise ValueError("the row must have one cell for each column")
    return cells


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"a date must be YYYY-MM-DD, got {text!r}") from None


def _span(cells: Mapping[str, str]) -> tuple[dt.date, dt.date]:
    start = _date(cells["effective_from"])
    end = _date(cells["effective_to"]) if cells["effective_to"] else dt.date.max
    if end < start:
        raise ValueError(f"effective_to {end} lies before effective_from {start}")
    return start, end


def _segment(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text)
    if not found:
        raise ValueError(f"a segment must be HH:MM-HH:MM, got {text!r}")
    a, b, c, d = map(int, found.groups())
    return a * 3600 + b * 60, c * 3600 + d * 60


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(f"must be one of {', '.join(choices)}, got {text!r}")
    return text


def _word(text: str) -> str:
    if not text:
        raise ValueError("a name is empty")
    return text


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise ValueError(f"a quantity must be a positive whole number, got {text!r}")
    return int(text)


def _exact(text: str, scale: int) -> int:
    try:
        number = Decimal(text) * scale
    except InvalidOperation:
        raise ValueError(f"a number is expected, got {text!r}") from None
    if not number.is_finite() or number != number.to_integral_value() or number < 0:
        raise ValueError(f"{text} is negative or finer than 1/{scale}")
    return int(number)
