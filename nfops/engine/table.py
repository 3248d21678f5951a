"""Fills as the rows of ``fills.parquet`` (SPEC 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from nfops.costs import ITEMS
from nfops.daycache import ChainDay
from nfops.engine.result import DayResult
from nfops.market import DayFacts
from nfops.types import KINDS, REASONS, RIGHTS, Int64Array

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


def fill_table(result: DayResult, day: ChainDay, facts: DayFacts, trial_ids: Int64Array) -> pl.DataFrame:
    """Describe the fills of a result; ``trial_ids`` (P,) names the trials of its block."""
    fills, arrays = result.fills, day.arrays
    contract = fills["contract"]
    option = contract < arrays.base[-1]
    of_expiry = np.searchsorted(arrays.base, contract, side="right") - 1
    expiries = [*day.expiries, day.future_expiry]
    lots = [facts.lot_sizes.get(expiry, 0) if expiry else 0 for expiry in expiries]
    clock = day.session.open + fills["fill_s"]
    columns: Mapping[str, object] = {
        "trial_id": trial_ids[fills["trial"]],
        "date": pl.repeat(day.date, len(fills), eager=True),
        "position": fills["position"],
        "leg": fills["leg"],
        "symbol": pl.repeat(day.symbol, len(fills), eager=True),
        "expiry": [expiries[at] for at in of_expiry],
        "right": [RIGHTS[right] for right in arrays.right[contract]],
        "strike": pl.Series(arrays.strike[contract] // 100).set(pl.Series(~option), None),
        "side": fills["side"],
        "lots": fills["lots"],
        "lot_size": [lots[at] for at in of_expiry],
        "decision_s": fills["decision_s"],
        "fill_s": fills["fill_s"],
        "time": [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in clock.tolist()],
        "price_paise": fills["price_paise"],
        "age_s": fills["age_s"],
        "reason": [REASONS[reason] for reason in fills["reason"]],
        "kind": [KINDS[kind] for kind in fills["kind"]],
        **{f"{item}_paise": result.charges[:, at] for at, item in enumerate(ITEMS)},
    }
    return pl.DataFrame(columns, SCHEMA, strict=False).sort(
        "trial_id", "position", "fill_s", "leg", maintain_order=True
    )
