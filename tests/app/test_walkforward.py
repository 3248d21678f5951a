"""Walk-forwards from the command line, on six simulated days: choices, days that searches see, ledger, burnt days."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from nfops.daycache import ChainDay
from nfops.market import DayFacts
from nfops.report import write_walk
from sweeps import run
from sweeps.cli import app
from sweeps.evaluation import Evaluation
from sweeps.outcome import Collected
from sweeps.ports import Outcome, Searcher, Task
from sweeps.work import evaluate
from tests.walking import AXES, DATES, ENTRIES, FILES, STOPS, digests, span, walk, wf

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("unseen")]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[dt.date]]]:
    """Which searchers were given which days, in order."""
    seen: list[tuple[str, list[dt.date]]] = []
    search = Evaluation.search

    def noted(self: Evaluation, searcher: Searcher, facts: dict[dt.date, DayFacts], *more: Any) -> Collected:
        seen.append((type(searcher).__name__, list(facts)))
        return search(self, searcher, facts, *more)

    monkeypatch.setattr(Evaluation, "search", noted)
    return seen


def test_windows_choose_what_a_plain_look_at_the_daily_results_of_a_sweep_chooses(packed: Path, tmp_path: Path) -> None:
    assert run.main(["-m", *span(packed, tmp_path / "sweep", "plain"), *AXES]) == run.DONE
    assert walk(packed, tmp_path / "walk", "plain") == run.PARTIAL  # the sweep has shown its days

    daily = pl.read_parquet(tmp_path / "sweep" / "daily.parquet").pivot("date", index="trial_id", values="net_paise")
    net = daily.sort("trial_id").drop("trial_id").to_numpy() / 100
    assert net.shape == (12, 6)
    windows, oos = (pl.read_parquet(tmp_path / "walk" / f"{name}.parquet") for name in FILES)
    earned = []
    for at, row in enumerate(windows.iter_rows(named=True)):
        train = net[:, at : at + 3]
        sharpe = train.mean(axis=1) / train.std(axis=1, ddof=1) * np.sqrt(252)
        best = int(sharpe.argmax())
        earned.append(net[best, at + 3])
        assert (row["train_start"], row["train_end"], row["train_days"]) == (DATES[at], DATES[at + 2], 3)
        assert (row["test_start"], row["test_end"], row["test_days"]) == (DATES[at + 3], DATES[at + 3], 1)
        assert row["position"] == best
        # The last axis varies fastest.
        assert (row["strategy.entry.at"], row["strategy.exit.stop_pct"]) == (ENTRIES[best // 4], STOPS[best % 4])
        assert row["is_sharpe"] == pytest.approx(sharpe[best])
        assert row["oos_total"] == pytest.approx(net[best, at + 3])
        assert (row["oos_sharpe"], row["delta_sharpe"], row["dropped"], row["burnt"]) == (None, None, None, False)
    assert windows.height == 3
    assert len(set(windows["position"])) > 1, "windows that all choose the same prove little"
    assert oos["date"].to_list() == DATES[3:]
    assert oos["net_paise"].to_list() == pytest.approx([100 * one for one in earned])
    assert oos["equity_paise"].to_list() == pytest.approx(list(np.cumsum(earned) * 100))
    said = wf(tmp_path / "walk")
    assert said["oos"]["sharpe"] == pytest.approx(np.mean(earned) / np.std(earned, ddof=1) * np.sqrt(252))
    assert said["is_sharpe"] == pytest.approx(windows["is_sharpe"].mean())
    drop = said["is_sharpe"] - said["oos"]["sharpe"]
    assert said["dropped"] is bool(drop > 0.2 * abs(said["is_sharpe"]))
    # The sets of the walk-forward are those of the sweep.
    assert {name: said["ledger"][name] for name in ("sets", "new", "runs")} == {"sets": 12, "new": 0, "runs": 2}
    assert "On NIFTY, the study plain has tried 12" in (tmp_path / "walk" / "walkforward.html").read_text()
    assert (tmp_path / "walk" / "figures" / "walkforward.png").stat().st_size > 10_000


@pytest.mark.parametrize("words", [("search=grid",), ("search=tpe", "search.n_trials=6", "search.generation=3")])
def test_a_choice_does_not_change_when_every_later_day_does(
    packed: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(packed / "packed", other / "packed")  # without the manifest, which knows what was packed
    cut = DATES[2]
    changed = _rewritten(other, after=cut)
    assert walk(packed, tmp_path / "a", words[0].replace("=", "-"), *words) == run.DONE
    assert walk(other, tmp_path / "b", words[0].replace("=", "-"), *words) == run.DONE

    one, two = (pl.read_parquet(tmp_path / into / "windows.parquet") for into in "ab")
    inside = [name for name in one.columns if name.startswith(("is_", "strategy.", "train_", "position"))]
    assert changed > 100
    assert one.filter(pl.col("train_end") <= cut).height == 1
    assert one.select(inside).row(0) == two.select(inside).row(0)
    # It was no idle rewriting: the test day of that window, and the training of the next ones, came out otherwise.
    assert one["oos_total"][0] != two["oos_total"][0]
    assert one["is_total"][1] != two["is_total"][1]


def _rewritten(root: Path, after: dt.date) -> int:
    """Replace the option prices of all days after ``after`` by others; return how many files changed."""
    rng, files = np.random.default_rng(5), 0
    for path in sorted((root / "packed" / "options").rglob("*.parquet")):
        rows = pl.read_parquet(path)
        later = rows["timestamp"].dt.date() > after
        if not later.any():
            continue
        factor = pl.Series(np.where(later, rng.uniform(0.4, 1.6, len(rows)), 1.0))
        prices = [(pl.col(name) * factor / 0.05).round().clip(1) * 0.05 for name in ("open", "high", "low", "close")]
        rows.with_columns(*prices).write_parquet(path)
        files += 1
    return files


def test_a_search_that_learns_is_shown_the_days_of_its_window_alone(
    packed: Path, tmp_path: Path, shown: list[tuple[str, list[dt.date]]]
) -> None:
    tpe = ("search=tpe", "search.n_trials=6", "search.generation=3")

    assert walk(packed, tmp_path / "a", "learning", *tpe) == run.DONE

    assert shown == [
        (name, DATES[number : number + 3] if name == "TpeSearcher" else [DATES[number + 3]])
        for number in range(3)
        for name in ("TpeSearcher", "GivenSearcher")
    ]
    windows = pl.read_parquet(tmp_path / "a" / "windows.parquet")
    assert windows["position"].null_count() == 0
    assert 6 <= wf(tmp_path / "a")["ledger"]["sets"] <= 12


@pytest.mark.parametrize(
    ("words", "windows"),
    [
        (("search=tpe", "search.n_trials=6", "search.generation=3", "search.seed=11"), 1),
        (("search=grid", "block_size=4"), 0),
    ],
)
def test_a_stopped_walk_is_told_and_resumed_to_the_same_bytes(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], windows: int
) -> None:
    study = f"stopped-{windows}"
    assert walk(packed, tmp_path / "whole", study, *words) == run.DONE
    shutil.rmtree(packed / "cache" / "results")
    done = []

    def stopping(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        done.append(day.date)
        if len(done) == 10:  # the first window of a search is six days of blocks and a test; a grid has 18
            os.kill(os.getpid(), signal.SIGINT)
        return evaluate(task, facts, day)

    into = tmp_path / "a"
    with monkeypatch.context() as patched:
        patched.setattr("sweeps.adapters.local_executor.evaluate", stopping)
        assert walk(packed, into, study, *words) == run.INTERRUPTED

    assert (wf(into)["status"], wf(into)["done"]) == ("interrupted", windows)
    assert pl.read_parquet(into / "windows.parquet").height == windows
    assert (into / "walkforward.html").exists() is (windows > 0)
    assert wf(into)["ledger"]["runs"] == 2
    assert _nfops("status", into) == 1
    assert _nfops("resume", into) == run.DONE
    assert digests(into) == digests(tmp_path / "whole")
    assert _nfops("status", into) == 0
    write_walk(into, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text() == (into / "walkforward.html").read_text()


def test_neither_blocks_nor_the_executor_change_a_byte(packed: Path, tmp_path: Path) -> None:
    assert walk(packed, tmp_path / "a", "bytes", "walkforward=anchored", "walkforward.purge=1") == run.DONE
    few = ("walkforward=anchored", "walkforward.purge=1", "block_size=5", "executor=ray", "executor.workers=2")
    assert walk(packed, tmp_path / "b", "bytes", *few) == run.DONE

    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    windows = pl.read_parquet(tmp_path / "a" / "windows.parquet")
    assert windows["train_days"].to_list() == [3, 4]
    assert windows["test_start"].to_list() == DATES[4:]


def _nfops(*words: object) -> int:
    return CliRunner().invoke(app, [str(word) for word in words]).exit_code
