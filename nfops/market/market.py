"""Market: every dated fact of the exchanges behind one frozen value."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from nfops.errors import DataError, MetaError
from nfops.market import tables
from nfops.market.charges import rates
from nfops.market.facts import DayFacts, Rates
from nfops.market.margins import margins
from nfops.market.sessions import Session
from nfops.market.tickers import Ticker

EVENTS: Final = "events.csv"
"""The one table that may be absent: without it nothing is known of any event."""

NEAR: Final = 10
"""Trading days around an event within which a day knows of it."""

LISTED: Final = 12
"""Expiries that travel with a day's facts; more are hardly ever traded."""

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri")


@dataclass(frozen=True)
class Market:
    """The facts of ``meta/``; build it with :meth:`load`."""

    session_rows: Mapping[dt.date, tables.SessionRow]
    holidays: Mapping[dt.date, str]
    expiry_rows: Mapping[str, Sequence[tables.ExpiryRow]]
    lots: Mapping[tuple[str, dt.date], int]
    charge_rows: Sequence[tables.ChargeRow]
    margin_rows: Sequence[tables.MarginRow]
    redates: Sequence[tables.RedateRow]
    specs: Mapping[str, tables.SpecRow]
    freeze_slabs: Sequence[tables.FreezeRow]
    events: Sequence[tables.EventRow] = ()

    @classmethod
    def load(cls, folder: Path) -> Market:
        """Read and cross-check all tables of ``folder``.

        Raises
        ------
        MetaError
            Naming every missing table, bad row and contradiction between tables.
        """
        faults: list[str] = []
        read: dict[str, tuple[Any, ...]] = {
            name: tables.read(folder / f"{name}.csv", build, faults)
            for name, build in tables.TABLES.items()
            if name not in tables.OPTIONAL or (folder / f"{name}.csv").is_file()
        }
        events = tables.read(folder / EVENTS, tables.event_row, faults) if (folder / EVENTS).exists() else ()
        expiries: dict[str, list[tables.ExpiryRow]] = {}
        for row in sorted(read["expiry_calendar"], key=lambda r: (r.symbol, r.expiry)):
            expiries.setdefault(row.symbol, []).append(row)
        market = cls(
            session_rows={row.date: row for row in read["trading_sessions"]},
            holidays={row.date: row.kind for row in read["holidays"]},
            expiry_rows=expiries,
            lots=_lots(expiries, read["lot_sizes"], faults),
            charge_rows=read["charges"],
            margin_rows=read.get("margins", ()),
            redates=read["contract_redates"],
            specs={row.symbol: row for row in read["contract_specs"]},
            freeze_slabs=read["freeze_slabs"],
            events=events,
        )
        faults += market._contradictions([row.date for row in read["trading_sessions"]])
        if faults:
            raise MetaError.collect(faults, f"the market facts in {folder} cannot be used:")
        return market

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """Indices with contract terms and expiries."""
        return tuple(symbol for symbol in self.specs if symbol in self.expiry_rows)

    def is_trading_day(self, date: dt.date) -> bool:
        """Whether derivatives were traded on ``date``, on whatever hours."""
        return date in self.session_rows

    def covers(self, date: dt.date) -> bool:
        """Whether the calendar reaches to ``date``."""
        return bool(self._days) and self._days[0] <= date <= self._days[-1]

    def why_closed(self, date: dt.date) -> str:
        """Say in words why ``date`` is no trading day."""
        if date in self.holidays:
            return f"{date} was a holiday of the exchange"
        if date.weekday() >= 5:
            return f"{date} was a {date:%A} without a special session"
        return f"{date} is not in the calendar, which runs from {self._days[0]} to {self._days[-1]}"

    def session(self, date: dt.date) -> Session:
        """Return the clock of a trading day; MetaError when there is none or its hours are not known."""
        row = self.session_rows.get(date)
        if row is None:
            raise MetaError(f"no session: {self.why_closed(date)}")
        if not row.segments:
            raise MetaError(f"the hours of the {row.kind} session of {date} are not in trading_sessions.csv")
        return Session(date, row.kind, row.segments)

    def trading_days(self, start: dt.date, end: dt.date) -> tuple[dt.date, ...]:
        """Trading days from ``start`` to ``end``, both included, whose hours are known."""
        first, last = bisect.bisect_left(self._days, start), bisect.bisect_right(self._days, end)
        return tuple(day for day in self._days[first:last] if self.session_rows[day].segments)

    def expiries(self, symbol: str, on_or_after: dt.date, count: int | None = None) -> tuple[dt.date, ...]:
        """Return the calendar's expiries from a date on, nearest first, at most ``count``."""
        dates = self._expiry_dates(symbol)
        first = bisect.bisect_left(dates, on_or_after)
        return dates[first : None if count is None else first + count]

    def expiry(self, symbol: str, date: dt.date, which: str) -> dt.date:
        """Return expiry ``"0"`` (nearest on or after ``date``), ``"1"``, ... or ``"monthly"``."""
        if which == "monthly":
            monthlies = (e for e in self.expiries(symbol, date) if self.expiry_kind(symbol, e) == "monthly")
            found = next(monthlies, None)
        else:
            found = next(iter(self.expiries(symbol, date)[int(which) : int(which) + 1]), None)
        if found is None:
            raise MetaError(f"the calendar of {symbol} has no expiry {which!r} on or after {date}")
        return found

    def expiry_kind(self, symbol: str, expiry: dt.date) -> str:
        """Return weekly or monthly."""
        rows = self.expiry_rows[symbol]
        at = bisect.bisect_left(self._expiry_dates(symbol), expiry)
        if at == len(rows) or rows[at].expiry != expiry:
            raise MetaError(f"{expiry} is no expiry of {symbol}")
        return rows[at].kind

    def month_expiry(self, symbol: str, year: int, month: int) -> dt.date:
        """Return the monthly expiry that falls into a month."""
        for row in self.expiry_rows.get(symbol, ()):
            if (row.expiry.year, row.expiry.month, row.kind) == (year, month, "monthly"):
                return row.expiry
        raise MetaError(f"the calendar of {symbol} has no monthly expiry in {year}-{month:02d}")

    def contract_expiry(self, ticker: Ticker) -> dt.date:
        """Return the day on which a named contract really expired.

        A name may carry the scheduled day of a contract that a holiday or a change of weekday moved. When the exchange
        moved live monthly contracts to another weekday, the last old weekday of a month means the monthly expiry of
        that month. Else the expiry of the same calendar week is meant, or, where that week has none, the one at most
        four days earlier.

        Raises
        ------
        DataError
            With reason ``unknown_expiry``; also for a name of the near, next or far future, which names no contract.
        """
        if ticker.series is not None:
            raise DataError(f"{ticker.symbol}-{'I' * ticker.series} is another contract each month", "unknown_expiry")
        if ticker.symbol not in self.expiry_rows:
            raise DataError(f"the calendar has no expiries of {ticker.symbol}", "unknown_expiry")
        day = ticker.date
        try:
            if day is None:
                return self.month_expiry(ticker.symbol, ticker.year, ticker.month)
        except MetaError as fault:
            raise DataError(str(fault), "unknown_expiry") from None
        if day not in self._expiry_dates(ticker.symbol) and self._was_monthly(ticker.symbol, day):
            return self.month_expiry(ticker.symbol, day.year, day.month)
        monday = day - dt.timedelta(days=day.weekday())
        near = self.expiries(ticker.symbol, min(monday, day - dt.timedelta(days=4)), 4)
        same_week = [e for e in near if monday <= e < monday + dt.timedelta(days=7)]
        earlier = [e for e in near if day - dt.timedelta(days=4) <= e < day]
        if not same_week and not earlier:
            raise DataError(f"no expiry of {ticker.symbol} in the week of {day}", "unknown_expiry")
        return min(same_week or earlier, key=lambda e: abs(e - day))

    def _was_monthly(self, symbol: str, day: dt.date) -> bool:
        """Whether ``day`` was to be a monthly expiry before live contracts were moved to another weekday."""
        for row in self.redates:
            if row.symbol == symbol and row.kind in {"all", "monthly"} and row.end_of_day < day:
                last = dt.date(day.year + day.month // 12, day.month % 12 + 1, 1) - dt.timedelta(days=1)
                last -= dt.timedelta(days=(last.weekday() - _WEEKDAYS.index(row.change[:3])) % 7)
                if day in {last, self._on_or_before(last)}:
                    return True
        return False

    def _on_or_before(self, date: dt.date) -> dt.date | None:
        """Return the nearest trading day not after ``date``."""
        at = bisect.bisect_right(self._days, date)
        return self._days[at - 1] if at else None

    def lot_size(self, symbol: str, expiry: dt.date) -> int:
        """Units in one lot of the contracts of ``expiry``."""
        if (symbol, expiry) not in self.lots:
            raise MetaError(f"no lot size: {expiry} is no expiry of {symbol}")
        return self.lots[symbol, expiry]

    def strike_step(self, symbol: str) -> int:
        """Distance of neighbouring strikes in paise."""
        return self._spec(symbol).strike_step

    def rates(self, symbol: str, product: str, date: dt.date) -> Rates:
        """Charge rates of ``OPTIDX`` or ``FUTIDX`` of the symbol's exchange; MetaError where one is not known."""
        return rates(self.charge_rows, f"{self._spec(symbol).exchange}_{product}", date)

    def facts(self, symbol: str, date: dt.date) -> DayFacts:
        """Gather what a run needs to know of one day."""
        expiries = self.expiries(symbol, date, LISTED)
        monthly = self.expiry(symbol, date, "monthly")
        return DayFacts(
            symbol=symbol,
            session=self.session(date),
            expiries=expiries,
            monthly=monthly,
            lot_sizes={expiry: self.lots[symbol, expiry] for expiry in (*expiries, monthly)},
            closes={expiry: self.session(expiry).close for expiry in (*expiries, monthly)},
            strike_step=self.strike_step(symbol),
            options=self.rates(symbol, "OPTIDX", date),
            futures=self.rates(symbol, "FUTIDX", date),
            margins=margins(self.margin_rows, date) if self.margin_rows else None,
            trading_days_to={expiry: self._days_between(date, expiry) for expiry in (*expiries, monthly)},
            events=self._events_near(date),
        )

    def previous_day(self, date: dt.date) -> dt.date | None:
        """Return the trading day before a date, on whatever hours."""
        return self._on_or_before(date - dt.timedelta(days=1))

    def _days_between(self, date: dt.date, later: dt.date) -> int:
        """Trading days after ``date`` up to ``later``; negative when that lies before it."""
        return bisect.bisect_right(self._days, later) - bisect.bisect_right(self._days, date)

    def _events_near(self, date: dt.date) -> tuple[tuple[str, int], ...]:
        """Events and their distance; the day of one that falls on a closed day is the next trading day."""
        here = bisect.bisect_left(self._days, date)
        return tuple((kind, at - here) for kind, at in self._event_places if abs(at - here) <= NEAR)

    @cached_property
    def _event_places(self) -> tuple[tuple[str, int], ...]:
        return tuple((row.kind, bisect.bisect_left(self._days, row.date)) for row in self.events)

    @cached_property
    def _days(self) -> tuple[dt.date, ...]:
        return tuple(sorted(self.session_rows))

    @cached_property
    def _expiries(self) -> dict[str, tuple[dt.date, ...]]:
        return {symbol: tuple(row.expiry for row in rows) for symbol, rows in self.expiry_rows.items()}

    def _expiry_dates(self, symbol: str) -> tuple[dt.date, ...]:
        self._spec(symbol)
        return self._expiries[symbol]

    def _spec(self, symbol: str) -> tables.SpecRow:
        if symbol not in self.symbols:
            raise MetaError(f"{symbol} is not a known index; known: {', '.join(self.symbols)}")
        return self.specs[symbol]

    def _contradictions(self, listed: Sequence[dt.date]) -> list[str]:
        days = self.session_rows
        wrong = [f"holidays.csv: {day} is closed, yet it has a session" for day, kind in self.holidays.items()
                 if kind == "closed" and day in days]  # fmt: skip
        wrong += [f"trading_sessions.csv: {day} stands twice" for day, rows in Counter(listed).items() if rows > 1]
        for symbol, rows in self.expiry_rows.items():
            wrong += [f"expiry_calendar.csv: {symbol} {row.expiry} is no trading day" for row in rows
                      if row.expiry not in days]  # fmt: skip
            wrong += [f"expiry_calendar.csv: {symbol} {a.expiry} stands twice" for a, b in pairwise(rows)
                      if a.expiry == b.expiry]  # fmt: skip
        return wrong


def _lots(
    expiries: Mapping[str, Sequence[tables.ExpiryRow]], rows: Sequence[tables.LotRow], faults: list[str]
) -> dict[tuple[str, dt.date], int]:
    """Give every expiry its lot size; not exactly one is a fault."""
    lots = {}
    for symbol, listed in expiries.items():
        for row in listed:
            fitting = [
                lot.lot_size
                for lot in rows
                if lot.symbol == symbol and lot.kind in {row.kind, "all"} and lot.start <= row.expiry <= lot.end
            ]
            if len(fitting) == 1:
                lots[symbol, row.expiry] = fitting[0]
            else:
                faults.append(f"lot_sizes.csv: {len(fitting)} rows, not one, for {symbol} {row.kind} {row.expiry}")
    return lots
