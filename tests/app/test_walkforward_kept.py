"""What is kept of walk-forwards and sweeps: the ledger of tries, days that were looked at, windows that are refused."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from nfops.daycache import ChainDay
from nfops.market import DayFacts
from sweeps import run
from sweeps.cli import app
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate, failed
from tests.app.test_docs import DOCS, commands
from tests.walking import AXES, DATES, FILES, WINDOWS, span, walk, wf

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("unseen")]


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


def test_a_sweep_of_the_days_makes_later_windows_seen_before_whatever_its_study(
    packed: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert walk(packed, tmp_path / "first", "seeing") == run.DONE
    # Its last day is the test of the first of three windows.
    until = ("span.end=2024-01-04", "strategy.exit.stop_pct=30,60")
    assert run.main(["-m", *span(packed, tmp_path / "sweep", "another"), *until]) == run.DONE
    capfd.readouterr()

    # Looked at before the sweep: nothing is spoiled. With another objective it is another choice, after the sweep.
    assert walk(packed, tmp_path / "again", "seeing") == run.DONE
    assert wf(tmp_path / "again")["seen"] == []
    assert walk(packed, tmp_path / "later", "later", "objective=total") == run.PARTIAL

    (seen,) = wf(tmp_path / "later")["seen"]
    assert (seen["window"], seen["first"], seen["last"], seen["sweeps"]) == (0, "2024-01-04", "2024-01-04", 1)
    assert [(one["run"], one["first"], one["last"]) for one in seen["by"]] == [
        (str(tmp_path / "sweep"), "2024-01-04", "2024-01-04")
    ]
    assert (wf(tmp_path / "later")["status"], wf(tmp_path / "later")["burnt"]) == ("ok", [])
    assert pl.read_parquet(tmp_path / "later" / "windows.parquet")["seen"].to_list() == [True, False, False]
    told = capfd.readouterr().out.replace("\n", " ")
    assert told.count("SEEN: window 0 is no longer out of sample") == 2
    assert str(tmp_path / "sweep") in told
    assert "SEEN" in (tmp_path / "later" / "walkforward.html").read_text()
    # A sweep of another strategy has shown nothing of this one.
    other = ("strategy=short_strangle", "objective=win_rate")
    assert walk(packed, tmp_path / "other", "strangles", *other) == run.DONE


def test_a_walk_forward_is_recorded_when_it_is_done(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kept: list[list[str]] = []

    class Recorder:
        def record(self, folder: Path) -> str:
            kept.append(sorted(path.name for path in folder.iterdir() if path.suffix in {".json", ".html"}))
            return "somewhere"

    monkeypatch.setattr(run, "_recorder", lambda config: Recorder() if config.record == "mlflow" else None)
    assert walk(packed, tmp_path / "a", "kept", "record=mlflow", f"paths.mlruns={tmp_path}") == run.DONE

    assert kept == [["progress.json", "walkforward.html", "wf.json"]]
    assert "recorded: somewhere" in capfd.readouterr().out


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
        words = [*shlex.split(command)[1:], *(["executor=local", "record=none"] if "walkforward" in command else [])]
        done = subprocess.run([str(nfops), *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.split().count("short_straddle") == 1
    (page,) = (tmp_path / "data" / "walkforward").rglob("walkforward.html")
    assert pl.read_parquet(page.parent / "windows.parquet").height == 3


def _nfops(*words: object) -> int:
    return CliRunner().invoke(app, [str(word) for word in words]).exit_code
