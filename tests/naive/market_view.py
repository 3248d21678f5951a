"""SPEC 3, row by row: what is known of each contract and of the index at the end of every second.

The naive twin in this folder is written from SPEC.md alone, slowly and plainly, and shares no computation with nfops:
it takes only dated facts (sessions, expiries, lots, rates) from nfops.market.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import cache
from typing import NamedTuple

import polars as pl

from nfops.market import DayFacts, Session

MICRO = 1_000_000


class Contract(NamedTuple):
    """An option, with its strike in rupees; a future (FUT) or the index (SPOT) has a strike of 0."""

    expiry: dt.date
    strike: int
    right: str
    index: int = 0
    """1: of the companion index."""


class Quote(NamedTuple):
    """A price in paise and the second of its row."""

    price: int
    second: int


class Known(NamedTuple):
    """What the rows up to some second say of a contract."""

    last: int | None = None
    traded: int | None = None
    bid: Quote | None = None
    ask: Quote | None = None
    oi: int | None = None


class MarketView:
    """A day as one may look at it second by second."""

    def __init__(
        self,
        session: Session,
        options: pl.DataFrame,
        spot: pl.DataFrame | None,
        future: pl.DataFrame | None = None,
        symbol: str = "NIFTY",
    ) -> None:
        self.session, self.symbol = session, symbol
        self.companion: MarketView | None = None
        self.companion_facts: DayFacts | None = None
        self.past: list[tuple[float, float]] = []
        """Volatilities of this index and the companion on earlier days."""
        self.previous_close: int | None = None
        self.past_volatilities: list[float] = []
        """Those of this index on the packed days before, for filters; NaN where there was none."""
        self.seconds = session.close - session.open
        self.kinds = set(options["kind"])
        self.volumes: dict[Contract, list[int]] = {}
        self.history = self._histories(options)
        self.strikes = defaultdict(list)
        for expiry, strike in sorted({(contract.expiry, contract.strike) for contract in self.history}):
            self.strikes[expiry].append(strike)
        self.spot = self._index(spot)
        self.future = None
        if future is not None and future.height:
            self.future = Contract(future["expiry"][0], 0, "FUT")
            named = future.with_columns(pl.lit(0, pl.Int32).alias("strike"), pl.lit("FUT").alias("opt_type"))
            self.history |= self._histories(named)
        self.incomplete = cache(self._incomplete)
        # The same questions come up in every trial; remembering the answers changes none.
        self.parity = cache(self.parity)
        self.reference = cache(self.reference)
        self.considered = cache(self.considered)
        self.trades = cache(self.trades)

    def known(self, contract: Contract, second: int) -> Known:
        """Everything known of a contract at the end of a second; nothing of one without rows."""
        if contract.index:
            return self.companion.known(contract._replace(index=0), second)
        if contract.right == "SPOT":
            seen = self.spot[second]
            return Known() if seen is None else Known(seen.price, seen.second)
        return self.history[contract][second] if contract in self.history else Known()

    def volume(self, contract: Contract, after: int, until: int) -> int:
        """Units traded in the seconds ``(after, until]``."""
        return sum(self.volumes[contract][after + 1 : until + 1]) if contract in self.volumes else 0

    def age(self, contract: Contract, second: int) -> int:
        """Seconds since the contract last traded."""
        return second - self.known(contract, second).traded

    def trades(self, second: int) -> bool:
        """Whether a second lies in a segment, not in a break."""
        return any(start <= second + self.session.open < end for start, end in self.session.segments)

    def next_trading(self, second: int) -> int:
        """The second, or the first one after the break it lies in."""
        while not self.trades(second):
            second += 1
        return second

    def reference(self, second: int, max_age_s: int) -> tuple[int, int] | None:
        """Price of the underlying and its age, or None where it is unknown."""
        if self.spot is not None:
            seen = self.spot[second]
            return None if seen is None else (seen.price, second - seen.second)
        for expiry in sorted(self.strikes):
            forward = self.parity(expiry, second, max_age_s)
            if forward is not None:
                return forward
        return None

    def parity(self, expiry: dt.date, second: int, max_age_s: int) -> tuple[int, int] | None:
        """Strike + call - put at the strike where they differ least, and the older age of the two."""
        best = found = None
        for strike in self.strikes.get(expiry, []):
            call, put = (self.known(Contract(expiry, strike, right), second) for right in ("CE", "PE"))
            if call.last is None or put.last is None:
                continue
            age = second - min(call.traded, put.traded)
            gap = abs(call.last - put.last)
            if age <= max_age_s and (best is None or gap < best):
                best, found = gap, (strike * 100 + call.last - put.last, age)
        return found

    def considered(self, expiry: dt.date, second: int) -> list[int]:
        """Strikes whose call and put both have a price by now."""
        return [
            strike
            for strike in self.strikes.get(expiry, [])
            if all(self.known(Contract(expiry, strike, right), second).last is not None for right in ("CE", "PE"))
        ]

    def _incomplete(self, max_age_s: int) -> bool:
        """Whether the reference has no row (parity: is never known) in the last seconds of the day."""
        window = range(max(0, self.seconds - max(600, max_age_s)), self.seconds)
        if self.spot is None:
            return all(self.reference(second, max_age_s) is None for second in window)
        return self.spot[-1] is None or self.spot[-1].second not in window

    def _second(self, stamp: dt.datetime) -> int | None:
        """Second of a time stamp; one exactly at a segment's close belongs to its last second; None outside."""
        passed = stamp.replace(tzinfo=None) - dt.datetime.combine(self.session.date, dt.time())
        moment = passed // dt.timedelta(microseconds=1)
        for start, end in self.session.segments:
            if start * MICRO <= moment < end * MICRO:
                return moment // MICRO - self.session.open
            if moment == end * MICRO:
                return end - 1 - self.session.open
        return None

    def _by_second(self, rows: pl.DataFrame) -> dict[int | None, list[dict]]:
        seconds = defaultdict(list)
        for row in rows.to_dicts():
            seconds[self._second(row["timestamp"])].append(row)
        return seconds

    def _histories(self, rows: pl.DataFrame) -> dict[Contract, list[Known]]:
        by_second = self._by_second(rows)
        now = {Contract(*key): Known() for key in rows.select("expiry", "strike", "opt_type").unique().iter_rows()}
        history = {contract: [] for contract in now}
        self.volumes |= {contract: [0] * self.seconds for contract in now}
        for second in range(self.seconds):
            for row in by_second[second]:
                contract = Contract(row["expiry"], row["strike"], row["opt_type"])
                now[contract] = _after(now[contract], row, second)
                self.volumes[contract][second] += row["vol_delta"] or 0
            for contract, known in now.items():
                history[contract].append(known)
        return history

    def _index(self, rows: pl.DataFrame | None) -> list[Quote | None] | None:
        if rows is None:
            return None
        by_second, now, seen = self._by_second(rows), None, []
        for second in range(self.seconds):
            for row in by_second[second]:
                now = Quote(round(row["close"] * 100), second)
            seen.append(now)
        return seen


def _after(known: Known, row: dict, second: int) -> Known:
    """What is known after one more row."""
    priced, first = row["close"] is not None, known.last is None
    traded = row["vol_delta"] is None or row["vol_delta"] > 0 or (priced and first)
    return Known(
        last=round(row["close"] * 100) if priced else known.last,
        traded=second if traded else known.traded,
        bid=_quoted(known.bid, row["bid"], second),
        ask=_quoted(known.ask, row["ask"], second),
        oi=known.oi if row["oi"] is None else row["oi"],
    )


def _quoted(before: Quote | None, price: float | None, second: int) -> Quote | None:
    """A null leaves the quote before, a zero ends it."""
    if price is None:
        return before
    return Quote(round(price * 100), second) if price > 0 else None
