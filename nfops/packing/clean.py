"""The cleaning rules (SPEC 2.2 to 2.6): raw-canonical rows of one segment to packed rows, every drop counted.

Every rule concerns one date of one instrument and is written as columns over many of them at once. What tells packed
files apart is the number in ``target``; what tells raw files apart the number in ``file``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import polars as pl

from nfops.errors import MetaError
from nfops.market import Market, Session
from nfops.packing.layouts.base import RAW, RowKind, Segment
from nfops.packing.runs import Runs, numbers
from nfops.packing.trades import DAY, MARKED, trades

COUNTS: Final[dict[str, pl.DataType]] = {
    "file": pl.UInt32(),
    "target": pl.UInt32(),
    "effect": pl.String(),
    "reason": pl.String(),
    "rows": pl.Int64(),
}
"""Counts by raw file, packed file, effect (packed, dropped, noted, flagged) and reason."""

KEYS: Final[Mapping[Segment, tuple[str, ...]]] = {
    "options": ("expiry", "strike", "opt_type"),
    "futures": ("expiry",),
    "spot": ("date",),
}
"""What tells packed files of a segment apart."""

TOO_DEAR: Final = 2**31 / 100
"""Rupees; paise of less fit into the 32 bits that prices have from the day cache on."""

EPOCH_ENDS: Final = dt.datetime(1972, 1, 1)  # noqa: DTZ001 - wall clock
"""An earlier time stamp is a clock that was not set."""

_SECOND: Final = 10**9
_MICROSECOND: Final = 1000

_PRICES: Final = ("open", "high", "low", "close", "bid", "ask")
_COUNTS: Final = ("day_volume", "bar_volume", "oi", "bid_qty", "ask_qty")


Exactly: TypeAlias = Callable[[pl.DataFrame], pl.Series]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Rows to pack (time stamps still naive), the counts, and dates refused with the reason in words.

    Rows of a target stand together, in order of time; ``day`` numbers their dates. Rows of effect ``noted`` are packed,
    with something blanked or marked; they are no part of the balance.
    """

    frame: pl.DataFrame
    counts: pl.DataFrame
    refused: Mapping[dt.date, str]


def clean(
    rows: pl.DataFrame,
    segment: Segment,
    kind: RowKind,
    market: Market,
    bars: pl.DataFrame | None = None,
    exactly: Exactly | None = None,
) -> Cleaned:
    """Apply every rule to rows in file order, which have ``file``, ``target`` and ``date`` beside the columns of RAW.

    Parameters
    ----------
    bars
        The packed spot bars (columns ``stamp``, ``close``) that snapshots are checked against, where known.
    exactly
        Hashes raw rows (``file``, ``row``) when the reader left ``row_hash`` null.
    """
    counts: list[pl.DataFrame] = []
    rows = _drop(rows, rows["stamp"].is_null(), "no_timestamp", counts)
    rows = _drop(rows, rows["stamp"] < EPOCH_ENDS, "epoch_timestamp", counts)
    rows = _drop(rows, _unreal(rows), "bad_number", counts)
    snapshots = kind == "snapshot" and segment == "options"
    if snapshots:
        rows = rows.with_row_index("place")
    rows = _in_order(rows)
    rows = _drop(rows, _doubles(rows, exactly), "duplicate", counts)
    rows, refused = _trading_days(rows, market, counts)
    rows = _drop(rows, _nameless(rows, segment), "bad_contract", counts)
    if snapshots:  # whether a poll is frozen is judged with those outside the session, which then go for that reason
        rows = rows.with_columns(_frozen().alias("frozen"))
    rows = _drop(rows, rows["outside"], "outside_session", counts)
    if snapshots:
        rows = _drop(rows, rows["frozen"], "frozen_snapshot", counts)
    if snapshots and bars is not None:
        rows = _drop(rows, _mismatched(rows, bars), "spot_mismatch", counts)
    days = Runs.of(rows, ["target", "date"])
    rows = trades(rows.with_columns(days.number.alias(DAY)), days, kind, segment)
    counts += [tally(rows, "noted", reason, rows[reason]) for reason in MARKED]
    counts.append(tally(rows, "packed", ""))
    return Cleaned(rows, pl.concat(counts), refused)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring rows of each target together, in order of time; those of one moment stay in file order.

    Files are in order as a rule, and to look costs a hundredth of a sort.
    """
    target, stamp = numbers(rows, "target"), numbers(rows, "stamp")
    later = target[1:] > target[:-1]
    if (later | ((target[1:] == target[:-1]) & (stamp[1:] >= stamp[:-1]))).all():
        return rows
    parts = (part if part["stamp"].is_sorted() else part.sort("stamp", maintain_order=True)
             for part in rows.partition_by("target", maintain_order=True))  # fmt: skip
    return pl.concat(parts, rechunk=True)


def _drop(rows: pl.DataFrame, wrong: pl.Series, reason: str, counts: list[pl.DataFrame]) -> pl.DataFrame:
    if not wrong.any():
        return rows
    counts.append(tally(rows, "dropped", reason, wrong))
    return rows.filter(~wrong)


def tally(rows: pl.DataFrame, effect: str, reason: str, which: pl.Series | None = None) -> pl.DataFrame:
    """Count rows, all or ``which`` of them, by raw and packed file, in the columns of COUNTS."""
    places = rows.select("file", "target")
    if which is not None:
        places = places[which.arg_true()]
    runs = Runs.of(places, ["file", "target"])
    file, target = (numbers(places, name)[runs.starts].astype(np.uint64) for name in places.columns)
    pairs, at = np.unique(file << 32 | target, return_inverse=True)
    return pl.DataFrame(
        {
            "file": pairs >> 32,
            "target": pairs & 0xFFFFFFFF,
            "effect": [effect] * len(pairs),
            "reason": [reason] * len(pairs),
            "rows": np.bincount(at, runs.lengths, len(pairs)),
        },
        schema_overrides=COUNTS,
    )


def _unreal(rows: pl.DataFrame) -> pl.Series:
    """Whether a row holds a number that nothing can cost or count."""
    told = [name for name in (*_PRICES, *_COUNTS) if rows[name].null_count() < rows.height]
    # NaN is greater than every number.
    wrong = [pl.col(name).abs() >= TOO_DEAR if name in _PRICES else pl.col(name) < 0 for name in told]
    alone = pl.repeat(False, pl.len())
    return rows.select(pl.any_horizontal(alone, *wrong).fill_null(value=False).alias("wrong")).to_series()


def _nameless(rows: pl.DataFrame, segment: Segment) -> pl.Series:
    """Whether a row does not say which contract it is of."""
    wrong = pl.lit(value=False)
    if segment != "spot":
        wrong |= pl.col("expiry").is_null()
    if segment == "options":
        right = pl.col("opt_type")
        wrong |= ((right == "CE") | (right == "PE")).not_().fill_null(value=True)
        wrong |= (pl.col("strike") > 0).not_().fill_null(value=True)
    contracts = Runs.of(rows, ["target"])
    heads = rows.select(KEYS[segment])[contracts.starts]
    found = heads.select(wrong.alias("wrong") & pl.repeat(True, pl.len())).to_series()
    return contracts.told(found) if found.any() else pl.repeat(False, rows.height, eager=True)


def _doubles(rows: pl.DataFrame, exactly: Exactly | None) -> pl.Series:
    """Whether an equal raw row of the same instrument and moment stands earlier; rows are in order."""
    none = pl.repeat(False, rows.height, eager=True)
    target, stamp = numbers(rows, "target"), numbers(rows, "stamp")
    again = (stamp[1:] == stamp[:-1]) & (target[1:] == target[:-1])
    places = pl.Series(np.flatnonzero(np.append(again, False) | np.insert(again, 0, False)))
    if places.is_empty():
        return none
    several = rows[places]
    hashes = several["row_hash"]
    if exactly is not None and hashes.has_nulls():
        # Rows that differ in what was taken of them are no doubles; the rest is told by the raw rows.
        shown = several.select(name for name in RAW if name != "row_hash").hash_rows(seed=0)
        alike = (shown.is_duplicated() & hashes.is_null()).arg_true()
        hashes = pl.select(pl.coalesce(hashes, shown)).to_series()
        if len(alike):
            hashes = hashes.scatter(alike, exactly(several[alike].select("file", "row")))
    if hashes.n_unique() == several.height:
        return none
    keys = several.select("target", "stamp", hashes.alias("row_hash"))
    return none.scatter(places.filter(~keys.select(pl.struct(pl.all()).is_first_distinct()).to_series()), True)


def _trading_days(
    rows: pl.DataFrame, market: Market, counts: list[pl.DataFrame]
) -> tuple[pl.DataFrame, dict[dt.date, str]]:
    """Drop rows of other dates; give the rest ``opened``, their session's open, and whether they are ``outside``."""
    sessions, refused = _sessions(Runs.of(rows, ["date"]).heads["date"].unique().sort(), market)
    reasons: dict[str, list[dt.date]] = {"not_a_trading_day": [], "unknown_hours": [], "not_in_calendar": []}
    for date in refused:
        known = "unknown_hours" if market.is_trading_day(date) else "not_a_trading_day"
        reasons[known if market.covers(date) else "not_in_calendar"].append(date)
    for reason, dates in reasons.items():
        if dates:
            rows = _drop(rows, rows["date"].is_in(dates), reason, counts)
    days, stamp = Runs.of(rows, ["date"]), numbers(rows, "stamp")
    hours = [sessions[date] for date in days.heads["date"]]
    midnight = days.heads["date"].cast(pl.Datetime("ns")).to_physical().to_numpy()
    outside = np.ones(rows.height, np.bool_)
    for at in range(max((len(session.segments) for session in hours), default=0)):
        # A day of fewer segments has the last one once more. A row stamped at the close belongs to its last second, and
        # clocks are looked at in microseconds.
        ends = np.array([session.segments[min(at, len(session.segments) - 1)] for session in hours]) * _SECOND
        start, end = (np.repeat(midnight + clock, days.lengths) for clock in ends.T)
        outside &= (stamp < start) | (stamp >= end + _MICROSECOND)
    opened = midnight + np.array([session.open for session in hours], np.int64) * _SECOND
    return rows.hstack(
        [days.told(pl.Series("opened", opened).cast(pl.Datetime("ns"))), pl.Series("outside", outside)]
    ), refused


def _sessions(dates: pl.Series, market: Market) -> tuple[dict[dt.date, Session], dict[dt.date, str]]:
    """Give the sessions of the trading days among ``dates``, and say why the rest are none."""
    sessions, refused = {}, {}
    for date in dates:
        try:
            sessions[date] = market.session(date)
        except MetaError as fault:
            refused[date] = str(fault)
    return sessions, refused


def _frozen() -> pl.Expr:
    """Whether the poll of a row shows what another poll of the same expiry and date shows."""
    return pl.col("stamp").n_unique().over("date", "expiry", "poll_hash") > 1


def _mismatched(rows: pl.DataFrame, bars: pl.DataFrame) -> pl.Series:
    """Whether a poll's own spot is more than 1 % away from the index bar of its minute."""
    minutes = bars.select(pl.col("stamp").dt.truncate("1m").alias("minute"), pl.col("close").alias("index"))
    minutes = minutes.unique("minute", keep="last", maintain_order=True)
    beside = rows.select(pl.col("stamp").dt.truncate("1m").alias("minute"), "poll_spot").join(
        minutes, on="minute", how="left", maintain_order="left"
    )
    index = (pl.col("index") * 100).round()
    paise = (pl.col("poll_spot") * 100).round() - index
    return beside.select((paise.abs() * 100 > index).fill_null(value=False)).to_series()
