"""What came of the chosen sets on the days that did not choose them, put together to one curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from nfops.errors import DataError
from nfops.metrics import METRICS, DailyResults, metrics
from nfops.types import MISSING, BoolArray, Int64Array

LAW: Final = 0.2
"""A Sharpe ratio that falls out of sample by more than this share of what it was in the sample is flagged."""

MONEY: Final = ("gross_paise", "cost_paise", "net_paise", "worst_mtm_paise", "best_mtm_paise", "capital_paise")
COUNTS: Final = ("n_positions", "n_fills", "n_skipped", "n_fallback", "n_stale_exit")
DAILY: Final = {
    "window": pl.Int64,
    "symbol": pl.String,
    "date": pl.Date,
    **dict.fromkeys((*MONEY, *COUNTS), pl.Int64),
    "counted": pl.Boolean,
}
"""Columns of the daily results of chosen sets; a day that is not counted leaves no trace in metrics or curve."""


def stitched(windows: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put the test days of all windows together.

    Parameters
    ----------
    windows
        Frames with the columns DAILY; no two of them share a date.

    Returns
    -------
    polars.DataFrame
        In order of date, with ``equity_paise``: the sum of ``net_paise`` over the counted days so far.

    Raises
    ------
    DataError
        With reason ``overlap`` when a date is in two windows: it would be earned twice.
    """
    whole = pl.concat([pl.DataFrame(schema=DAILY), *windows]).sort("date")
    if whole["date"].is_duplicated().any():
        twice = whole.filter(pl.col("date").is_duplicated())["date"][0]
        raise DataError(f"{twice} is a test day of two windows", "overlap")
    earned = pl.when("counted").then("net_paise").otherwise(0).cum_sum()
    return whole.with_columns(equity_paise=earned)


def metrics_of(daily: pl.DataFrame) -> dict[str, float | None]:
    """Give all metrics (``nfops.metrics.METRICS``) of daily results with the columns DAILY, over the counted days."""
    table = metrics(
        DailyResults(
            gross_paise=_row(daily, "gross_paise"),
            cost_paise=_row(daily, "cost_paise"),
            n_positions=_row(daily, "n_positions"),
            capital_paise=_row(daily, "capital_paise"),
            n_fallback=_row(daily, "n_fallback"),
            n_stale_exit=_row(daily, "n_stale_exit"),
            skips={},
            kept=_kept(daily),
        )
    )
    return table.select(METRICS).row(0, named=True)


def dropped(inside: float | None, outside: float | None) -> bool | None:
    """Say whether a ratio fell out of sample by more than LAW of what it was inside; None where one is unknown."""
    if inside is None or outside is None:
        return None
    return inside - outside > LAW * abs(inside)


def _row(daily: pl.DataFrame, name: str) -> Int64Array:
    return daily[name].fill_null(MISSING).to_numpy()[None, :]


def _kept(daily: pl.DataFrame) -> BoolArray:
    return daily["counted"].to_numpy()[None, :]
