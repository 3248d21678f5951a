"""Where the profit of a hedged position came from, in whole paise (docs/hedging.md).

Looks are the seconds in which the hedge looks at the delta, and those of every fill. Between them each option is worked
out anew by :mod:`nfops.pricing.attribution`, on its last prices and the parity forward of its expiry; the hedge is
marked at its last prices. What fills were worse than the last price is ``slippage``. Every part is rounded half-up to
the paisa for the whole position, and ``residual`` is what is left of the net result: so the parts always add up to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import polars as pl

from nfops.daycache import ChainDay
from nfops.daycache.reference import parity_forward
from nfops.market import DayFacts
from nfops.pricing.attribution import attribute
from nfops.report.contracts import last_of
from nfops.report.tables import CHARGES, Table
from nfops.report.words import rupees
from nfops.strategies.choosing import YEAR_S
from nfops.types import MISSING, PAISE, FloatArray, Int32Array, Int64Array

PARTS: Final = ("gamma", "theta", "vega", "delta", "hedge", "slippage", "cost", "residual")
MEANING: Final = {
    "gamma": "curvature of the options",
    "theta": "time gone by",
    "vega": "change of implied volatility",
    "delta": "options with the forward",
    "hedge": "the hedge, at last prices",
    "slippage": "fills worse than the last price",
    "cost": "charges",
    "residual": "not explained",
}
SCHEMA: Final = {
    "trial_id": pl.Int64,
    "date": pl.Date,
    "position": pl.Int64,
    **{f"{part}_paise": pl.Int64 for part in PARTS},
    "net_paise": pl.Int64,
}
"""Columns of ``attribution.parquet``; the parts of a row add up to its ``net_paise``."""


def explain_day(day: ChainDay, facts: DayFacts, fills: pl.DataFrame, every_s: int, max_age_s: int) -> pl.DataFrame:
    """Split the result of every position of one trial on a day.

    Parameters
    ----------
    fills
        Rows of the blotter of the trial on the day, of one index.
    every_s, max_age_s
        Seconds between two looks of the hedge, and the greatest age of a price in the forward.

    Returns
    -------
    polars.DataFrame
        A row a position, columns SCHEMA.
    """
    rows = [
        _explained(day, facts, position, every_s, max_age_s)
        for _, position in fills.group_by("position", maintain_order=True)
    ]
    return pl.DataFrame(rows, schema=SCHEMA).sort("position")


def _explained(day: ChainDay, facts: DayFacts, fills: pl.DataFrame, every_s: int, max_age_s: int) -> dict[str, Any]:
    first, last = int(fills["fill_s"].min()), int(fills["fill_s"].max())  # type: ignore[arg-type]
    looks = np.unique([*range(first, last, every_s), *fills["fill_s"]]).astype(np.int64)
    found = dict.fromkeys(PARTS, 0.0)
    gross = 0
    for (expiry, right, strike), mine in fills.group_by("expiry", "right", "strike", maintain_order=True):
        prices = last_of(day, expiry, str(right), strike)
        flow = (mine["side"] * mine["lots"] * mine["lot_size"]).to_numpy()
        at_last = prices[mine["fill_s"].to_numpy()].astype(np.int64)
        paid = mine["price_paise"].to_numpy()
        gross -= int((flow * paid).sum())
        found["slippage"] += int((flow * (at_last - paid)).sum())
        if strike is None:
            found["hedge"] -= int((flow * at_last).sum())
            continue
        made = np.searchsorted(mine["fill_s"].to_numpy(), looks[:-1], side="right")
        held = np.append(0, np.cumsum(flow))[made]
        place = day.expiries.index(expiry)
        forward = np.array([parity_forward(day.arrays, place, look, max_age_s) for look in looks.tolist()])
        years = (facts.seconds_to_expiry(expiry) - looks) / YEAR_S
        sign = 1 if right == "CE" else -1
        parts = attribute(_known(prices[looks]), _known(forward), years, float(strike * PAISE), sign, held)
        for part, money in parts._asdict().items():
            found[part] += money
    found["cost"] = -sum(int(fills[column].sum()) for column in CHARGES)
    net = gross + int(found["cost"])
    whole = {part: math.floor(money + 0.5) for part, money in found.items()}
    whole["residual"] = net - sum(whole.values())
    head = {name: fills[name][0] for name in ("trial_id", "date", "position")}
    return {**head, **{f"{part}_paise": money for part, money in whole.items()}, "net_paise": net}


def _known(paise: Int32Array | Int64Array) -> FloatArray:
    return np.where(paise == MISSING, np.nan, paise).astype(np.float64)


def attribution_table(rows: pl.DataFrame, caption: str) -> Table:
    """Show the parts of all positions together, and of each when there are several."""
    positions = list(rows.iter_rows(named=True))
    columns = [_sums(positions), *(positions if 1 < len(positions) <= 8 else [])]
    heads = ("all positions", *(f"position {row['position']}" for row in columns[1:]))
    lines = tuple(
        (part, MEANING.get(part, ""), *(rupees(row[f"{part}_paise"] / PAISE, 2) for row in columns))
        for part in (*PARTS, "net")
    )
    return Table(caption, ("part", "of", *heads), lines, 2)


def _sums(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    rows = list(rows)
    return {f"{part}_paise": sum(row[f"{part}_paise"] for row in rows) for part in (*PARTS, "net")}
