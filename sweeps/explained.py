"""Where the result of a hedged trial came from: its fills, explained on the days they were made on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import polars as pl

from nfops.daycache import ChainDay
from nfops.report.attribution import SCHEMA, explain_day
from nfops.strategies.hedge import EVERY
from sweeps.config import SweepConfig

MAX_AGE = "fills.max_age_s"


def explained(
    config: SweepConfig, trial_id: int, fills: pl.DataFrame, load: Callable[[dt.date], ChainDay]
) -> pl.DataFrame:
    """Explain the fills of one trial; no rows unless it is hedged.

    Parameters
    ----------
    fills
        The blotter of the sweep; rows of other trials are not looked at.
    load
        Gives a day.
    """
    set_of = config.grid.block(trial_id, trial_id + 1).decoded(0)
    every, age = set_of.get(EVERY), set_of[MAX_AGE]
    tables = [pl.DataFrame(schema=SCHEMA)]
    if isinstance(every, int) and isinstance(age, int):
        mine = fills.filter(pl.col("trial_id") == trial_id)
        for (date,), rows in mine.group_by("date", maintain_order=True):
            assert isinstance(date, dt.date)  # noqa: S101 - the column's type
            facts = config.market.facts(config.symbol, date)
            tables.append(explain_day(load(date), facts, rows, every, age))
    return pl.concat(tables)
