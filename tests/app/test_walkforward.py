"""Walk-forwards from the command line, on six simulated days: choices, days that searches see, ledger, burnt days."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
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
from sweeps.work import evaluate, failed
from tests.app.test_docs import DOCS, commands
from tests.simulated import FIRST, LAST

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DATES = [dt.date(2024, 1, day) for day in (1, 2, 3, 4, 5, 8)]
ENTRIES, STOPS = ("10:30", "13:30", "14:00"), (5, 10, 20, 40)
AXES = (f"strategy.entry.at={','.join(ENTRIES)}", f"strategy.exit.stop_pct={','.join(map(str, STOPS))}")
"""Twelve sets; with three days of training and one of test there are three windows."""

WINDOWS = ("walkforward.train_days=3", "walkforward.test_days=1")
FILES = ("windows", "oos_daily")


def span(root: Path, into: Path, study: str) -> tuple[str, ...]:
    """Words that every run of these tests has."""
    days = (f"span.start={FIRST}", f"span.end={LAST}", "symbol=NIFTY", "executor=local", "record=none")
    return (*days, f"paths.data={root}", f"paths.sweep={into}", f"study={study}")


def walk(root: Path, into: Path, study: str, *words: str) -> int:
    """Run a walk-forward; return the exit code."""
    return run.walk(["-m", *span(root, into, study), *AXES, *WINDOWS, *words])


def wf(into: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((into / "wf.json").read_text())
    return found


def digests(into: Path) -> list[str]:
    return [hashlib.sha256((into / f"{name}.parquet").read_bytes()).hexdigest() for name in FILES]


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
    assert walk(packed, tmp_path / "walk", "plain") == run.DONE

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
        (name, DATES[number : number + 3] if name == "OptunaSearcher" else [DATES[number + 3]])
        for number in range(3)
        for name in ("OptunaSearcher", "GivenSearcher")
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


def test_days_seen_with_other_settings_are_burnt_and_the_identical_run_burns_nothing(
    packed: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert walk(packed, tmp_path / "a", "burning") == run.DONE
    assert walk(packed, tmp_path / "b", "burning") == run.DONE
    assert (wf(tmp_path / "a")["burnt"], wf(tmp_path / "b")["burnt"]) == ([], [])
    capfd.readouterr()

    # Tests of two days from the fifth on: 5 and 8 January are one window now.
    other = ("walkforward.train_days=4", "walkforward.test_days=2")
    assert walk(packed, tmp_path / "c", "burning", *other) == run.PARTIAL

    out = capfd.readouterr().out.replace("\n", " ")
    assert out.count("BURNT: window 0 is no longer out of sample") == 2
    assert str(tmp_path / "a") in out
    (burnt,) = wf(tmp_path / "c")["burnt"]
    assert (burnt["window"], burnt["first"], burnt["last"]) == (0, "2024-01-05", "2024-01-08")
    assert [(one["run"], one["first"]) for one in burnt["by"]] == [
        (str(tmp_path / "a"), "2024-01-05"),
        (str(tmp_path / "a"), "2024-01-08"),
    ]
    assert pl.read_parquet(tmp_path / "c" / "windows.parquet")["burnt"].to_list() == [True]
    assert wf(tmp_path / "c")["status"] == "ok"
    # Who was first stays clean, and who was burnt stays burnt.
    assert walk(packed, tmp_path / "d", "burning") == run.DONE
    assert walk(packed, tmp_path / "e", "burning", *other) == run.PARTIAL
    # A window whose settings and days are the same is the same window, though the span is another one.
    assert walk(packed, tmp_path / "f", "burning", "span.end=2024-01-05") == run.DONE


def test_both_ways_in_one_call_are_two_walks_and_the_second_is_told_what_the_first_has_seen(packed: Path) -> None:
    words = [word for word in span(packed, packed, "both") if not word.startswith("paths.sweep")]
    both = run.walk(["-m", *words, *AXES, *WINDOWS, "walkforward=rolling,anchored"])

    assert both == run.PARTIAL
    found = [wf(path.parent) for path in (packed / "walkforward" / "both").rglob("wf.json")]
    rolling, anchored = sorted(found, key=lambda said: said["started"])
    assert [said["scheme"]["anchored"] for said in (rolling, anchored)] == [False, True]
    # The first windows of both train and test on the same days.
    assert (rolling["burnt"], [one["window"] for one in anchored["burnt"]]) == ([], [1, 2])
    assert anchored["ledger"]["runs"] == 2


def test_a_lost_day_makes_its_windows_partial(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(packed / "cache" / "results", ignore_errors=True)

    def failing(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        return failed(task, day.date, OSError("lost"), 0.0) if day.date == DATES[1] else evaluate(task, facts, day)

    with monkeypatch.context() as patched:
        patched.setattr("sweeps.adapters.local_executor.evaluate", failing)
        assert walk(packed, tmp_path / "a", "lost") == run.PARTIAL

    windows = pl.read_parquet(tmp_path / "a" / "windows.parquet")
    assert windows["status"].to_list() == ["partial", "partial", "ok"]
    status = pl.read_parquet(tmp_path / "a" / "status.parquet")
    assert status.filter(~pl.col("ok"))["date"].to_list() == [DATES[1]]


def test_a_window_without_a_choice_stays_out_of_the_market(packed: Path, tmp_path: Path) -> None:
    assert walk(packed, tmp_path / "a", "idle", "search.constraints=['n_trades>=1000']") == run.DONE

    windows, oos = (pl.read_parquet(tmp_path / "a" / f"{name}.parquet") for name in FILES)
    assert windows["position"].to_list() == [None] * 3
    assert windows["oos_total"].to_list() == [0.0] * 3
    assert (oos["date"].to_list(), oos["n_positions"].sum()) == (DATES[3:], 0)
    assert wf(tmp_path / "a")["dropped"] is None


def test_the_ledger_counts_distinct_sets_of_all_sweeps(packed: Path, tmp_path: Path) -> None:
    def sweep(into: str, stops: str, *words: str) -> dict[str, Any]:
        axes = ("strategy.entry.at=10:00,11:00", f"strategy.exit.stop_pct={stops}")
        assert run.main(["-m", *span(packed, tmp_path / into, "counted"), *axes, *words]) == run.DONE
        found: dict[str, Any] = json.loads((tmp_path / into / "sweep.json").read_text())["ledger"]
        return {name: found[name] for name in ("sets", "new", "runs", "first_day", "last_day")}

    days = {"first_day": "2024-01-01", "last_day": "2024-01-08"}
    assert sweep("a", "10,20") == {"sets": 4, "new": 4, "runs": 1, **days}
    assert sweep("b", "20,10") == {"sets": 4, "new": 0, "runs": 2, **days}
    assert sweep("c", "20,30", "span.end=2024-01-04") == {"sets": 6, "new": 2, "runs": 3, **days}
    assert sweep("a", "10,20") == {"sets": 6, "new": 0, "runs": 3, **days}
    told = CliRunner().invoke(app, ["ledger", "--data", str(packed)])
    line = next(line for line in told.output.splitlines() if "counted" in line)
    assert line.split()[:4] == ["NIFTY", "counted", "6", "3"]


def test_a_sweep_that_is_stopped_counts_what_it_computed(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(packed / "cache" / "results", ignore_errors=True)
    into, done = tmp_path / "a", []

    def stopping(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        done.append(task.start)
        if len(done) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return evaluate(task, facts, day)

    with monkeypatch.context() as patched:
        patched.setattr("sweeps.adapters.local_executor.evaluate", stopping)
        assert run.main(["-m", *span(packed, into, "broken"), *AXES, "block_size=4"]) == run.INTERRUPTED

    assert done == [0, 4]
    ledger = json.loads((into / "sweep.json").read_text())["ledger"]
    assert (ledger["sets"], ledger["new"], ledger["runs"]) == (8, 8, 1)
    assert _nfops("resume", into) == run.DONE
    ledger = json.loads((into / "sweep.json").read_text())["ledger"]
    assert (ledger["sets"], ledger["new"], ledger["runs"]) == (12, 4, 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("walkforward.train_days=6",), "a window wants 6 + 0 + 1 trading days"),
        (("walkforward.test_days=2", "walkforward.step=1"), "must be at least test_days=2"),
        (("walkforward.trian_days=2",), "did you mean walkforward.train_days"),
        (("walkforward=sliding",), "sliding"),
    ],
)
def test_wrong_windows_are_2_and_nothing_starts(
    packed: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert walk(packed, tmp_path / "a", "wrong", *words) == run.WRONG
    out, err = capfd.readouterr()
    assert told in (out + err).replace("\n", " ")
    assert not (tmp_path / "a").exists()


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    told = commands(DOCS / "walk-forward.md")
    assert [shlex.split(command)[1] for command in told] == ["synth", "pack", "walkforward", "ledger"]
    nfops = Path(sys.executable).parent / "nfops"
    for command in told:
        words = [*shlex.split(command)[1:], *(["executor=local"] if "walkforward" in command else [])]
        done = subprocess.run([str(nfops), *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.split().count("short_straddle") == 1
    (page,) = (tmp_path / "data" / "walkforward").rglob("walkforward.html")
    assert pl.read_parquet(page.parent / "windows.parquet").height == 3


def _nfops(*words: object) -> int:
    return CliRunner().invoke(app, [str(word) for word in words]).exit_code
