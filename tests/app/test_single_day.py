"""One set on one day: the terminal shows its trades, the folder its chart."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from nfops.report import write_report
from sweeps import run
from sweeps.finished import Sweep
from tests import legacy_files as old

DAY = "2023-11-06"
FIXED = ("symbol=NIFTY", f"span.start={DAY}", f"span.end={DAY}", "record=none", "executor=local")

pytestmark = pytest.mark.slow


@pytest.fixture
def into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay out a day whose premiums fall by a rupee a minute; give the folder for a sweep."""
    monkeypatch.setenv("COLUMNS", "80")
    clocks = [f"{DAY} {(555 + minute) // 60:02d}:{(555 + minute) % 60:02d}:00" for minute in range(375)]
    for right in ("CE", "PE"):
        rows = [(clock, 500.0 - minute, 50) for minute, clock in enumerate(clocks)]
        old.option(tmp_path, "NIFTY", "2023-11-09", right, 19400, rows)
    old.spot(tmp_path, "NIFTY", DAY, [(clock, 19400.0) for clock in clocks])
    return tmp_path / "sweep"


def where(into: Path) -> tuple[str, ...]:
    return f"paths.data={into.parent}", f"paths.sweep={into}", "data.allow_legacy_close=true"


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        # Sold for 395 at 11:00:01, 105 minutes in; a tenth less than 790 is reached when each costs 355 (11:40).
        ((), ("All 4 fills", "11:00:01 entry sell 19400 CE 09Nov 1 ₹394.95", "target buy 19400 PE 09Nov 1 ₹355.05")),
        (("strategy.entry.at=08:00",), ("nothing was traded; skipped: outside_session (1)",)),
    ],
)
def test_the_trades_of_one_day_are_printed_and_drawn(
    into: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], lines: tuple[str, ...]
) -> None:
    assert run.main([*FIXED, *where(into), *words]) == run.DONE
    shown = " ".join(capfd.readouterr().out.split())
    for line in lines:
        assert line in shown
    assert "chart: " in shown
    assert (into / "day.html").is_file()
    assert (into / "figures" / "day.png").is_file()


def test_several_sets_or_days_have_no_such_page(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sweep, "daily", property(lambda _: pytest.fail("who has many sets waits for all their days")))
    assert run.main(["-m", *FIXED, *where(into), "strategy.exit.stop_pct=10,20"]) == run.DONE
    assert not (into / "day.html").exists()


HEDGED = ("strategy=gamma_scalp", "strategy.entry.anchors=[10:00]", "strategy.exit.stop_pct=null")


def test_a_hedged_day_says_where_its_result_came_from(into: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run.main([*FIXED, *where(into), *HEDGED]) == run.DONE
    shown = capfd.readouterr().out
    assert "Where the result came from, in rupees" in shown
    assert all(part in shown for part in ("theta", "residual"))
    assert "Where it came from" in (into / "day.html").read_text(encoding="utf-8")


def test_a_hedged_sweep_explains_its_best_trial_to_the_paisa(into: Path) -> None:
    words = [
        "-m",
        *FIXED,
        *where(into),
        *HEDGED,
        "strategy.hedge.hedge_s=60,600",
        "strategy.lots=1,2",
        "objective=total",
    ]
    assert run.main(words) == run.DONE
    parts = pl.read_parquet(into / "attribution.parquet")
    best = pl.read_parquet(into / "trials.parquet").sort("total", descending=True)["trial_id"][0]
    daily = pl.read_parquet(into / "daily.parquet").filter(pl.col("trial_id") == best)
    assert parts["trial_id"].unique().to_list() == [best]
    assert parts["net_paise"].sum() == daily["net_paise"].sum() != 0
    sums = parts.select(pl.sum_horizontal(pl.col("^.*_paise$").exclude("net_paise"))).to_series()
    assert sums.to_list() == parts["net_paise"].to_list()
    # Premiums only fall: bought options lose by time and volatility.
    assert parts["theta_paise"].sum() < 0
    assert "came from" in write_report(into).read_text(encoding="utf-8")


def test_without_a_hedge_nothing_is_explained(into: Path) -> None:
    assert run.main(["-m", *FIXED, *where(into), "strategy.exit.stop_pct=10,20"]) == run.DONE
    assert not (into / "attribution.parquet").exists()
    assert "came from" not in write_report(into).read_text(encoding="utf-8")
