"""Contracts that the old scripts filed under a wrong expiry, because their calendar was wrong (SPEC 2.8, 5).

A run asks for contracts by the true calendar, so under their wrong date they would never be found, and yet make their
days those of old files.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from nfops.errors import DataError
from nfops.market import Market, Ticker


def refiled(rows: pl.DataFrame, symbol: str, market: Market) -> pl.DataFrame:
    """Move option rows of no expiry of the calendar to the expiry that their contract had.

    Parameters
    ----------
    rows
        Packed option rows with their ``date``.

    Returns
    -------
    The rows; those that were moved come last, in order of time. A row is left out where its contract has rows of the
    same date under the right expiry: those were packed from better sources.
    """
    right = {expiry: _meant(expiry, symbol, market) for expiry in rows["expiry"].unique().to_list()}
    wrong = {expiry: meant for expiry, meant in right.items() if meant != expiry}
    if not wrong:
        return rows
    away = pl.col("expiry").is_in(pl.Series(list(wrong), dtype=pl.Date).implode())
    stay, moved = rows.filter(~away), rows.filter(away).with_columns(pl.col("expiry").replace(wrong))
    contract = ["date", "expiry", "strike", "opt_type"]
    moved = moved.join(stay.select(contract).unique(), on=contract, how="anti", maintain_order="left")
    return pl.concat([stay, moved.sort("timestamp", maintain_order=True)])


def near_future(rows: pl.DataFrame, near: dt.date) -> pl.DataFrame:
    """Give a date's rows of the near future, which expires at ``near``.

    The old scripts packed one future a date, the near one, under the expiry of their calendar: where nothing is filed
    under the right expiry, rows of no kind are of that contract.
    """
    ours = rows.filter(pl.col("expiry") == near)
    if ours.height or "kind" not in rows.columns:
        return ours if ours.height else _renamed(rows, near)
    return _renamed(rows.filter(pl.col("kind").is_null()), near)


def _renamed(rows: pl.DataFrame, near: dt.date) -> pl.DataFrame:
    first = rows.filter(pl.col("expiry") == pl.col("expiry").min())
    return first.with_columns(pl.lit(near).alias("expiry"))


def _meant(expiry: dt.date, symbol: str, market: Market) -> dt.date:
    """Give the true expiry of a contract filed under a date; the date itself where no contract can be meant."""
    if expiry in market.expiries(symbol, expiry, 1):
        return expiry
    try:
        return market.contract_expiry(Ticker(symbol, expiry.year, expiry.month, expiry.day, None, ""))
    except DataError:
        return expiry
