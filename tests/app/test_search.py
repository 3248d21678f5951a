"""Searches from the command line: the same trials however they are computed, an Optuna study, and no endless loop."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import optuna
import polars as pl
import pytest
from typer.testing import CliRunner

from nfops.daycache import ChainDay
from nfops.market import DayFacts
from nfops.report import write_report
from sweeps import run
from sweeps.cli import app
from sweeps.days import Days
from sweeps.ports import Outcome, Task
from sweeps.work import failed
from tests.simulated import FIRST, LAST

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

AXES = (
    "strategy.entry.at=09:30,10:00,11:00,12:00,13:00",
    "strategy.exit.stop_pct=interval(5,50)",
    "strategy.exit.target_pct=5,10,20,null",
)
"""200 combinations: a stop moves by steps of 5."""


def search(root: Path, into: Path, *words: str) -> int:
    """Run a search of 40 trials, computed anew; return the exit code."""
    shutil.rmtree(root / "cache" / "results", ignore_errors=True)
    span = ("symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}", "record=none", "executor=local")
    few = ("search.n_trials=40", "search.generation=10")
    return run.main(["-m", *span, f"paths.data={root}", f"paths.sweep={into}", *AXES, *few, *words])


def digest(into: Path) -> list[str]:
    """Hashes of the tables of a sweep."""
    return [
        hashlib.sha256((into / f"{name}.parquet").read_bytes()).hexdigest() for name in ("trials", "daily", "fills")
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("random", ("block_size=7",)),
        ("sobol", ("block_size=7",)),
        ("tpe", ("block_size=3",)),
        ("cmaes", ("block_size=3",)),
        ("tpe", ("executor=ray",)),
    ],
)
def test_the_trials_do_not_depend_on_how_they_are_computed(
    packed: Path, tmp_path: Path, kind: str, words: tuple[str, ...]
) -> None:
    assert search(packed, tmp_path / "a", f"search={kind}") == run.DONE
    assert search(packed, tmp_path / "b", f"search={kind}", *words) == run.DONE

    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    trials = pl.read_parquet(tmp_path / "a" / "trials.parquet")
    assert trials["trial_id"].to_list() == list(range(40))
    assert trials.select(trials.columns[1:4]).is_unique().all()
    assert trials["n_trades"].sum() > 100
    assert json.loads((tmp_path / "a" / "sweep.json").read_text())["trials"] == 40


def test_a_front_of_two_objectives_is_an_optuna_study(packed: Path, tmp_path: Path) -> None:
    words = ("search=nsga2", "search.objectives=[total,max_drawdown]", "search.constraints=['n_trades>=1']")
    assert search(packed, tmp_path / "a", *words) == run.DONE

    trials = pl.read_parquet(tmp_path / "a" / "trials.parquet")
    study = optuna.load_study(study_name="a", storage=f"sqlite:///{tmp_path / 'a' / 'study.db'}")
    assert [trial.user_attrs["trial_id"] for trial in study.trials] == trials["trial_id"].to_list()
    assert [trial.values for trial in study.trials] == [
        list(row) for row in trials.select("total", "max_drawdown").iter_rows()
    ]
    assert [trial.params["strategy.entry.at"] for trial in study.trials] == trials["strategy.entry.at"].to_list()
    assert len(study.best_trials) >= 1
    shares = json.loads((tmp_path / "a" / "sweep.json").read_text())["importances"]
    assert shares.keys() == {"total", "max_drawdown"}
    for of in shares.values():
        assert of.keys() == {axis.split("=")[0] for axis in AXES}
        assert sum(of.values()) == pytest.approx(1.0)
    write_report(tmp_path / "a")
    assert {"importances.png", "slices.png", "front.png"} <= {
        one.name for one in (tmp_path / "a" / "figures").iterdir()
    }
    assert [path.name for path in (tmp_path / "a").glob(".*.part*")] == []


def test_a_search_whose_days_all_fail_ends(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        return failed(task, facts.session.date, OSError(f"{day.date} is lost"), 0.0)

    monkeypatch.setattr("sweeps.adapters.local_executor.evaluate", failing)

    assert search(packed, tmp_path / "a", "search=tpe") == run.FAILED
    assert pl.read_parquet(tmp_path / "a" / "trials.parquet").height == 40
    assert pl.read_parquet(tmp_path / "a" / "status.parquet")["state"].unique().to_list() == ["failed"]


def test_a_search_is_told_the_trials_of_an_earlier_sweep(
    packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("search=tpe", "search.n_trials=10", "search.generation=5", "strategy.entry.at=10:00,11:00")
    assert search(packed, tmp_path / "cold", *few, "study=told") == run.DONE
    # Its own study has never seen the twenty sets of this one, half of which are told.
    first = ("search=random", "search.n_trials=20", "strategy.entry.at=10:00,14:00", "study=elsewhere")
    assert search(packed, tmp_path / "a", *first) == run.DONE
    capsys.readouterr()
    warm = (f"search.warm_start=[{tmp_path / 'a'}]", "study=told")
    assert search(packed, tmp_path / "warm", *few, *warm) == run.DONE

    known = pl.read_parquet(tmp_path / "a" / "trials.parquet")
    off = known.filter(pl.col("strategy.entry.at") == "14:00").height
    said = " ".join(capsys.readouterr().out.split())
    assert 0 < off < 20
    assert f"{20 - off} of 20 trials of {tmp_path / 'a'} ({FIRST} to {LAST}) were told; {off} lie off this grid" in said
    tables = {name: pl.read_parquet(tmp_path / name / "trials.parquet") for name in ("cold", "warm")}
    axes = [axis.split("=")[0] for axis in AXES]
    assert [len(one) for one in tables.values()] == [10, 10]
    assert not tables["cold"].select(axes).equals(tables["warm"].select(axes))
    summary = json.loads((tmp_path / "warm" / "sweep.json").read_text())
    assert summary["warm_start"][0]["told"] == 20 - off
    # The ledger of the study counts what the search was told as tried, each set once.
    told = known.filter(pl.col("strategy.entry.at") != "14:00").select(axes)
    assert (
        summary["ledger"]["sets"] == pl.concat([told, *(one.select(axes) for one in tables.values())]).unique().height
    )


@pytest.mark.parametrize(
    ("call", "words", "law"),
    [
        (run.walk, ("search=tpe",), "search.warm_start is not for a walk-forward"),
        (run.main, ("search=tpe",), "is not the folder of a finished sweep"),
        (run.main, ("search=grid",), "search=grid learns nothing"),
    ],
)
def test_a_warm_start_that_cannot_be_is_refused_before_anything_starts(
    packed: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    call: Callable[[list[str]], int],
    words: tuple[str, ...],
    law: str,
) -> None:
    span = ("symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}", "record=none", f"paths.data={packed}")
    given = (*words, f"search.warm_start=[{tmp_path / 'nowhere'}]", f"paths.sweep={tmp_path / 'a'}")
    assert call(["-m", *span, *AXES, *given]) == run.WRONG
    assert law in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("kind", ["grid", "tpe"])
def test_a_sweep_that_is_stopped_while_days_are_built_is_interrupted(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    build = Days.build

    def stopped(self: Days, *given: object, **more: object) -> object:
        os.kill(os.getpid(), signal.SIGINT)
        return build(self, *given, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Days, "build", stopped)
        assert search(packed, tmp_path / "a", f"search={kind}") == run.INTERRUPTED

    assert json.loads((tmp_path / "a" / "sweep.json").read_text())["status"] == "interrupted"
    assert pl.read_parquet(tmp_path / "a" / "daily.parquet").height == 0


def test_a_search_that_its_timeout_ends_says_how_many_sets_it_tried(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = iter(range(0, 10**9, 7))  # seconds: each look at the clock is seven later
    monkeypatch.setattr("sweeps.evaluation.time", SimpleNamespace(monotonic=lambda: next(begun)))

    into = tmp_path / "a"
    assert search(packed, into, "search=tpe", "search.timeout=10", "search.generation=4") == run.DONE

    tried = pl.read_parquet(into / "trials.parquet").height
    wanted = json.loads((into / "sweep.json").read_text())["config"]["search"]["n_trials"]
    assert 4 <= tried < wanted
    assert f"search.timeout=10 s are over: {tried} of {wanted} sets were tried" in capsys.readouterr().out
    assert CliRunner().invoke(app, ["status", str(into)]).output.count("100%") == 1
