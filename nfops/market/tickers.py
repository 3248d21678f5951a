"""Contract names as vendors write them, parsed into what they say; the calendar decides the expiry.

One grammar serves the exchange, Kite and the ``nfopslab`` file names: underlying, two-digit year, then either a month
code (1-9, o, n, d) and a day, or a month name; then strike and right, or ``FUT``. The form says nothing certain about
weekly or monthly: a monthly contract moved by a holiday can carry the numeric form.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from nfops.errors import DataError

UNDERLYINGS: Final = ("MIDCPNIFTY", "BANKNIFTY", "FINNIFTY", "SENSEX", "BANKEX", "NIFTY")
"""Longest first, because NIFTY ends the names of others."""

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
CODES: Final = "123456789OND"

_TICKER: Final = re.compile(
    rf"(?P<symbol>{'|'.join(UNDERLYINGS)})(?P<year>\d\d)"
    rf"(?:(?P<code>[{CODES}])(?P<day>\d\d)|(?P<month>{'|'.join(MONTHS)}))"
    r"(?:(?P<strike>\d{3,6})(?P<right>CE|PE)|FUT)"
)


@dataclass(frozen=True, slots=True)
class Ticker:
    """What a contract name says. ``day`` is None in monthly names, ``strike`` (rupees) None for futures."""

    symbol: str
    year: int
    month: int
    day: int | None
    strike: int | None
    right: str

    @property
    def date(self) -> dt.date | None:
        """The day in the name, which may not be the day on which the contract expired."""
        return None if self.day is None else dt.date(self.year, self.month, self.day)


def parse(name: str) -> Ticker:
    """Read a name such as ``NIFTY2361317900PE``, ``banknifty24jan48000ce`` or ``NIFTY26AUGFUT``.

    Raises
    ------
    DataError
        With reason ``bad_ticker`` when the name does not follow the grammar or names no day of the calendar.
    """
    found = _TICKER.fullmatch(name.strip().upper().removeprefix("NSE:"))
    if not found:
        raise DataError(f"{name!r} is no contract name: underlying, year, month, day, strike, CE or PE", "bad_ticker")
    part = found.groupdict()
    month = CODES.index(part["code"]) + 1 if part["code"] else MONTHS.index(part["month"]) + 1
    ticker = Ticker(
        symbol=part["symbol"],
        year=2000 + int(part["year"]),
        month=month,
        day=int(part["day"]) if part["day"] else None,
        strike=int(part["strike"]) if part["strike"] else None,
        right=part["right"] or "FUT",
    )
    try:
        _ = ticker.date
    except ValueError:
        raise DataError(f"{name!r} names no day of the calendar", "bad_ticker") from None
    return ticker


def option_name(symbol: str, expiry: dt.date, kind: str, strike: int, right: str) -> str:
    """Write the exchange's name of an option: numeric form for weeklies, month name for monthlies."""
    when = MONTHS[expiry.month - 1] if kind == "monthly" else f"{CODES[expiry.month - 1]}{expiry.day:02d}"
    return f"{symbol}{expiry.year % 100:02d}{when}{strike}{right}"
