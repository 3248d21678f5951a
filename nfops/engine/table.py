"""Fills as the rows of ``fills.parquet`` (SPEC 10)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from nfops.costs import ITEMS
from nfops.daycache import ChainDay
from nfops.engine.result import DayResult
from nfops.market import DayFacts
from nfops.types import KINDS, REASONS, RIGHTS, Int64Array

SORTED = ("trial_id", "date", "position", "fill_s", "leg")


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
        "position": fills["position"].astype(np.int64),
        "leg": fills["leg"].astype(np.int64),
        "symbol": pl.repeat(day.symbol, len(fills), eager=True),
        "expiry": pl.Series([expiries[at] for at in of_expiry], dtype=pl.Date),
        "right": pl.Series([RIGHTS[right] for right in arrays.right[contract]], dtype=pl.String),
        "strike": pl.Series(arrays.strike[contract] // 100).set(pl.Series(~option), None).cast(pl.Int64),
        "side": fills["side"].astype(np.int64),
        "lots": fills["lots"].astype(np.int64),
        "lot_size": pl.Series([lots[at] for at in of_expiry], dtype=pl.Int64),
        "decision_s": fills["decision_s"].astype(np.int64),
        "fill_s": fills["fill_s"].astype(np.int64),
        "time": pl.Series(
            [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in clock.tolist()], dtype=pl.String
        ),
        "price_paise": fills["price_paise"].astype(np.int64),
        "age_s": fills["age_s"].astype(np.int64),
        "reason": pl.Series([REASONS[reason] for reason in fills["reason"]], dtype=pl.String),
        "kind": pl.Series([KINDS[kind] for kind in fills["kind"]], dtype=pl.String),
        **{f"{item}_paise": result.charges[:, at] for at, item in enumerate(ITEMS)},
    }
    return pl.DataFrame(columns).sort("trial_id", "position", "fill_s", "leg", maintain_order=True)
