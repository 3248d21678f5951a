"""Damaged day caches are built anew; days of damaged packed files fail with the file's name, and only they."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nfops.daycache import ChainDay
from nfops.daycache.month import open_month
from nfops.market import DayFacts
from sweeps import run
from sweeps.ports import Outcome, Task
from sweeps.work import evaluate
from tests.simulated import FIRST, LAST
from tests.sweeping import digests, nfops, words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BAD = dt.date(2024, 1, 3)
SPOT = "packed/spot/NIFTY/202401/date=2024-01-03/ticks.parquet"
OF_MONTH = ("--symbol", "NIFTY", "--start", FIRST, "--end", LAST)


def flipped(path: Path, at: int) -> None:
    """Change a bit of one byte of a file where it lies."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 4]))


def middle(path: Path) -> int:
    """Place in the middle of the arrays of the bad day."""
    entry = open_month(path).days[BAD]
    return entry.start + entry.bytes // 2


def cut_short(path: Path) -> None:
    """Lose the second half of a file."""
    os.truncate(path, path.stat().st_size // 2)


def rotten(path: Path) -> None:
    """Change a bit as a failing disk does: size and time stamp stay."""
    stat = path.stat()
    flipped(path, stat.st_size // 3)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def rewritten(path: Path) -> None:
    """Write other prices, in a file that is whole."""
    pl.read_parquet(path, glob=False).with_columns(pl.col("close") * 1.01).write_parquet(path)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: flipped(path, middle(path)), "NIFTY 2024-01-03 is damaged in the day cache"),
        (lambda path: flipped(path, path.stat().st_size - 200), "the index of .*202401.days is damaged"),
        (cut_short, "202401.days is cut short"),
    ],
    ids=["a day", "the index", "cut short"],
)
def test_a_damaged_day_cache_is_built_anew_and_that_is_said(
    own: Path,
    tmp_path: Path,
    undisturbed: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    said: str,
) -> None:
    assert nfops("cache", "build", *OF_MONTH, "--data", own).exit_code == 0
    damage(own / "cache" / "NIFTY" / "202401.days")

    assert run.main(words(own, tmp_path / "sweep")) == run.DONE

    assert pl.Series([capsys.readouterr().out]).str.contains(said).item()
    assert digests(tmp_path / "sweep") == undisturbed
    assert open_month(own / "cache" / "NIFTY" / "202401.days").is_whole(BAD)


def test_the_cache_is_looked_through_when_it_is_asked_to_be_built(own: Path) -> None:
    whole = nfops("cache", "build", *OF_MONTH, "--data", own)
    flipped(own / "cache" / "NIFTY" / "202401.days", middle(own / "cache" / "NIFTY" / "202401.days"))
    mended = nfops("cache", "build", *OF_MONTH, "--data", own)

    assert ("damaged" in whole.output, "NIFTY 2024-01-03 is damaged" in mended.output) == (False, True)
    assert (mended.exit_code, "6 of 6 trading days are cached" in mended.output) == (0, True)
    assert open_month(own / "cache" / "NIFTY" / "202401.days").is_whole(BAD)


@pytest.mark.parametrize("damage", ["flip", "delete"])
def test_a_day_that_is_damaged_or_deleted_under_way_is_built_anew(
    own: Path, tmp_path: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    cached, seen = own / "cache" / "NIFTY" / "202401.days", []

    def disturbed(task: Task, facts: DayFacts, day: ChainDay) -> Outcome:
        seen.append(day.date)
        if len(seen) == 3:
            assert day.date < BAD
            flipped(cached, middle(cached)) if damage == "flip" else cached.unlink()
        return evaluate(task, facts, day)

    monkeypatch.setattr("sweeps.adapters.local_executor.evaluate", disturbed)

    assert run.main(words(own, tmp_path / "sweep")) == run.DONE
    assert digests(tmp_path / "sweep") == undisturbed
    assert open_month(cached).is_whole(BAD)


@pytest.mark.parametrize("damage", [rotten, cut_short, rewritten], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("segment", ["spot", "options"])
def test_days_of_a_damaged_packed_file_fail_with_its_name_until_it_is_whole(
    own: Path, tmp_path: Path, undisturbed: dict[str, str], segment: str, damage: Callable[[Path], None]
) -> None:
    manifest = pl.read_parquet(own / "meta" / "packed_manifest.parquet")
    of_few = manifest.filter((pl.col("segment") == "options") & (pl.col("dates").list.len() < 6)).row(0, named=True)
    name, dates = (SPOT, [BAD]) if segment == "spot" else (of_few["path"], of_few["dates"])
    assert 0 < len(dates) < 6
    whole = (own / name).read_bytes()
    damage(own / name)

    assert run.main(words(own, tmp_path / "sweep")) == run.PARTIAL

    status = pl.read_parquet(tmp_path / "sweep" / "status.parquet")
    lost = status.filter(pl.col("state") == "failed")
    assert (lost["date"].to_list(), lost["error_type"].unique().to_list()) == (dates, ["changed_file"])
    assert lost["error"].str.contains(name, literal=True).all()
    daily = pl.read_parquet(tmp_path / "sweep" / "daily.parquet")
    assert daily["date"].n_unique() == 6 - len(dates)
    assert daily["n_fills"].sum() > 0

    (own / name).write_bytes(whole)
    assert nfops("resume", tmp_path / "sweep").exit_code == run.DONE
    assert digests(tmp_path / "sweep") == undisturbed


def test_what_is_scored_beside_a_damaged_file_is_what_it_would_have_been(
    own: Path, packed: Path, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    assert undisturbed
    rotten(own / SPOT)
    run.main(words(own, tmp_path / "sweep"))

    whole = pl.read_parquet(packed / "undisturbed" / "daily.parquet").filter(pl.col("date") != BAD)
    assert pl.read_parquet(tmp_path / "sweep" / "daily.parquet").equals(whole)


def test_a_day_that_looks_back_at_a_damaged_one_fails_with_it(own: Path, tmp_path: Path) -> None:
    rotten(own / SPOT)

    assert run.main(words(own, tmp_path / "sweep", "strategy.filters.gap_min=-5")) == run.PARTIAL

    status = pl.read_parquet(tmp_path / "sweep" / "status.parquet").filter(pl.col("state") == "failed")
    assert status["date"].to_list() == [BAD, dt.date(2024, 1, 4)]
    assert ["looks back at" in text for text in status["error"]] == [False, True]
    assert status["error"].str.contains(SPOT, literal=True).all()
