"""MLflow that cannot be written costs the record, never the sweep, and the record can be made later."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from sweeps import run
from sweeps.adapters import mlflow_recorder
from sweeps.adapters.mlflow_recorder import DATABASE, LATEST, MlflowRecorder
from tests.sweep_folder import make_sweep
from tests.sweeping import digests, nfops, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow; its migrations take long, so it is made once and copied."""
    mlruns = tmp_path_factory.mktemp("made") / "mlruns"
    MlflowRecorder(mlruns)._client()
    return mlruns


@pytest.fixture
def mlruns(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mlflow_recorder, "LOCKED_S", 1.0)
    shutil.copytree(made, tmp_path / "mlruns")
    return tmp_path / "mlruns"


def locked(database: Path) -> Callable[[], None]:
    """Hold a write lock as another process would; give the way to let go of it."""
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other.close


def spoiled(database: Path) -> Callable[[], None]:
    """Write something else into the file; give the way to have the database back."""
    kept = shutil.copytree(database.parent, database.parent.with_name("kept"))
    for part in database.parent.glob(f"{DATABASE}*"):
        part.write_bytes(b"no database" * 1000)

    def back() -> None:
        shutil.rmtree(database.parent)
        kept.rename(database.parent)

    return back


def out_of_reach(database: Path) -> Callable[[], None]:
    """Put a file where the folder was, as when a network disk is gone."""
    away = database.parent.rename(database.parent.with_name("away"))
    database.parent.touch()

    def back() -> None:
        database.parent.unlink()
        away.rename(database.parent)

    return back


@pytest.mark.parametrize(
    ("break_", "why"),
    [(locked, "mlflow.db is locked by another process"), (spoiled, "file is not a database"), (out_of_reach, "mlruns")],
    ids=lambda given: getattr(given, "__name__", None),
)
def test_a_sweep_that_cannot_be_recorded_is_whole_and_recorded_later(
    root: Path,
    tmp_path: Path,
    mlruns: Path,
    undisturbed: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    break_: Callable[[Path], Callable[[], None]],
    why: str,
) -> None:
    into, mend, recorder = tmp_path / "sweep", list[Callable[[], None]](), run._recorder

    def broken(config: run.SweepConfig) -> run.Recorder:
        mend.append(break_(mlruns / DATABASE))
        return recorder(config)

    with monkeypatch.context() as patched:
        patched.setattr(run, "_recorder", broken)
        assert run.main(words(root, into, "record=mlflow", f"paths.mlruns={mlruns}")) == run.PARTIAL

    told = " ".join(capsys.readouterr().out.split())
    assert "not recorded: MLflow has no record of this sweep" in told
    assert why in told
    assert f"The sweep's files are whole; when that is mended, record it with: nfops record {into}" in told
    assert json.loads((into / "sweep.json").read_text())["status"] == "ok"
    assert digests(into) == undisturbed

    mend[0]()
    later = nfops("record", into)
    assert (later.exit_code, "run sweep with 36 trials below it" in " ".join(later.output.split())) == (0, True)
    assert json.loads((mlruns / LATEST).read_text())["objective"] == "sharpe"
    assert digests(into) == undisturbed


def test_a_sweep_is_recorded_once_unless_it_went_on_since(mlruns: Path, tmp_path: Path) -> None:
    folder = make_sweep(tmp_path / "20240301-090000-abc")

    said = [nfops("record", folder, "--mlruns", mlruns) for _ in range(2)]
    _set_times(folder, {"finished": 7_200})
    said.append(nfops("record", folder, "--mlruns", mlruns))

    assert [one.exit_code for one in said] == [0, 0, 0]
    assert ["with 36 trials below it" in one.output for one in said] == [True, False, True]
    assert "has run 20240301-090000-abc already" in " ".join(said[1].output.split())


def test_a_clock_that_was_set_back_does_not_hinder_a_record(mlruns: Path, tmp_path: Path) -> None:
    folder = make_sweep(tmp_path / "20240301-090000-abc")
    _set_times(folder, {"finished": -86_400})

    assert nfops("record", folder, "--mlruns", mlruns).exit_code == 0


def test_what_is_no_finished_sweep_cannot_be_recorded(tmp_path: Path) -> None:
    told = nfops("record", tmp_path)

    assert (told.exit_code, "no finished sweep is in" in str(told.exception)) == (1, True)


def _set_times(folder: Path, by: dict[str, float]) -> None:
    """Move moments of sweep.json by so many seconds."""
    summary = json.loads((folder / "sweep.json").read_text())
    for name, seconds in by.items():
        summary[name] = str(dt.datetime.fromisoformat(summary[name]) + dt.timedelta(seconds=seconds))
    (folder / "sweep.json").write_text(json.dumps(summary))
