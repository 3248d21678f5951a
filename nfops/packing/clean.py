"""The cleaning rules (SPEC 2.2 to 2.6): raw-canonical rows of one segment to packed rows, every drop counted.

Every rule concerns one date of one instrument and is written as columns over many of them at once. What tells packed
files apart is the number in ``target``; what tells raw files apart the number in ``file``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import polars as pl

from nfops.errors import MetaError
from nfops.market import Market
from nfops.packing.layouts.base import RAW, RowKind, Segment
from nfops.packing.runs import Runs

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

FIRST_ROW: Final = dt.timedelta(seconds=60)
"""A first row this close to the open shows volume traded since the open; a later one shows an unknown past."""

TOO_DEAR: Final = 2**31 / 100
"""Rupees; paise of less fit into the 32 bits that prices have from the day cache on."""

EPOCH_ENDS: Final = dt.datetime(1972, 1, 1)  # noqa: DTZ001 - wall clock
"""An earlier time stamp is a clock that was not set."""

DAY: Final = "day"
"""Number of a date of an instrument, ascending, in rows that stand together by it."""

_PRICES: Final = ("open", "high", "low", "close", "bid", "ask")
_COUNTS: Final = ("day_volume", "bar_volume", "oi", "bid_qty", "ask_qty")
_MARKED: Final = ("no_trade_today", "stale_trade", "volume_reset")


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
    rows = _drop(rows, rows["second"].is_null(), "outside_session", counts)
    if snapshots:
        rows = _drop(rows, rows["frozen"], "frozen_snapshot", counts)
    if snapshots and bars is not None:
        rows = _drop(rows, _mismatched(rows, bars), "spot_mismatch", counts)
    rows = rows.with_columns(Runs.of(rows, ["target", "date"]).number.alias(DAY))
    rows = _trades(rows, kind, _unsaid(segment))
    counts += [tally(rows.select("file", "target", reason).filter(reason), "noted", reason) for reason in _MARKED]
    counts.append(tally(rows, "packed", ""))
    return Cleaned(rows, pl.concat(counts), refused)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring rows of each target together, in order of time; those of one moment stay in file order.

    Files are in order as a rule, and to look costs a tenth of a sort.
    """
    target, stamp = pl.col("target"), pl.col("stamp")
    back = (target < target.shift(1)) | ((target == target.shift(1)) & (stamp < stamp.shift(1)))
    if not rows.select(back.any()).item():
        return rows
    parts = (part if part["stamp"].is_sorted() else part.sort("stamp", maintain_order=True)
             for part in rows.partition_by("target", maintain_order=True))  # fmt: skip
    return pl.concat(parts, rechunk=True)


def _drop(rows: pl.DataFrame, wrong: pl.Series, reason: str, counts: list[pl.DataFrame]) -> pl.DataFrame:
    if not wrong.any():
        return rows
    counts.append(tally(rows.filter(wrong), "dropped", reason))
    return rows.filter(~wrong)


def tally(rows: pl.DataFrame, effect: str, reason: str) -> pl.DataFrame:
    """Count rows by raw and packed file, in the columns of COUNTS."""
    runs = Runs.of(rows, ["file", "target"])
    counted = runs.heads.with_columns(pl.Series("rows", runs.lengths))
    sums = counted.group_by("file", "target").agg(pl.col("rows").sum())
    named = sums.with_columns(effect=pl.lit(effect), reason=pl.lit(reason))
    return named.select(pl.col(name).cast(kind) for name, kind in COUNTS.items())


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
    return rows.select(wrong.alias("wrong") & pl.repeat(True, pl.len())).to_series()


def _doubles(rows: pl.DataFrame, exactly: Exactly | None) -> pl.Series:
    """Whether an equal raw row of the same instrument and moment stands earlier; rows are in order."""
    none = pl.repeat(False, rows.height, eager=True)
    again = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in ("target", "stamp"))
    places = rows.select((again | again.shift(-1)).fill_null(value=False)).to_series().arg_true()
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
    """Drop rows of other dates; give the rest ``opened``, the session's open, and ``second``, null outside of it."""
    runs = Runs.of(rows, ["date"])
    table, refused = _sessions(runs.heads["date"].unique().drop_nulls().sort(), market)
    facts = runs.heads.join(table, on="date", how="left", maintain_order="left").drop("date")
    kept = rows.hstack([runs.told(fact) for fact in facts])
    reasons: dict[str, list[dt.date]] = {"not_a_trading_day": [], "unknown_hours": [], "not_in_calendar": []}
    for date in refused:
        known = "unknown_hours" if market.is_trading_day(date) else "not_a_trading_day"
        reasons[known if market.covers(date) else "not_in_calendar"].append(date)
    for reason, dates in reasons.items():
        if dates:
            kept = _drop(kept, kept["date"].is_in(dates), reason, counts)
    clock = (pl.col("stamp") - pl.col("midnight")).dt.total_microseconds()
    # A row stamped exactly at a segment's close belongs to its last second.
    inside = [
        pl.when(clock.is_between(pl.col(start) * 1_000_000, pl.col(end) * 1_000_000)).then(
            pl.min_horizontal(clock // 1_000_000, pl.col(end) - 1) - pl.col("start0")
        )
        for start, end in zip(table.columns[3::2], table.columns[4::2], strict=True)
    ]
    placed = kept.with_columns(pl.coalesce([pl.lit(None), *inside]).cast(pl.Int32).alias("second"))
    return placed.drop("midnight", *table.columns[3:]), refused


def _sessions(dates: pl.Series, market: Market) -> tuple[pl.DataFrame, dict[dt.date, str]]:
    """Table the trading days among ``dates``, with the clock of their segments, and say why the rest are none."""
    refused, sessions = {}, []
    for date in dates:
        try:
            sessions.append(market.session(date))
        except MetaError as fault:
            refused[date] = str(fault)
    most = max((len(session.segments) for session in sessions), default=0)
    ends = {f"{name}{at}": [s.segments[at][end] if at < len(s.segments) else None for s in sessions]
            for at in range(most) for end, name in enumerate(("start", "end"))}  # fmt: skip
    table = pl.DataFrame(
        {"date": [s.date for s in sessions], "open": [s.open for s in sessions], **ends},
        schema={"date": pl.Date, "open": pl.Int64, **dict.fromkeys(ends, pl.Int64)},
    )
    midnight = pl.col("date").cast(pl.Datetime("ns"))
    opened = (midnight + pl.duration(seconds="open")).alias("opened")
    return table.select("date", midnight.alias("midnight"), opened, *ends), refused


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


def _unsaid(segment: Segment) -> pl.Expr:
    """Units of a row that says nothing of volume: none, but not known in a contract of which no row says anything."""
    if segment == "spot":
        return pl.lit(0, pl.Int64)
    said = (pl.col("day_volume").is_not_null() | pl.col("bar_volume").is_not_null()).any().over("target")
    return pl.when(said).then(pl.lit(0, pl.Int64))


def _trades(rows: pl.DataFrame, kind: RowKind, unsaid: pl.Expr) -> pl.DataFrame:
    """Blank the prices of rows that show no trade of today and turn day volumes into deltas."""
    silent = pl.col("close").is_null() | (pl.col("close") <= 0)
    if kind != "bar":
        silent |= (pl.col("day_volume") == 0).fill_null(value=False)
    # A row that repeats yesterday's trade has a volume of 0 as well; the older trade says more.
    stale = (pl.col("last_trade") < pl.col("opened")).fill_null(value=False)
    rows = rows.with_columns(no_trade_today=silent & ~stale, stale_trade=stale)
    untraded = pl.col("no_trade_today") | pl.col("stale_trade")
    rows = rows.with_columns(volume=pl.when(untraded).then(0).otherwise(pl.col("day_volume")))
    delta, reset = _deltas(untraded, unsaid)
    rows = rows.with_columns(vol_delta=delta, volume_reset=reset)
    rows = rows.with_columns(pl.when(~untraded).then("close").alias("close"))
    own = [name for name in ("open", "high", "low") if rows[name].null_count() < rows.height]
    prices = [pl.coalesce(pl.when(~untraded).then(name), "close").alias(name) for name in own]
    return rows.with_columns(
        *prices, *(pl.col("close").alias(name) for name in ("open", "high", "low") if name not in own)
    )


def _deltas(untraded: pl.Expr, unsaid: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Units traded since the row before, and whether the day's volume went down (SPEC 2.5)."""
    volume = pl.col("volume")
    early = (pl.col("stamp") - pl.col("opened")).first().over(DAY) <= FIRST_ROW
    start = pl.when(early).then(0).otherwise(volume.drop_nulls().first().over(DAY))
    highest = volume.cum_max().forward_fill().shift(1).over(DAY)
    delta = (volume - pl.max_horizontal(start, highest)).clip(0)
    bars = pl.when(~untraded).then(pl.col("bar_volume"))
    # A row without a trade of today falls to volume 0 by definition; it is counted under its own reason already.
    reset = ~untraded & (volume < volume.forward_fill().shift(1).over(DAY))
    return pl.coalesce(delta, bars, unsaid), reset.fill_null(value=False)
