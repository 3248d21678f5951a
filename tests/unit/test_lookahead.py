"""The check finds what looks ahead, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nfops.daycache import ChainDay, DayRows, build_day
from nfops.errors import ConfigError
from nfops.lookahead import LookaheadReport, look_ahead
from nfops.strategies import REGISTRY
from tests.days import DATE, MARKET, market_rows, options, spot

LATER = {"short_straddle": "spot", "momentum_scalp": "spot", "short_strangle": "options"}
"""Strategies, and what a cheat lets them see early."""


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the packed days be one random market."""
    rows, index = market_rows(5, every=20)
    made = DayRows(options(rows).sort("strike", "opt_type", "timestamp"), spot(index), None)

    def given(*_: object) -> Iterator[tuple[Any, DayRows]]:
        yield DATE, made

    monkeypatch.setattr("nfops.lookahead.day_rows", given)


def check(name: str) -> LookaheadReport:
    return look_ahead(Path(), "NIFTY", MARKET, REGISTRY[name], [DATE], changes=6, sets=24, seed=3)


@pytest.mark.parametrize("name", LATER)
def test_an_honest_day_has_no_finding_and_was_traded(name: str) -> None:
    report = check(name)
    assert report.dependencies == ()
    assert report.compared > 100
    assert (report.days, report.changes) == (1, 6)


@pytest.mark.parametrize("name", LATER)
def test_prices_shown_ten_minutes_early_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def early(symbol: str, session: Any, *rows: pl.DataFrame, data_hash: str) -> ChainDay:
        frames = DayRows(*rows)
        cheat = getattr(frames, LATER[name]).with_columns(pl.col("timestamp").dt.offset_by("-10m"))
        return build_day(symbol, session, *frames._replace(**{LATER[name]: cheat}), data_hash=data_hash)

    monkeypatch.setattr("nfops.lookahead.build_day", early)
    report = check(name)
    assert report.dependencies
    first = report.dependencies[0]
    assert first.date == DATE
    assert first.before != first.after


def test_prices_that_are_filled_backwards_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def backwards(symbol: str, session: Any, *rows: pl.DataFrame, data_hash: str) -> ChainDay:
        """Let the first hour of each contract show its last price of the day."""
        frames = DayRows(*rows)
        hour = pl.col("timestamp").dt.truncate("1d").dt.offset_by(f"{session.open + 3600}s")
        of_contract = pl.col("close").last().over("strike", "opt_type")
        filled = pl.when(pl.col("timestamp") < hour).then(of_contract).otherwise("close").alias("close")
        return build_day(
            symbol, session, *frames._replace(options=frames.options.with_columns(filled)), data_hash=data_hash
        )

    monkeypatch.setattr("nfops.lookahead.build_day", backwards)
    assert check("short_strangle").dependencies


def test_a_strategy_of_two_indices_is_refused() -> None:
    with pytest.raises(ConfigError, match="trades two indices"):
        check("dispersion")
