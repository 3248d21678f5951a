"""DayFacts: the dated facts one run needs of one day, small enough to travel with a task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from nfops.market.sessions import Session


@dataclass(frozen=True)
class Rates:
    """Charge rates of one segment on one date, as integers per 1,000,000,000 of price x quantity."""

    stt_sell: int
    stt_exercise: int
    exercise_on_settlement: bool
    """STT on exercise is taken on settlement value x quantity (to 2019-08-31) instead of intrinsic value."""
    exchange_txn: int
    sebi_fee: int
    ipft: int
    stamp_buy: int
    stamp_sell: int
    gst: int
    brokerage_paise: int
    """Per executed order."""
    brokerage_cap: int
    """Brokerage is at most this rate of turnover; 0 means no cap."""


@dataclass(frozen=True)
class Margins:
    """Fractions by which a margin is estimated on one date, as integers per 10,000 (hundredths of a percent)."""

    span: int
    """How far the index is moved, up and down, to find the loss of a position."""
    exposure: int
    """Of the notional of each sold option, on top, whatever else is held."""
    calendar: int
    """Of the notional of what is held in one expiry against another."""
    calendar_expiry_day: int
    """Likewise when one of the two expires today; all of it where such a pair gets no benefit."""
    expiry_day: int
    """Of the notional of each sold option that expires today, on top."""


@dataclass(frozen=True)
class DayFacts:
    """What the engine may ask of the market on ``session.date`` for ``symbol``."""

    symbol: str
    session: Session
    expiries: tuple[dt.date, ...]
    """The calendar's expiries on or after the date, nearest first, a dozen of them."""
    monthly: dt.date
    """The nearest monthly expiry on or after the date."""
    lot_sizes: Mapping[dt.date, int]
    closes: Mapping[dt.date, int]
    """Close of each expiry day in seconds of the day."""
    strike_step: int
    """Paise."""
    options: Rates
    futures: Rates
    margins: Margins | None
    """None where the tables have no fractions: the capital is then unknown."""
    trading_days_to: Mapping[dt.date, int]
    """Trading days after the date up to each expiry, that one included: 0 on the expiry day."""
    events: tuple[tuple[str, int], ...]
    """Kinds of the events near the date, and trading days from the date to each: 0 today, 1 tomorrow, -1 yesterday."""

    def expiry(self, which: str) -> dt.date:
        """Return expiry ``"0"``, ``"1"``, ... or ``"monthly"``."""
        return self.monthly if which == "monthly" else self.expiries[int(which)]

    def expiry_after(self, which: str, after: int) -> dt.date | None:
        """Return the expiry ``after`` places behind another in the calendar, or None beyond what is listed here."""
        first = self.expiry(which)
        later = [first, *(expiry for expiry in self.expiries if expiry > first)]
        return later[after] if after < len(later) else None

    def seconds_to_expiry(self, expiry: dt.date) -> int:
        """Calendar seconds from the day's first open to the close of the expiry day."""
        session = self.session
        return (expiry - session.date).days * 86_400 + self.closes[expiry] - session.open
