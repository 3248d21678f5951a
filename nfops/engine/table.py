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
from nfops.types import KINDS, PAISE, REASONS, RIGHTS, Int64Array

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

_CONTRACT: Final = {name: SCHEMA[name] for name in ("symbol", "expiry", "right", "strike", "lot_size")}
"""Those that say what was traded."""


def fill_table(result: DayResult, day: ChainDay, facts: DayFacts, trial_ids: Int64Array) -> pl.DataFrame:
    """Describe the fills of a result; ``trial_ids`` (P,) names the trials of its block."""
    fills = result.fills
    clock = day.session.open + fills["fill_s"]
    named = pl.DataFrame(
        {
            "trial_id": trial_ids[fills["trial"]],
            "date": pl.repeat(day.date, len(fills), eager=True),
            "position": fills["position"],
            "leg": fills["leg"],
            "side": fills["side"],
            "lots": fills["lots"],
            "decision_s": fills["decision_s"],
            "fill_s": fills["fill_s"],
            "time": [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in clock.tolist()],
            "price_paise": fills["price_paise"],
            "age_s": fills["age_s"],
            "reason": [REASONS[reason] for reason in fills["reason"]],
            "kind": [KINDS[kind] for kind in fills["kind"]],
            **{f"{item}_paise": result.charges[:, at] for at, item in enumerate(ITEMS)},
        }
    )
    contracts = _contracts(day, facts)
    table = named.hstack(contracts[fills["contract"].astype(np.int64)])
    return table.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()).sort(
        "trial_id", "position", "fill_s", "leg", maintain_order=True
    )


def _options(day: ChainDay, facts: DayFacts) -> pl.DataFrame:
    """Describe the options on the contract axis, in its order."""
    arrays, count = day.arrays, int(day.arrays.base[-1])
    of_expiry = np.repeat(np.arange(len(day.expiries)), np.diff(arrays.base))
    return pl.DataFrame(
        {
            "symbol": [day.symbol] * count,
            "expiry": [day.expiries[at] for at in of_expiry],
            "right": [RIGHTS[right] for right in arrays.right[:count]],
            "strike": arrays.strike[:count].astype(np.int64) // PAISE,
            "lot_size": [facts.lot_sizes.get(day.expiries[at], 0) for at in of_expiry],
        },
        schema=_CONTRACT,
    )


def _contracts(day: ChainDay, facts: DayFacts) -> pl.DataFrame:
    """Likewise with what comes after them: the companion's, or what hedges are made of, a near future and the index."""
    if day.companion is not None:
        return pl.concat([_options(day, facts), _options(day.companion.day, day.companion.facts)])
    rights = ["SPOT"] if day.future_expiry is None else ["FUT", "SPOT"]
    others = [{"symbol": day.symbol, "right": right, "lot_size": 1} for right in rights]
    futures = pl.DataFrame(others, schema=_CONTRACT).with_columns(
        pl.when(pl.col("right") == "FUT").then(pl.lit(day.future_expiry, pl.Date)).alias("expiry")
    )
    return pl.concat([_options(day, facts), futures])
