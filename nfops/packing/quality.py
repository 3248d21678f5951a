"""What looks wrong in rows that are packed all the same: flagged and counted, never dropped or changed.

A crossed quote or a lone spike may be the vendor's fault or the market's; which of them is for people to judge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import numpy as np
import polars as pl

from nfops.market import Market
from nfops.packing.clean import tally
from nfops.packing.layouts.base import RowKind, Segment
from nfops.packing.trades import DAY
from nfops.types import PAISE, TICK_PAISE

SPOT_SPIKE: Final = 0.01
"""A lone index price this far from the one before and the one after, as a share of them."""
PREMIUM_SPIKE: Final = 0.5
SPIKE_RUPEES: Final = 5.0
SILENCE: Final = dt.timedelta(seconds=60)
"""An index without a row for longer has a gap, which the default of ``fills.max_age_s`` notices too."""
ENDS_EARLY: Final = dt.timedelta(seconds=600)
"""A spot that ends this long before the close makes its day incomplete (SPEC 3.5)."""
MATCHING: Final = 10
"""Fewer equal rows, of two dates or of one, prove nothing."""
FROZEN: Final = dt.timedelta(seconds=60)
"""An index computed every second of fifty shares does not stand still for longer while it is traded."""


def flags(
    rows: pl.DataFrame, segment: Segment, kind: RowKind, market: Market, replayed: AbstractSet[dt.date] = frozenset()
) -> pl.DataFrame:
    """Count what looks wrong in cleaned rows, in the columns of ``clean.COUNTS`` with effect ``flagged``.

    ``crossed_quote``: bid above ask. ``off_tick``: a premium that is no multiple of 5 paise. ``price_spike``: a price
    far from both its neighbours. Of the spot: ``gap``, the row after a long silence; ``ends_early``, the last row of a
    day that stops before the close; ``replayed_day``, every row of a date that repeats another; ``constant_spot``,
    every row of a date with one price only; ``frozen_feed``, a tick that repeats a price for more than a minute.
    """
    found: dict[str, pl.Expr | pl.Series] = {"price_spike": _spikes(rows, segment)}
    if segment == "spot":
        closes = {date: market.session(date).close for date in rows["date"].unique().to_list()}
        left = pl.col("date").cast(pl.Datetime("ns")) + pl.duration(
            seconds=pl.col("date").replace_strict(closes, default=None, return_dtype=pl.Int64)
        ) - pl.col("stamp")  # fmt: skip
        found["ends_early"] = (pl.col("stamp").cum_count(reverse=True).over(DAY) == 1) & (left > ENDS_EARLY)
        found["replayed_day"] = pl.col("date").is_in(list(replayed))
        found["constant_spot"] = _constant()
        if kind == "tick":
            found["frozen_feed"] = _frozen_for() & ~_constant()
            found["gap"] = (pl.col("stamp") - pl.col("stamp").shift(1).over(DAY)) > SILENCE
    else:
        found |= {"off_tick": off_tick(), "crossed_quote": crossed_quote()}
    marked = rows.select(**found)
    return pl.concat(tally(rows, "flagged", reason, marked[reason]) for reason in found)


def off_tick() -> pl.Expr:
    """Select rows whose premium is no multiple of the tick."""
    ticks = pl.col("close") * PAISE / TICK_PAISE
    return (ticks - ticks.round()).abs() > 1e-3


def crossed_quote() -> pl.Expr:
    """Select rows whose bid is above the ask; an ask of 0 is none."""
    return (pl.col("bid") > pl.col("ask")) & (pl.col("ask") > 0)


def _spikes(rows: pl.DataFrame, segment: Segment) -> pl.Series:
    """Whether a price is far from both its neighbours of the day, which are close to each other."""
    price, priced = rows["close"].drop_nulls().to_numpy(), rows["close"].is_not_null().arg_true().to_numpy()
    share, rupees = (SPOT_SPIKE, 0.0) if segment == "spot" else (PREMIUM_SPIKE, SPIKE_RUPEES)
    step = np.diff(price)
    # Few prices are as far from the one before as the least is of which it could be said.
    at = np.flatnonzero(np.abs(step[:-1]) > max(share * price.min(initial=np.inf), rupees)) + 1
    far, before, after = np.maximum(share * price[at], rupees), step[at - 1], -step[at]
    lone = (np.abs(before - after) <= far) & (before * after > 0) & (np.abs(before) > far) & (np.abs(after) > far)
    first, middle, last = (rows[DAY].to_numpy()[priced[at + shift]] for shift in (-1, 0, 1))
    spikes = np.zeros(rows.height, np.bool_)
    spikes[priced[at[lone & (first == middle) & (middle == last)]]] = True
    return pl.Series("price_spike", spikes)


def _constant() -> pl.Expr:
    """Whether the index has one price all day, in enough rows to be sure."""
    return (pl.col("close").n_unique().over(DAY) == 1) & (pl.len().over(DAY) >= MATCHING)


def _frozen_for() -> pl.Expr:
    """Whether rows have come with this very price for long, up to this one and without a gap."""
    moved = (pl.col("close") != pl.col("close").shift(1).over(DAY)).fill_null(value=True)
    silent = ((pl.col("stamp") - pl.col("stamp").shift(1).over(DAY)) > SILENCE).fill_null(value=False)
    since = pl.when(moved | silent).then("stamp").forward_fill().over(DAY)
    return (pl.col("stamp") - since) > FROZEN


class Replays:
    """Finds dates of the spot whose prices are those of the date before under a new name."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._last: tuple[dt.date, tuple[int, int]] | None = None
        self.found: dict[dt.date, dt.date] = {}
        """Date to the first date with these prices."""

    def take(self, rows: pl.DataFrame) -> None:
        """Compare each date with the one before; rows come in order of month."""
        for (date,), day in sorted(rows.drop_nulls("date").partition_by("date", as_dict=True).items()):
            assert isinstance(date, dt.date)  # noqa: S101 - the partition is by date
            shown = self._fingerprint(date, day)
            if shown is None:
                continue
            if self._last is not None and self._last[1] == shown:
                self.found[date] = self.found.get(self._last[0], self._last[0])
            self._last = date, shown

    def _fingerprint(self, date: dt.date, day: pl.DataFrame) -> tuple[int, int] | None:
        """Rows and hash of clock and price in the hours of the latest trading day; None when they are too few."""
        days = self._market.trading_days(date - dt.timedelta(days=10), date)
        if not days:
            return None
        session = self._market.session(days[-1])
        clock = (pl.col("stamp") - pl.col("date").cast(pl.Datetime("ns"))).dt.total_seconds()
        shown = day.filter(clock.is_between(session.open, session.close - 1)).select(clock.alias("clock"), "close")
        shown = shown.unique().sort("clock", "close")
        if shown.height < MATCHING:
            return None
        return shown.height, int(shown.hash_rows(seed=0).implode().hash(seed=0)[0])


def refusals(refused: Mapping[dt.date, str], replayed: Mapping[dt.date, dt.date]) -> dict[dt.date, str]:
    """Say of dates of which nothing is packed also whose prices they repeat."""
    return {
        date: f"{why}; its prices repeat those of {replayed[date]}" if date in replayed else why
        for date, why in refused.items()
    }
