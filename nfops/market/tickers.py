"""Contract names as vendors write them, parsed into what they say; the calendar decides the expiry.

The exchange, Kite, Fyers and the ``nfopslab`` file names share one grammar (:func:`parse`): underlying, two-digit year,
then either a month code (1-9, o, n, d) and a day, or a month name; then strike and right, or ``FUT``. Global Datafeeds
(:func:`parse_gdfl`) writes the day first, TrueData (:func:`parse_truedata`) six digits, Breeze (:func:`breeze_symbol`)
names underlyings its own way.

The forms collide: ``NIFTY2012317000CE`` is a contract of 2020-12-31 to one vendor and of 2020-01-23 to another, so a
grammar is chosen by the source of a file and never guessed from a name. A form says nothing certain about weekly or
monthly: a monthly contract moved by a holiday can carry the numeric form.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nfops.errors import DataError

UNDERLYINGS: Final = ("MIDCPNIFTY", "BANKNIFTY", "FINNIFTY", "SENSEX", "BANKEX", "NIFTY")
"""Longest first, because NIFTY ends the names of others."""

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
CODES: Final = "123456789OND"

INDEX_NAMES: Final[Mapping[str, str]] = {
    "NIFTY 50": "NIFTY",
    "NIFTY BANK": "BANKNIFTY",
    "NIFTY FIN SERVICE": "FINNIFTY",
    "NIFTY MID SELECT": "MIDCPNIFTY",
}
"""The exchange's names of index values, as vendors repeat them; others are called like their contracts."""

_BREEZE: Final = {"CNXBAN": "BANKNIFTY", "NIFFIN": "FINNIFTY", "NIFSEL": "MIDCPNIFTY", "BSESEN": "SENSEX"}

_SYMBOL: Final = rf"(?P<symbol>{'|'.join(UNDERLYINGS)})"
_MONTH: Final = rf"(?P<month>{'|'.join(MONTHS)})"
_SIDE: Final = r"(?:(?P<strike>[1-9]\d{2,5})(?P<right>CE|PE)|FUT)"

_EXCHANGE: Final = (rf"{_SYMBOL}(?P<year>\d\d)(?:(?P<code>[{CODES}])(?P<day>\d\d)|{_MONTH}){_SIDE}",)
_GDFL: Final = (
    rf"{_SYMBOL}(?P<day>\d\d){_MONTH}(?P<year>\d\d){_SIDE}",
    rf"OPTIDX_{_SYMBOL}_(?P<day>\d\d){_MONTH}20(?P<year>\d\d)_(?P<right>CE|PE)_(?P<strike>[1-9]\d{{2,5}})",
    rf"FUTIDX_{_SYMBOL}_(?P<day>\d\d){_MONTH}20(?P<year>\d\d)_XX_0",
)
_TRUEDATA: Final = (
    rf"{_SYMBOL}(?P<year>\d\d)(?P<number>\d\d)(?P<day>\d\d)(?P<strike>[1-9]\d{{2,5}})(?P<right>CE|PE)",
    rf"{_SYMBOL}(?P<year>\d\d){_MONTH}FUT",
)
_SERIES: Final = rf"{_SYMBOL}-(?P<series>I{{1,3}})"
"""The near, next and far future, whichever contracts these are on a day."""


@dataclass(frozen=True, slots=True)
class Ticker:
    """What a contract name says. ``day`` is None in monthly names, ``strike`` (rupees) None for futures.

    A name of the near, next or far future has ``series`` 1, 2 or 3 and no date at all (``year`` and ``month`` 0).
    """

    symbol: str
    year: int
    month: int
    day: int | None
    strike: int | None
    right: str
    series: int | None = None

    @property
    def date(self) -> dt.date | None:
        """The day in the name, which may not be the day on which the contract expired."""
        return None if self.day is None else dt.date(self.year, self.month, self.day)


def parse(name: str) -> Ticker:
    """Read ``NIFTY2361317900PE``, ``banknifty24jan48000ce``, ``NSE:NIFTY25N1125700CE`` or ``NIFTY26AUGFUT``.

    Raises
    ------
    DataError
        With reason ``bad_ticker`` when the name does not follow the grammar or names no day of the calendar.
    """
    law = "underlying, year, month, day, strike, CE or PE"
    return _read(name, name.strip().upper().removeprefix("NSE:"), _EXCHANGE, law)


def parse_gdfl(name: str) -> Ticker:
    """Read a name such as ``NIFTY06JAN2217200CE.NFO``, ``OPTIDX_NIFTY_27JAN2022_CE_17200`` or ``NIFTY-I.NFO``.

    Raises
    ------
    DataError
        As :func:`parse` does.
    """
    law = "underlying, day, month, year, strike, CE or PE"
    return _read(name, name.strip().upper().removesuffix(".NFO"), (*_GDFL, _SERIES), law)


def parse_truedata(name: str) -> Ticker:
    """Read a name such as ``BANKNIFTY20030512500CE`` (2020-03-05), ``NIFTY20MARFUT`` or ``NIFTY-I``.

    Raises
    ------
    DataError
        As :func:`parse` does.
    """
    law = "underlying, YYMMDD, strike, CE or PE"
    return _read(name, name.strip().upper(), (*_TRUEDATA, _SERIES), law)


def breeze_symbol(code: str) -> str:
    """Give the index for a Breeze stock code (``CNXBAN`` is BANKNIFTY); other codes stay as they are."""
    return _BREEZE.get(code, code)


def _read(name: str, text: str, forms: tuple[str, ...], law: str) -> Ticker:
    found = next((match for form in forms if (match := re.fullmatch(form, text))), None)
    if not found:
        raise DataError(f"{name!r} is no contract name: {law}", "bad_ticker")
    part = found.groupdict()
    ticker = Ticker(
        symbol=part["symbol"],
        year=2000 + int(part["year"]) if part.get("year") else 0,
        month=_month(part),
        day=int(part["day"]) if part.get("day") else None,
        strike=int(part["strike"]) if part.get("strike") else None,
        right=part.get("right") or "FUT",
        series=len(part["series"]) if part.get("series") else None,
    )
    try:
        _ = ticker.date
    except ValueError:
        raise DataError(f"{name!r} names no day of the calendar", "bad_ticker") from None
    return ticker


def _month(part: Mapping[str, str | None]) -> int:
    if code := part.get("code"):
        return CODES.index(code) + 1
    if name := part.get("month"):
        return MONTHS.index(name) + 1
    return int(part.get("number") or 0)


def option_name(symbol: str, expiry: dt.date, kind: str, strike: int, right: str) -> str:
    """Write the exchange's name of an option: numeric form for weeklies, month name for monthlies."""
    when = MONTHS[expiry.month - 1] if kind == "monthly" else f"{CODES[expiry.month - 1]}{expiry.day:02d}"
    return f"{symbol}{expiry.year % 100:02d}{when}{strike}{right}"
