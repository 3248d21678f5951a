"""From packed rows of one date to a ChainDay (SPEC 3.1 to 3.3); pure, no files."""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from nfops.daycache.chain import UNKNOWN_AGE, ChainDay, DayArrays, Reference
from nfops.daycache.fill_kernels import CHANGES, LATEST, TOTAL, carry_forward, gather
from nfops.errors import DataError
from nfops.market import Session
from nfops.packing.stamps import wall_clock
from nfops.types import CALL, FUTURE, MISSING, PAISE, PUT, BoolArray, Events, Int8Array, Int32Array, Int64Array, sealed

COLUMNS: Final = ("timestamp", "expiry", "strike", "opt_type", "close", "vol_delta", "oi", "bid", "ask", "kind")
"""What is read of packed rows; files that lack a column read as null."""

_UNSAID: Final = -2
"""A row that says nothing about a quote, or of which the units traded are not known."""

_LARGEST: Final = 2**31 - 1


class Rows(NamedTuple):
    """Rows of a day in order of contract and time, ``(N,)`` each, as integers."""

    contract: Int64Array
    second: Int32Array
    price: Int32Array  # paise; MISSING without one
    units: Int32Array  # traded; _UNSAID where the vendor does not say
    oi: Int32Array  # units; MISSING without one
    bid: Int32Array  # paise; MISSING: there is none any more; _UNSAID: the row is silent
    ask: Int32Array


class Contracts(NamedTuple):
    """The contract axis of a day (see DayArrays), without the future."""

    expiries: tuple[dt.date, ...]
    base: Int64Array
    strike: Int32Array
    right: Int8Array


def build_day(
    symbol: str,
    session: Session,
    options: pl.DataFrame,
    spot: pl.DataFrame | None,
    future: pl.DataFrame | None,
    data_hash: str,
) -> ChainDay:
    """Build one day from packed rows.

    Parameters
    ----------
    options, spot, future
        Packed rows (SPEC 2.1) in order of time within each contract; rows outside the session are left out.
        ``future`` holds one expiry. Columns beyond ``COLUMNS`` are not looked at.
    data_hash
        Identity of the content the rows come from.

    Raises
    ------
    DataError
        With reason ``no_option_row`` when no option row in the session has a price, and ``bad_value`` when a number
        does not fit.
    """
    options = _inside(options, session)
    axis, at = _contracts(options)
    if not axis.expiries:
        raise DataError(f"{symbol} {session.date}: no option row with a price lies in the session", "no_option_row")
    seen = [_rows(options, at)]
    strike, right = axis.strike, axis.right
    near = None if future is None else _inside(future, session)
    if near is not None and near.height:
        seen.append(_rows(near, np.full(near.height, len(strike))))
        strike, right = np.append(strike, np.int32(0)), np.append(right, np.int8(FUTURE))
    index = None if spot is None else _inside(spot, session)
    return ChainDay(
        symbol=symbol,
        session=session,
        expiries=axis.expiries,
        future_expiry=near["expiry"][0] if near is not None and near.height else None,
        arrays=_arrays(seen, axis.base, strike, right, session.seconds),
        spot=None if index is None else _spot(index, session.seconds),
        kinds=tuple(sorted(options["kind"].unique().drop_nulls().to_list())),
        rows=sum(frame.height for frame in (options, near, index) if frame is not None),
        legacy=options["kind"].has_nulls(),
        data_hash=data_hash,
    )


def _inside(rows: pl.DataFrame, session: Session) -> pl.DataFrame:
    """Rows within the segments with their grid ``second``; one stamped at a segment's close is in its last second."""
    rows = rows.with_columns(pl.lit(None).alias(name) for name in COLUMNS if name not in rows.columns)
    stamp = wall_clock(rows.schema["timestamp"])
    moment = (stamp - pl.lit(dt.datetime.combine(session.date, dt.time()))).dt.total_nanoseconds()
    clock = moment // 1_000_000_000
    second = pl.lit(None, pl.Int64)
    for start, end in session.segments:
        inside = (clock >= start) & (moment <= end * 1_000_000_000)
        second = pl.when(inside).then(pl.min_horizontal(clock, pl.lit(end - 1)) - session.open).otherwise(second)
    return (
        rows.select(*COLUMNS, second.cast(pl.Int32).alias("second"))
        .filter(pl.col("second").is_not_null())
        .with_columns(pl.col("close", "vol_delta", "oi", "bid", "ask").cast(pl.Float64).fill_nan(None))
    )


def _contracts(options: pl.DataFrame) -> tuple[Contracts, Int64Array]:
    """Lay out the contract axis; give each row its contract, or MISSING when its strike is left out."""
    days = options["expiry"].cast(pl.Date).to_physical().cast(pl.Int64).to_numpy()
    key = days << 32 | options["strike"].cast(pl.Int64).to_numpy()
    # Rows of a contract stand together, so a few hundred heads of runs have to be sorted instead of every row.
    heads = np.flatnonzero(np.diff(key, prepend=~key[:1]))
    found, which = np.unique(key[heads], return_inverse=True)
    pair = np.repeat(which, np.diff(heads, append=len(key)))
    priced = np.bincount(pair[options["close"].to_numpy() > 0], minlength=len(found)) > 0
    place = np.where(priced, np.cumsum(priced) - 1, MISSING)[pair]
    put = (options["opt_type"] == "PE").to_numpy()
    kept = found[priced]
    expiries, strikes = np.unique(kept >> 32, return_counts=True)
    axis = Contracts(
        tuple(dt.date(1970, 1, 1) + dt.timedelta(days=int(day)) for day in expiries),
        np.concatenate([[0], np.cumsum(2 * strikes)]).astype(np.int64),
        np.repeat((kept & 0xFFFFFFFF) * PAISE, 2).astype(np.int32),
        np.tile(np.array([CALL, PUT], np.int8), len(kept)),
    )
    return axis, np.where(place == MISSING, MISSING, 2 * place + put)


def _rows(frame: pl.DataFrame, contract: Int64Array) -> Rows:
    """Turn rows into integers; those whose contract is MISSING fall out."""
    kept = frame.filter(pl.Series(contract != MISSING))
    price = _paise(kept, "close", MISSING)
    rows = Rows(
        contract=contract[contract != MISSING],
        second=kept["second"].to_numpy(),
        price=np.where(price > 0, price, MISSING).astype(np.int32),
        units=_integers(kept["vol_delta"], _UNSAID),
        oi=_integers(kept["oi"], MISSING),
        bid=_quote(kept, "bid"),
        ask=_quote(kept, "ask"),
    )
    narrow = np.min_scalar_type(int(rows.contract.max(initial=0)))  # NumPy sorts up to 16 bits by radix
    order = np.argsort(rows.contract.astype(narrow), kind="stable")
    return Rows._make(column[order] for column in rows)


def _quote(rows: pl.DataFrame, side: str) -> Int32Array:
    price = _paise(rows, side, _UNSAID)
    return np.where((price <= 0) & (price != _UNSAID), MISSING, price).astype(np.int32)


def _paise(rows: pl.DataFrame, column: str, without: int) -> Int32Array:
    return _integers((rows[column] * PAISE).round(), without)


def _integers(values: pl.Series, without: int) -> Int32Array:
    """Integers of whole numbers, ``without`` for null; DataError when one does not fit into 32 bits."""
    numbers = values.fill_null(without).to_numpy()
    if len(numbers) and max(numbers.max(), -numbers.min()) > _LARGEST:
        largest = float(np.abs(numbers).max())
        raise DataError(f"{values.name} must be less than 2**31 (prices in paise), got {largest:.0f}", "bad_value")
    return numbers.astype(np.int32)


def _arrays(seen: list[Rows], base: Int64Array, strike: Int32Array, right: Int8Array, seconds: int) -> DayArrays:
    rows = Rows._make(np.concatenate(columns) for columns in zip(*seen, strict=True))
    count, priced = len(strike), rows.price != MISSING
    last = np.full((count, seconds), MISSING, np.int32)
    # Of several prices in one second the last one stays.
    last[rows.contract[priced], rows.second[priced]] = rows.price[priced]
    carry_forward(last)
    traded = (rows.units > 0) | (rows.units == _UNSAID)
    traded[np.flatnonzero(priced)[np.unique(rows.contract[priced], return_index=True)[1]]] = True
    return DayArrays(
        base=sealed(base),
        strike=sealed(strike),
        right=sealed(right),
        last=sealed(last),
        trades=_events(rows, np.maximum(rows.units, 0), traded, TOTAL, count),
        oi=_events(rows, rows.oi, rows.oi != MISSING, CHANGES, count),
        bid=_events(rows, rows.bid, rows.bid != _UNSAID, LATEST, count),
        ask=_events(rows, rows.ask, rows.ask != _UNSAID, LATEST, count),
    )


def _events(rows: Rows, value: Int32Array, kept: BoolArray, rule: int, contracts: int) -> Events:
    start = np.zeros(contracts + 1, np.int64)
    second, values = np.empty(len(value), np.int32), np.empty(len(value), np.int32)
    count = gather(rows.contract, rows.second, value, kept, rule, start, second, values)
    return Events(sealed(np.cumsum(start)), sealed(second[:count].copy()), sealed(values[:count].copy()))


def _spot(rows: pl.DataFrame, seconds: int) -> Reference | None:
    """Price and age of the index at each second; every row with a price counts as a trade."""
    price = _paise(rows, "close", MISSING)
    known = price > 0
    if not known.any():
        return None
    at = rows["second"].to_numpy()[known]
    grid = np.full((2, seconds), MISSING, np.int32)
    grid[0, at], grid[1, at] = price[known], at
    carry_forward(grid)
    age = np.where(grid[1] == MISSING, UNKNOWN_AGE, np.arange(seconds) - grid[1])
    return Reference(sealed(grid[0]), sealed(age.astype(np.int32)))
