"""A race from the command line: who stays has the numbers of the whole sweep, who is dropped has none."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from nfops.metrics import METRICS
from nfops.report import write_report
from sweeps import run
from sweeps.race import LEAST
from tests.simulated import FIRST, LAST
from tests.sweeping import digests

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

AXES = (
    "strategy.entry.at=09:30,10:00,11:00,12:00,13:00",
    "strategy.exit.stop_pct=interval(5,30)",
    "strategy.exit.target_pct=5,10,20,null",
)
"""120 combinations on six days: after two days 60 stay, after four 30."""

RACE = ("search.race_days=2", "objective=total")


def sweep(root: Path, into: Path, *words: str) -> int:
    """Run the sweep; return the exit code."""
    span = ("symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}", "record=none", "executor=local", "block_size=32")
    return run.main(["-m", *span, f"paths.data={root}", f"paths.sweep={into}", *AXES, *words])


def staying(whole: Path, order: list[int], rounds: tuple[tuple[int, int], ...]) -> list[int]:
    """Trials of the whole sweep that stay when, after so many days, so many with the highest sums of net go on."""
    daily = pl.read_parquet(whole / "daily.parquet")
    dates = daily["date"].unique().sort()
    for days, count in rounds:
        rows = daily.filter(pl.col("date").is_in(dates[:days].implode()) & pl.col("trial_id").is_in(order))
        totals = rows.group_by("trial_id").agg(pl.col("net_paise").sum())
        order = totals.sort(["net_paise", "trial_id"], descending=[True, False])["trial_id"].head(count).to_list()
    return sorted(order)


def test_those_who_stay_have_the_numbers_of_the_whole_sweep(root: Path, tmp_path: Path) -> None:
    # The race is first, so that nothing it needs is known from the whole sweep.
    assert sweep(root, tmp_path / "raced", *RACE) == run.DONE
    assert sweep(root, tmp_path / "whole", "objective=total") == run.DONE

    stay = staying(tmp_path / "whole", list(range(120)), ((2, 60), (4, 30)))
    whole, raced = (pl.read_parquet(tmp_path / name / "trials.parquet") for name in ("whole", "raced"))
    kept = raced.filter(pl.col("status") == "ok")
    assert kept["trial_id"].to_list() == stay
    assert len(stay) == 30
    names = [name for name in whole.columns if name in raced.columns]
    assert kept.select(names).equals(whole.filter(pl.col("trial_id").is_in(stay)).select(names))
    assert kept["n_trades"].sum() > 100
    daily = [pl.read_parquet(tmp_path / name / "daily.parquet") for name in ("whole", "raced")]
    assert daily[1].equals(daily[0].filter(pl.col("trial_id").is_in(stay)))


def test_those_who_are_dropped_have_no_numbers_but_count_as_tried(root: Path, tmp_path: Path) -> None:
    assert sweep(root, tmp_path / "a", *RACE, "study=a_race") == run.DONE

    trials = pl.read_parquet(tmp_path / "a" / "trials.parquet")
    dropped = trials.filter(pl.col("status") == "raced_out")
    assert trials["trial_id"].to_list() == list(range(120))
    assert dropped.group_by("raced_days").len().sort("raced_days").rows() == [(2, 60), (4, 30)]
    assert all(dropped[name].null_count() == 90 for name in METRICS)
    assert trials.filter(pl.col("status") == "ok")["raced_days"].unique().to_list() == [6]
    summary = json.loads((tmp_path / "a" / "sweep.json").read_text())
    assert summary["raced_out"] == {"2": 60, "4": 30}
    assert summary["ledger"]["sets"] == summary["trials"] == 120
    page = write_report(tmp_path / "a").read_text(encoding="utf-8")
    assert "90 sets were dropped by the race" in page
    assert "Without any edge" not in page  # luck is not judged from those who are left


@pytest.mark.parametrize("words", [("block_size=7",), ("search=sobol", "search.n_trials=120")])
def test_a_race_does_not_depend_on_how_it_is_computed(root: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert sweep(root, tmp_path / "a", *RACE, "search.race_keep=0.3") == run.DONE
    assert sweep(root, tmp_path / "b", *RACE, "search.race_keep=0.3", *words) == run.DONE

    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    trials = pl.read_parquet(tmp_path / "a" / "trials.parquet")
    # Three tenths of 120 are 36, and of those 11: fewer than always stay.
    assert trials["status"].value_counts().sort("status").rows() == [("ok", LEAST), ("raced_out", 100)]


def test_a_walk_forward_is_no_race(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-m", "symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}", f"paths.data={root}", *AXES, *RACE]
    windows = ["walkforward.train_days=3", "walkforward.test_days=1", f"paths.sweep={tmp_path / 'a'}"]
    assert run.walk([*words, *windows]) == run.WRONG
    assert "search.race_days is not for a walk-forward" in capsys.readouterr().out
    assert not (tmp_path / "a").exists()
