"""A full disk ends a sweep with one clear error, and room made there lets it go on; a read-only one is refused."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nfops import files
from nfops.daycache import ChainDay
from nfops.errors import StorageError
from nfops.files import write_text
from nfops.market import DayFacts
from sweeps import run
from sweeps.follow import state_of
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate
from tests.app.disks import filled, made_read_only, small_disk
from tests.sweeping import digests, nfops, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FULL = "was not written: its disk is full, or a quota is used up; make room there"


@pytest.fixture
def after_ten(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen once, after ten days of blocks; results are written at once."""

    def arrange(happen: Callable[[], None]) -> None:
        seen = []

        def disturbed(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
            seen.append(day.date)
            if len(seen) == 10:
                happen()
            return evaluate(task, facts, day)

        monkeypatch.setattr("sweeps.gather.EVERY_S", 0.0)
        monkeypatch.setattr("sweeps.adapters.local_executor.evaluate", disturbed)

    return arrange


@pytest.mark.parametrize("place", ["sweep", "own/cache"])
def test_a_disk_that_fills_up_under_way_is_one_error_and_room_lets_the_sweep_go_on(
    own: Path,
    tmp_path: Path,
    undisturbed: dict[str, str],
    after_ten: Callable[[Callable[[], None]], None],
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    into, ballast = tmp_path / "sweep", []
    with small_disk(tmp_path / place, 200) as disk:
        after_ten(lambda: ballast.append(filled(disk)))

        assert run.main(words(own, into)) == run.FAILED

        told = capsys.readouterr().out
        assert "the sweep failed: " in told
        assert FULL in told
        assert f"go on with: nfops resume {into}" in told
        assert "Traceback" not in told
        assert state_of(into) in {"failed", "killed"}
        assert not [*into.glob("*.parquet"), *tmp_path.rglob("*.part")]

        ballast[0].unlink()
        assert nfops("resume", into).exit_code == run.DONE
        assert digests(into) == undisturbed


def test_a_disk_without_room_for_the_day_cache_is_said_to_be_full(
    own: Path, tmp_path: Path, undisturbed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    into = tmp_path / "sweep"
    with small_disk(own / "cache", 1) as disk:
        assert run.main(words(own, into)) == run.FAILED
        assert FULL in capsys.readouterr().out
        assert [path.name for path in disk.rglob("*") if path.is_file() and path.name != ".lock"] == []

    assert nfops("resume", into).exit_code == run.DONE
    assert digests(into) == undisturbed


def test_no_room_at_the_door_of_files_ends_a_sweep_that_can_be_resumed(
    own: Path,
    tmp_path: Path,
    undisturbed: dict[str, str],
    after_ten: Callable[[Callable[[], None]], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    into = tmp_path / "sweep"

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        after_ten(lambda: patched.setattr(files.tempfile, "mkstemp", full))
        assert run.main(words(own, into)) == run.FAILED

    assert FULL in capsys.readouterr().out
    assert state_of(into) == "killed"  # there was no room to write that it failed
    assert nfops("resume", into).exit_code == run.DONE
    assert digests(into) == undisturbed


@pytest.mark.parametrize("fault", [OSError(errno.EDQUOT, "quota"), RuntimeError("no space: (os error 28)")])
def test_a_full_disk_is_known_by_its_number_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise fault

    write_text(tmp_path / "table", "old")
    monkeypatch.setattr(Path, "write_text", full)

    with pytest.raises(StorageError, match="its disk is full"):
        write_text(tmp_path / "table", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("table", "old")]


@pytest.mark.parametrize(
    ("place", "named"), [("sweep", "paths.sweep"), ("own/cache", "paths.data"), ("mlruns", "paths.mlruns")]
)
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, named: str
) -> None:
    into = tmp_path / "sweep" / "1"
    with small_disk(tmp_path / place, 1) as disk:
        made_read_only(disk)

        assert run.main(words(own, into, "record=mlflow", f"paths.mlruns={tmp_path / 'mlruns'}")) == run.WRONG

    told = capsys.readouterr().out
    assert f"{named}: {tmp_path / place}" in told
    assert f"because {tmp_path / place} is no folder, or not yours to write" in told
    assert not into.exists()
    assert list(own.rglob("*.days")) == []


def test_a_file_where_a_folder_should_be_is_refused(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()

    assert run.main(words(own, tmp_path / "taken")) == run.WRONG
    assert f"{tmp_path / 'taken'} is no folder" in capsys.readouterr().out
