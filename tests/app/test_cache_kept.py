"""What `nfops cache` says is kept, and what it prunes."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from nfops.daycache import DayStore
from nfops.jit import code_name
from nfops.strategies import compose, strategy
from sweeps import stored
from sweeps.cli import app
from sweeps.options import market
from sweeps.results import run_name
from tests.packed_rows import frame, row, spot

DAYS = [dt.date(2024, 1, 30), dt.date(2024, 1, 31), dt.date(2024, 2, 1)]  # over the end of a month
EXPIRY = DAYS[-1]
LONG_AGO = time.time() - 2 * stored.RECENT_S


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three days of one call with its index, cached; kernels of this code, of other code, and of today's other code."""
    home = tmp_path / "kernels"
    for name in (f"{code_name()}-cascadelake", "0123456789-cascadelake", "abcdef-cascadelake"):
        (home / name).mkdir(parents=True)
        (home / name / "kernel.nbc").write_bytes(b"x" * 1_000)
    aged(home / "0123456789-cascadelake")
    monkeypatch.setattr(stored, "kernel_home", lambda: home)
    root = tmp_path / "data"
    pack_call(root, dict.fromkeys(DAYS, 100.0))
    for date in DAYS:
        write(root / f"packed/spot/NIFTY/{date:%Y%m}/date={date}/ticks.parquet", spot((0, 21500.0), date=date))
    assert DayStore(root, "NIFTY", market()).build(DAYS) == {}
    return root


def pack_call(root: Path, prices: dict[dt.date, float]) -> None:
    rows = frame(row(5, price, date=date, strike=21500, expiry=EXPIRY, oi=50) for date, price in prices.items())
    write(root / f"packed/options/NIFTY/202402/exp={EXPIRY}/type=CE/strike=21500.parquet", rows)


def write(path: Path, rows: pl.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(path, metadata={"nfops.layout": "nfopslab"})


def aged(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (LONG_AGO, LONG_AGO))


def called(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["cache", "--data", str(root), *words], env={"COLUMNS": "200"})


def told(root: Path, *words: str) -> dict[str, Any]:
    done = called(root, "--json", *words)
    assert done.exit_code in {0, 1}, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == (answer["unneeded"] > 0)
    return answer


def repacked(root: Path) -> None:
    """Give the last day another price, and take the first one away."""
    shutil.rmtree(root / "packed" / "options")
    pack_call(root, {DAYS[1]: 101.0, DAYS[2]: 150.0})


def test_days_expiries_and_sizes_are_told(root: Path) -> None:
    (days,) = told(root)["days"]
    assert days["symbol"] == "NIFTY"
    assert days["current"] == [str(date) for date in DAYS]
    assert (days["stale"], days["gone"], days["missing"], days["damaged"]) == ([], [], [], [])
    assert days["expiries"] == 1
    assert days["bytes"] == sum(path.stat().st_size for path in (root / "cache/NIFTY").rglob("*"))


def test_days_that_were_packed_anew_are_stale_and_days_no_longer_packed_are_gone(root: Path) -> None:
    repacked(root)
    (days,) = told(root)["days"]
    # all days of the contract are in one file, so its new content makes each of them another one
    assert (days["current"], days["stale"], days["gone"]) == ([], [str(DAYS[1]), str(DAYS[2])], [str(DAYS[0])])


def test_pruning_deletes_what_nothing_uses_and_nothing_else(root: Path) -> None:
    repacked(root)
    store = DayStore(root, "NIFTY", market())
    store.build([DAYS[1]])
    kept = store.load(DAYS[1]).arrays.last.tobytes()
    before = stored.weight(root / "cache")
    answer = told(root, "--prune")
    (days,) = answer["days"]
    assert (days["current"], days["stale"], days["gone"], days["missing"]) == ([str(DAYS[1])], [], [], [str(DAYS[2])])
    assert DayStore(root, "NIFTY", market()).load(DAYS[1]).arrays.last.tobytes() == kept
    assert answer["freed"] == before - stored.weight(root / "cache") + 1_000
    assert called(root).exit_code == 0


def test_kernels_of_other_code_are_pruned_unless_they_are_of_today(root: Path) -> None:
    before = told(root)["kernels"]
    assert before == {
        "current": {f"{code_name()}-cascadelake": 1_000},
        "old": {"0123456789-cascadelake": 1_000},
        "recent": {"abcdef-cascadelake": 1_000},
    }
    assert told(root, "--prune")["kernels"] == {**before, "old": {}}
    assert {path.name for path in stored.kernel_home().iterdir()} == {*before["current"], *before["recent"]}


def test_results_of_this_code_are_kept_whatever_parts_a_strategy_is_made_of(root: Path) -> None:
    known = [
        run_name("NIFTY", strategy("short_straddle")),
        run_name("NIFTY", compose("my-own", "opening", "directional")),
    ]
    other = [
        run_name("BANKNIFTY", strategy("short_straddle")).replace("BANKNIFTY", "NIFTY"),
        "NIFTY-short_straddle-0",
        "x",
    ]
    for name in (*known, *other):
        (root / "cache/results" / name).mkdir(parents=True)
        (root / "cache/results" / name / "part.parquet").write_bytes(b"x" * 10)
    assert told(root)["results"] == {
        "current": dict.fromkeys(sorted(known), 10), "old": dict.fromkeys(sorted(other), 10), "recent": {},
    }  # fmt: skip
    assert told(root, "--prune")["results"]["old"] == {}
    assert {path.name for path in (root / "cache/results").iterdir()} == set(known)


def test_a_damaged_month_and_what_a_killed_process_began_are_pruned(root: Path) -> None:
    begun, new, cut = (root / "cache/NIFTY" / name for name in (".building-1", ".building-2", "202403.days"))
    for folder in (begun, new):
        folder.mkdir()
        (folder / "2024-01-30.days").write_bytes(b"half")
    aged(begun)
    cut.write_bytes(b"cut short")
    assert told(root)["days"][0]["damaged"] == [str(begun), str(cut)]
    assert told(root, "--prune")["days"][0]["damaged"] == []
    assert (begun.exists(), cut.exists(), new.exists()) == (False, False, True)


def test_the_last_sweeps_say_how_much_they_found(root: Path) -> None:
    for at, (built, known) in enumerate([(3, 0), (0, 6), (None, 6)]):
        folder = root / "sweeps" / "study" / str(at)
        folder.mkdir(parents=True)
        summary = {"started": f"2024-03-01 0{at}:00", "days": 3} | ({} if built is None else {"days_built": built})
        (folder / "sweep.json").write_text(json.dumps(summary))
        (folder / "progress.json").write_text(json.dumps({"total": 6, "known": known}))
    rows = [
        line.split() for line in called(root, "--sweeps", "2").output.splitlines() if line.strip().startswith("study/")
    ]
    assert rows == [["study/2", "3", "-", "6", "100%"], ["study/1", "3", "100%", "6", "100%"]]
    assert [hits["known"] for hits in told(root)["sweeps"]] == [6, 6, 0]


def test_the_table_has_a_line_for_each_index(root: Path) -> None:
    done = called(root)
    assert done.exit_code == 1  # there are old kernels
    (line,) = [line.split() for line in done.output.splitlines() if line.strip().startswith("NIFTY")]
    assert line[:-1] == ["NIFTY", "3", str(DAYS[0]), str(DAYS[-1]), "1", "0", "0", "0", "0"]
    assert "--prune" in done.output


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert "is no folder" in str(called(tmp_path / "nowhere").exception)


def test_options_before_a_subcommand_are_refused_because_they_would_be_lost(root: Path) -> None:
    span = ("--symbol", "NIFTY", "--start", str(DAYS[0]), "--end", str(DAYS[-1]))
    fault = CliRunner().invoke(app, ["cache", "--data", str(root), "purge", *span]).exception
    assert "--data stands before purge" in str(fault)
    assert len(list((root / "cache/NIFTY").glob("*.days"))) == 2
