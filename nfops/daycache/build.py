"""From packed rows of one date to a ChainDay (SPEC 3.1 to 3.3); pure, no files."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from nfops.daycache.chain import ChainDay, DayArrays, Reference
from nfops.jit import jit
from nfops.market import Session
from nfops.types import CALL, FUTURE, MISSING, PUT, Events, Int32Array, Int64Array, sealed

BUILDER_VERSION: Final = 1
"""Part of every day's key: raise it when the arrays of unchanged packed rows would come out differently."""

UNKNOWN_AGE: Final = 2**30
"""Age of a price that does not exist; larger than any ``max_age_s``."""

_NEEDED: Final = ("vol_delta", "oi", "bid", "ask")


def build_day(
    symbol: str,
    session: Session,
    options: pl.DataFrame,
    spot: pl.DataFrame | None,
    future: pl.DataFrame | None,
    data_hash: str,
) -> ChainDay:
    """Build one day from packed rows, which must be in time order within each contract.

    Parameters
    ----------
    options, spot, future
        Packed rows (SPEC 2.1) of the date; rows outside the session are left out. ``future`` holds one expiry.
    data_hash
        Identity of the content the rows come from.
    """
    options = _seconds(_complete(options), session)
    pairs = options.select("expiry", "strike").unique().sort("expiry", "strike").with_row_index("pair")
    put = (pl.col("opt_type") == "PE").cast(pl.Int64)
    rows = options.join(pairs, on=["expiry", "strike"], how="left", maintain_order="left").with_columns(
        (pl.col("pair").cast(pl.Int64) * 2 + put).alias("contract")
    )
    per_expiry = pairs.group_by("expiry", maintain_order=True).len()
    base = np.concatenate([[0], np.cumsum(per_expiry["len"].to_numpy() * 2)]).astype(np.int64)
    strike = np.repeat(pairs["strike"].to_numpy().astype(np.int32) * 100, 2)
    right = np.tile(np.array([CALL, PUT], np.int8), pairs.height)
    used = [rows]
    if future is not None and future.height:
        near = _seconds(_complete(future), session).with_columns(
            pl.lit(2 * pairs.height).cast(pl.Int64).alias("contract")
        )
        used.append(near)
        strike, right = np.append(strike, np.int32(0)), np.append(right, np.int8(FUTURE))
    columns = ["contract", "second", "close", *_NEEDED]
    ticks = pl.concat([frame.select(columns) for frame in used]).sort("contract", maintain_order=True)
    prices = None if spot is None else _spot(_seconds(spot, session), session.seconds)
    return ChainDay(
        symbol=symbol,
        session=session,
        expiries=tuple(per_expiry["expiry"].to_list()),
        future_expiry=future["expiry"][0] if len(used) > 1 and future is not None else None,
        arrays=_arrays(ticks, base, strike, right, session.seconds),
        spot=prices,
        kinds=tuple(sorted(options["kind"].unique().drop_nulls().to_list())),
        rows=ticks.height + (0 if spot is None else spot.height),
        legacy="kind" not in options.columns or options["kind"].null_count() > 0,
        data_hash=data_hash,
    )


def _complete(rows: pl.DataFrame) -> pl.DataFrame:
    """Give legacy files the columns they lack, as nulls."""
    lacking = [name for name in (*_NEEDED, "kind") if name not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String if name == "kind" else pl.Float64).alias(name) for name in lacking)


def _seconds(rows: pl.DataFrame, session: Session) -> pl.DataFrame:
    """Give rows their grid ``second``; one stamped exactly at a segment's close belongs to its last second."""
    stamp = pl.col("timestamp").dt.replace_time_zone(None)
    micros = (stamp - pl.lit(dt.datetime.combine(session.date, dt.time()))).dt.total_microseconds()
    clock = micros // 1_000_000
    second = pl.lit(None, pl.Int64)
    for start, end in session.segments:
        inside = (clock >= start) & (micros <= end * 1_000_000)
        second = pl.when(inside).then(pl.min_horizontal(clock, pl.lit(end - 1)) - session.open).otherwise(second)
    return rows.with_columns(second.cast(pl.Int32).alias("second")).filter(pl.col("second").is_not_null())


def _paise(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round().cast(pl.Int32)


def _arrays(
    ticks: pl.DataFrame, base: Int64Array, strike: Int32Array, right: npt.NDArray[np.int8], seconds: int
) -> DayArrays:
    count = len(strike)
    priced = ticks.filter(pl.col("close").is_not_null())
    last = np.full((count, seconds), MISSING, np.int32)
    last[priced["contract"].to_numpy(), priced["second"].to_numpy()] = (
        priced.select(_paise("close")).to_series().to_numpy()
    )
    carry_forward(last)
    first_priced = pl.col("close").is_not_null() & (pl.col("close").is_not_null().cum_sum().over("contract") == 1)
    traded = ticks.filter(pl.col("vol_delta").is_null() | (pl.col("vol_delta") > 0) | first_priced)
    units = pl.col("vol_delta").fill_null(0).cast(pl.Int32)
    quotes = {
        side: _events(
            ticks.filter(pl.col(side).is_not_null()),
            pl.when(pl.col(side) > 0).then(_paise(side)).otherwise(MISSING).last(),
            count,
        )
        for side in ("bid", "ask")
    }
    return DayArrays(
        base=sealed(base),
        strike=sealed(strike),
        right=sealed(right),
        last=sealed(last),
        trades=_events(traded, units.sum(), count),
        oi=_events(ticks.filter(pl.col("oi").is_not_null()), pl.col("oi").cast(pl.Int32).last(), count),
        bid=quotes["bid"],
        ask=quotes["ask"],
    )


def _events(ticks: pl.DataFrame, value: pl.Expr, contracts: int) -> Events:
    """One event a contract and second, in that order."""
    rows = (
        ticks.group_by("contract", "second", maintain_order=True).agg(value.alias("value")).sort("contract", "second")
    )
    per_contract = np.bincount(rows["contract"].to_numpy(), minlength=contracts)
    return Events(
        start=sealed(np.concatenate([[0], np.cumsum(per_contract)]).astype(np.int64)),
        second=sealed(rows["second"].to_numpy().astype(np.int32)),
        value=sealed(rows["value"].to_numpy().astype(np.int32)),
    )


def _spot(rows: pl.DataFrame, seconds: int) -> Reference | None:
    rows = rows.filter(pl.col("close").is_not_null())
    if rows.is_empty():
        return None
    at = rows["second"].to_numpy()
    price = np.full((1, seconds), MISSING, np.int32)
    price[0, at] = rows.select(_paise("close")).to_series().to_numpy()
    seen = np.full((1, seconds), MISSING, np.int32)
    seen[0, at] = at
    carry_forward(price)
    carry_forward(seen)
    age = np.where(seen[0] == MISSING, UNKNOWN_AGE, np.arange(seconds, dtype=np.int32) - seen[0]).astype(np.int32)
    return Reference(sealed(price[0]), sealed(age))


@jit
def carry_forward(rows: Int32Array) -> None:
    """Replace MISSING by the value before it, in place; ``rows`` (C, S). Nothing is carried backwards."""
    for row in range(rows.shape[0]):
        held = rows[row, 0]
        for second in range(1, rows.shape[1]):
            if rows[row, second] == MISSING:
                rows[row, second] = held
            else:
                held = rows[row, second]
