"""ChainDay: one trading day of one index as dense per-second arrays (SPEC 3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from nfops.market.facts import DayFacts
from nfops.market.sessions import Session
from nfops.types import Events, FloatArray, Int8Array, Int32Array, Int64Array

UNKNOWN_AGE: Final = 2**30
"""Age of a price that does not exist; larger than any ``max_age_s``."""


class DayArrays(NamedTuple):
    """What kernels see of a day; C contracts, S seconds, E expiries. Prices are int32 paise, MISSING before the first.

    Contracts are rows of one axis: for each expiry in ascending order, for each of its strikes in ascending order,
    the call and then the put, so that neighbours at the money lie side by side in memory; the near future, when
    there is one, is the last row. Strikes of which neither right had a price all day are left out: no rule can ask
    for them, and in chain data they are most of the strikes. ``last`` is dense because exits scan it second by
    second. Everything that is only sampled at decisions is stored as events.
    """

    base: Int64Array  # (E + 1,) contracts of expiry e are base[e] .. base[e + 1]
    strike: Int32Array  # (C,) paise; 0 for the future
    right: Int8Array  # (C,) CALL, PUT or FUTURE
    last: Int32Array  # (C, S) last price as of each second
    trades: Events  # seconds in which the contract traded; value = units traded (0 for the first price of the day)
    oi: Events  # open interest in units, where it changed
    bid: Events  # best bid in paise; MISSING ends the previous quote
    ask: Events  # best ask likewise


class Reference(NamedTuple):
    """The underlying's price at each second, ``(S,)`` each; MISSING and a huge age where it is unknown."""

    price: Int32Array
    age: Int32Array


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ChainDay:
    """One day, frozen; arrays are sealed read-only. ``data_hash`` names the content of the inputs and the builder."""

    symbol: str
    session: Session
    expiries: tuple[dt.date, ...]
    future_expiry: dt.date | None
    arrays: DayArrays
    spot: Reference | None
    kinds: tuple[str, ...]
    """Row kinds among the options: any of tick, bar, snapshot."""
    rows: int
    """Option, spot and future rows that went in."""
    legacy: bool
    """Some option file was written by the old scripts (its close may be yesterday's)."""
    data_hash: str
    companion: Companion | None = None
    """The other index, where a strategy trades two."""
    earlier: Earlier | None = None
    """What was before, where a filter looks back."""

    @property
    def date(self) -> dt.date:
        """The trading date."""
        return self.session.date

    @property
    def seconds(self) -> int:
        """S, the number of seconds from the first open to the last close."""
        return self.session.seconds

    @property
    def ref_source(self) -> Literal["spot", "parity"]:
        """Where the underlying's price comes from."""
        return "parity" if self.spot is None else "spot"


@dataclass(frozen=True, slots=True, eq=False)
class Companion:
    """The same day of another index."""

    day: ChainDay
    facts: DayFacts
    past: Mapping[tuple[int, ...], FloatArray]
    """Numbers ``(D, 2)`` of earlier days, oldest first, of this index and the other, by the codes they belong to."""


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """What filters ask of the days before a day."""

    closes: Mapping[int, int]
    """Last known reference of the previous trading day in paise, by the greatest age; none where its close is not."""
    volatilities: Mapping[tuple[int, int, int], FloatArray]
    """Implied volatilities at the money ``(D,)`` of the packed days before, oldest first, NaN for none, by the codes of
    the time, the expiry and the greatest age."""
