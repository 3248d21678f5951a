"""Fills as the rows of ``fills.parquet`` (SPEC 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from nfops.costs import ITEMS
from nfops.daycache import ChainDay
from nfops.engine.result import DayResult
from nfops.market import DayFacts
from nfops.types import KINDS, MISSING, PAISE, REASONS, RIGHTS, Int64Array

SCHEMA: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "trial_id": pl.Int64,
    "date": pl.Date,
    "position": pl.Int64,
    "leg": pl.Int64,
    "symbol": pl.String,
    "expiry": pl.Date,
    "right": pl.String,
    "strike": pl.Int64,
    "side": pl.Int64,
    "lots": pl.Int64,
    "lot_size": pl.Int64,
    "decision_s": pl.Int64,
    "fill_s": pl.Int64,
    "time": pl.String,
    "price_paise": pl.Int64,
    "age_s": pl.Int64,
    "reason": pl.String,
    "kind": pl.String,
    **{f"{item}_paise": pl.Int64 for item in ITEMS},
}
"""Columns of the blotter and their types."""

Described: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""Columns of some fills, as NumPy has them."""


def fill_table(result: DayResult, day: ChainDay, facts: DayFacts, trial_ids: Int64Array) -> pl.DataFrame:
    """Describe the fills of a result; ``trial_ids`` (P,) names the trials of its block."""
    return blotter([described(result, day, facts, trial_ids)])


def blotter(parts: Sequence[Described]) -> pl.DataFrame:
    """Put the described fills of several days into one table, by trial and in the order of execution.

    One table of many days is made far sooner than as many tables.
    """
    if not parts:
        return pl.DataFrame(schema=SCHEMA)
    table = pl.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    return (
        table.with_columns(
            time=pl.from_epoch("time").dt.strftime("%H:%M:%S"),
            strike=pl.when(pl.col("strike") != MISSING).then("strike"),
        )
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
        .sort("trial_id", "date", "position", "fill_s", "leg", maintain_order=True)
    )


def described(result: DayResult, day: ChainDay, facts: DayFacts, trial_ids: Int64Array) -> Described:
    """Describe the fills of a result for :func:`blotter`; ``trial_ids`` (P,) names the trials of its block."""
    fills = result.fills
    contracts = _contracts(day, facts)
    return {
        "trial_id": trial_ids[fills["trial"]],
        "date": np.full(len(fills), np.datetime64(day.date)),
        **{name: fills[name] for name in ("position", "leg", "side", "lots", "decision_s", "fill_s")},
        "time": day.session.open + fills["fill_s"].astype(np.int64),
        "price_paise": fills["price_paise"],
        "age_s": fills["age_s"],
        "reason": np.array(REASONS)[fills["reason"]],
        "kind": np.array(KINDS)[fills["kind"]],
        **{f"{item}_paise": result.charges[:, at] for at, item in enumerate(ITEMS)},
        **{name: column[fills["contract"]] for name, column in contracts.items()},
    }


def _contracts(day: ChainDay, facts: DayFacts) -> Described:
    """Describe what is traded, in the order of the contract axis: ``(C,)`` each.

    After the options come the companion's, or what hedges are made of: a near future, and the index.
    """
    options = _options(day, facts)
    if day.companion is not None:
        others = _options(day.companion.day, day.companion.facts)
    else:
        rights = ["SPOT"] if day.future_expiry is None else ["FUT", "SPOT"]
        expiries = [None] if day.future_expiry is None else [day.future_expiry, None]
        count = len(rights)
        others = _contract(day.symbol, expiries, rights, np.full(count, MISSING), np.ones(count, np.int64))
    return {name: np.concatenate([column, others[name]]) for name, column in options.items()}


def _options(day: ChainDay, facts: DayFacts) -> Described:
    arrays, count = day.arrays, int(day.arrays.base[-1])
    of_expiry = np.repeat(np.arange(len(day.expiries)), np.diff(arrays.base))
    lots = np.array([facts.lot_sizes.get(expiry, 0) for expiry in day.expiries], np.int64)
    strikes = arrays.strike[:count].astype(np.int64) // PAISE
    rights = np.array(RIGHTS)[arrays.right[:count]]
    return _contract(day.symbol, np.array(day.expiries, "datetime64[D]")[of_expiry], rights, strikes, lots[of_expiry])


def _contract(symbol: str, expiry: Any, right: Any, strike: Int64Array, lot_size: Int64Array) -> Described:
    return {
        "symbol": np.full(len(strike), symbol),
        "expiry": np.array(expiry, "datetime64[D]"),
        "right": np.array(right),
        "strike": strike,
        "lot_size": lot_size,
    }
