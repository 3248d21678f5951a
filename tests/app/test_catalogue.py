"""Every configuration of the catalogue runs on simulated days, and most of them trade there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nfops.market import Market
from nfops.packing import pack
from nfops.synth import synthesize
from sweeps import run
from sweeps.catalogue import catalogue
from sweeps.home import folder

RUNNABLE = [variant for family in catalogue() for variant in family.variants if variant.run]
BEFORE, FIRST, LAST = dt.date(2024, 1, 30), dt.date(2024, 1, 31), dt.date(2024, 2, 1)
"""The last day is a Budget and an expiry of NIFTY."""

IDLE = {
    "dispersion_short_index", "dispersion_long_index", "cross_sell_banknifty", "cross_sell_nifty",  # no history
    "calendar", "term_front_long", "diagonal",  # the simulator has no next weekly expiry
    "event_crush_sell", "month_roll", "event_avoid",  # no such day among these two
}  # fmt: skip
"""Those that cannot trade on these days whatever the market does."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two indices, packed, on three simulated days."""
    made, market = tmp_path_factory.mktemp("catalogue"), Market.load(folder("meta"))
    for symbol in ("NIFTY", "BANKNIFTY"):
        synthesize(symbol, BEFORE, LAST, made / "raw" / symbol, market=market, workers=2)
        pack([made / "raw" / symbol], "nfopslab", symbol, made, market, workers=2)
    return made


def swept(root: Path, into: Path, words: list[str]) -> tuple[int, pl.DataFrame]:
    """Run a sweep on the last two days; give the exit code and its trials."""
    span = ["symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}", "executor=local", "record=none"]
    named = {word.partition("=")[0] for word in words}
    span = [word for word in span if word.partition("=")[0] not in named]
    code = run.main(["-m", *span, *words, f"paths.data={root}", f"paths.sweep={into}"])
    return code, pl.read_parquet(into / "trials.parquet") if (into / "trials.parquet").exists() else pl.DataFrame()


@pytest.fixture(scope="module")
def traded(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Positions of each configuration, all trials together."""
    found = {}
    for variant in RUNNABLE:
        into = tmp_path_factory.mktemp("runs") / variant.name
        code, trials = swept(root, into, variant.run.split())
        assert code == run.DONE, variant
        assert json.loads((into / "sweep.json").read_text())["status"] == "ok"
        skips = sum(trials[name].sum() for name in trials.columns if name.startswith("skip_"))
        found[variant.name] = int(trials["n_trades"].sum())
        assert found[variant.name] + skips > 0 or variant.name in quiet(), variant
    return found


def quiet() -> set[str]:
    """Those that may have had nothing to enter, and so nothing to skip."""
    return {"iv_rv", "iv_rv_sell", "iv_rv_buy", "orb", "vwap_mr", "oi_shift", "oi_against", "oi_divergence"}


def test_every_configuration_composes_and_runs(traded: dict[str, int]) -> None:
    assert list(traded) == [variant.name for variant in RUNNABLE]


def test_most_configurations_trade(traded: dict[str, int]) -> None:
    idle = {name for name, positions in traded.items() if not positions}
    assert idle >= IDLE - {"event_avoid"}
    assert len(idle) <= 22, idle


def test_families_that_can_be_run_trade(traded: dict[str, int]) -> None:
    """All but those that look at the other index' past."""
    for family in catalogue():
        names = [variant.name for variant in family.variants if variant.run and variant.name not in IDLE]
        assert not names or any(traded[name] for name in names), family.name


def gap(root: Path) -> float:
    """Gap of the first day in percent, read from the packed index."""
    last, first = (
        pl.read_parquet(next((root / "packed" / "spot" / "NIFTY").rglob(f"date={day}/ticks.parquet")))["close"]
        for day in (BEFORE, FIRST)
    )
    return 100 * (round(first[0], 2) / round(last[-1], 2) - 1)


def test_a_gap_is_that_of_the_packed_days_before(root: Path, tmp_path: Path) -> None:
    """With a bound a hundredth below the gap of one day it is traded, a hundredth above it is not."""
    known = gap(root)
    bounds = [round(known - 0.011, 2), round(known + 0.011, 2)]
    words = ["strategy=short_straddle", f"span.end={FIRST}", f"strategy.filters.gap_min={bounds[0]},{bounds[1]}"]
    code, trials = swept(root, tmp_path / "gap", words)
    assert code == run.DONE
    assert trials["n_trades"].to_list() == [1, 0]
    assert trials["skip_filter_gap"].to_list() == [0, 1]


def test_ranks_of_volatility_look_back_on_packed_days(root: Path, tmp_path: Path) -> None:
    """The second day has two days before it, the first only one: too few of four, enough of two."""
    words = ["strategy=short_straddle", "strategy.filters.iv_rank_min=0,100", "strategy.filters.iv_rank_days=2,4,5"]
    code, trials = swept(root, tmp_path / "rank", words)
    assert code == run.DONE
    assert trials["strategy.filters.iv_rank_days"].to_list() == [2, 4, 5] * 2
    assert trials["n_trades"][:3].to_list() == [2, 1, 0]
    assert trials["skip_no_history"].to_list() == [0, 1, 2] * 2
    highest = trials["n_trades"][3:5] + trials["skip_filter_iv_rank"][3:5]
    assert highest.to_list() == [2, 1]


def test_dispersion_sees_nothing_that_comes_in_either_index(
    root: Path, nfops: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 says that something was traded and that nothing of it changed."""
    words = ("--symbol", "BANKNIFTY", "--data", str(root), "--days", "1", "--changes", "2", "--sets", "8")
    assert nfops("lookahead", "dispersion", *words) == 0
    told = " ".join(capfd.readouterr().out.split())
    # Two seconds; after each BANKNIFTY, NIFTY and both are rewritten.
    assert "1 days, 6 changes of the future" in told
    assert told.endswith("all the same")
