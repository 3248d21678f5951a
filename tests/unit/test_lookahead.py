"""The check finds what looks ahead, and only that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nfops.daycache import ChainDay, DayRows, build_day
from nfops.engine import DayResult, run_day
from nfops.errors import ConfigError
from nfops.lookahead import LookaheadReport, look_ahead
from nfops.strategies import REGISTRY, Strategy
from nfops.strategies.entry.clock import AT
from nfops.strategies.legs import LEG_RULES, Codes
from nfops.strategies.signals import EntryRule, Signals, View, at_clock, is_open, outside
from tests.days import DATE, MARKET, market_rows, options, spot

LATER = {"short_straddle": "spot", "momentum_scalp": "spot", "short_strangle": "options"}
"""Strategies, and what a cheat lets them see early."""


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the packed days of each index be one random market."""

    def given(_root: Path, symbol: str, *_: object) -> Iterator[tuple[Any, DayRows]]:
        rows, index = market_rows({"NIFTY": 5, "BANKNIFTY": 6}[symbol], every=20)
        near = options(rows).with_columns(pl.lit(MARKET.expiry(symbol, DATE, "0")).alias("expiry"))
        yield DATE, DayRows(near.sort("strike", "opt_type", "timestamp"), spot(index), None)

    monkeypatch.setattr("nfops.lookahead.day_rows", given)


def check(strategy: Strategy | str, symbol: str = "NIFTY", changes: int = 6) -> LookaheadReport:
    strategy = REGISTRY[strategy] if isinstance(strategy, str) else strategy
    return look_ahead(Path(), symbol, MARKET, strategy, [DATE], changes=changes, sets=24, seed=3)


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


def test_two_indices_are_rewritten_each_alone_and_together(monkeypatch: pytest.MonkeyPatch) -> None:
    traded: list[DayResult] = []

    def counted(*given: Any) -> DayResult:
        traded.append(run_day(*given))
        return traded[-1]

    monkeypatch.setattr("nfops.lookahead.run_day", counted)
    report = check("dispersion", "BANKNIFTY")
    assert report.dependencies == ()
    assert (report.days, report.changes) == (1, 6 * 3)
    # Once as it is, then with every change; sets trade, and all four legs.
    assert len(traded) == 1 + report.changes
    assert (traded[0].n_positions > 0).sum() >= 8
    assert set(traded[0].fills["leg"]) == {0, 1, 2, 3}
    assert report.compared > 500


EARLY_S = 7_200


def peeking(at: int) -> Strategy:
    """Trade two indices by which way one of them, the companion for 1, goes in the next two hours."""

    def find(view: View, codes: Codes) -> Signals:
        clock = codes[AT.path]
        if not is_open(view, clock):
            return outside()
        second, seen = view.second(clock), (view, view.companion)[at]
        assert seen is not None
        later = min(second + EARLY_S, view.day.seconds - 1)
        rises = seen.ref.price[later] > seen.ref.price[second]
        return at_clock(view, clock, direction=1 if rises else -1)

    rule = EntryRule("peek", "sees what comes", (AT,), find, companion={"BANKNIFTY": "NIFTY"}, gives="direction")
    return Strategy("peek", 1, "cheats", rule, LEG_RULES["two_pairs"], {"strategy.entry.at": "12:00"})


@pytest.mark.parametrize(("at", "name"), [(0, "BANKNIFTY"), (1, "NIFTY")])
def test_an_entry_that_sees_what_one_of_two_indices_will_do_is_caught(at: int, name: str) -> None:
    found = check(peeking(at), "BANKNIFTY", changes=12).dependencies
    assert {one.rewritten for one in found} == {(name,), ("BANKNIFTY", "NIFTY")}
    for one in found:
        # What was rewritten is what the set that is named saw early: the two hours after its decision.
        decided, changed = (seconds(clock) for clock in (one.setting.get(AT.path, "12:00"), one.changed_after))
        assert decided <= changed < decided + EARLY_S
        assert one.date == DATE
        assert one.before != one.after


def seconds(clock: Any) -> int:
    hours, minutes, rest = (*map(int, clock.split(":")), 0)[:3]
    return hours * 3600 + minutes * 60 + rest


def test_a_strategy_of_two_indices_starts_from_the_right_one() -> None:
    with pytest.raises(ConfigError, match="dispersion starts from BANKNIFTY, not from NIFTY"):
        check("dispersion", "NIFTY")
