"""A set of parameters kept by name gives the same results again, to the paisa, or says where it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import yaml

from nfops.report import SweepFolder
from nfops.report.slippage import net_at
from sweeps import run
from sweeps.champions import settled
from tests.simulated import FIRST, LAST
from tests.sweep_folder import make_sweep

Nfops = Callable[..., int]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tables have room."""
    monkeypatch.setenv("COLUMNS", "200")


HERE = ("executor=local", "record=none")


@pytest.fixture(scope="module")
def swept(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of 48 sets; give its folder, in a data root of its own."""
    root = tmp_path_factory.mktemp("champion") / "my data"
    shutil.copytree(packed / "packed", root / "packed")
    for name in ("meta", "cache"):
        if (packed / name).exists():
            shutil.copytree(packed / name, root / name)
    span = ("symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}")
    words = (*span, f"paths.data='{root}'", f"paths.sweep='{root / 's'}'")
    axes = (
        "strategy.exit.stop_pct=20,null",
        "strategy.entry.at=09:30,10:00:30",
        "strategy.filters.weekdays=null,[mon,tue,wed]",
        "fills=last,quote",
        "fills.slippage_ticks=0,1,3",
        "strategy.exit.target_pct=null",
    )
    assert run.main(["-m", *words, *axes, *HERE, "record.fills=all"]) == run.DONE
    return root / "s"


@pytest.mark.slow
@pytest.mark.parametrize("trial", ["best", "7", "40"])
def test_a_champion_gives_its_results_again(
    swept: Path, nfops: Nfops, capfd: pytest.CaptureFixture[str], trial: str
) -> None:
    data = ("--data", str(swept.parent))
    folder = SweepFolder.read(swept)
    number = int(folder.ranked["trial_id"][0]) if trial == "best" else int(trial)
    assert nfops("champion", "set", str(swept), trial, "--name", f"c{trial}", *data) == 0
    written = (swept.parent / "champion" / f"c{trial}.yaml").read_text()
    row = folder.trials.row(number, named=True)
    config = yaml.safe_load(written)
    assert (config["champion"]["trial"], config["fills"]["slippage_ticks"]) == (number, row["fills.slippage_ticks"])
    assert nfops("champion", "run", f"c{trial}", *data, *HERE) == 0
    said = capfd.readouterr().out
    days = folder.of(number)
    assert f"c{trial}: {len(days)} recorded days run again, 0 differ, by at most 0 paise" in said
    latest = max((swept.parent / "sweeps" / f"champion_c{trial}").iterdir())
    again = SweepFolder.read(latest)
    assert again.trials["n_trades"].to_list() == [row["n_trades"]]
    assert row["n_trades"] > 0
    assert again.daily.collect().drop("trial_id").equals(days.drop("trial_id"))
    mine = folder.fills.filter(pl.col("trial_id") == number)
    assert again.fills.drop("trial_id").equals(mine.drop("trial_id"))


@pytest.mark.slow
def test_what_moved_is_shown_and_ends_with_1(swept: Path, nfops: Nfops, capfd: pytest.CaptureFixture[str]) -> None:
    root = swept.parent
    data = ("--data", str(root))
    assert nfops("champion", "set", str(swept), "1", "--name", "moved", *data) == 0
    assert nfops("champion", "set", str(swept), "2", "--name", "moved", *data) == 2
    assert "moved is trial 1 of s; --replace it?" in capfd.readouterr().out
    kept = root / "champion" / "moved.parquet"
    days = pl.read_parquet(kept)
    traded = days.filter(pl.col("n_positions") > 0)["date"][0]
    forged = pl.when(pl.col("date") == traded).then(pl.col("net_paise") + 1).otherwise("net_paise")
    days.with_columns(net_paise=forged).write_parquet(kept)
    assert nfops("champion", "run", "moved", *data, *HERE) == 1
    said = capfd.readouterr().out
    assert f"{len(days)} recorded days run again, 1 differ, by at most 1 paise" in said
    assert str(traded) in said
    # Days after those that were recorded are run, too; there is nothing to compare them with.
    days.head(2).write_parquet(kept)
    assert nfops("champion", "run", "moved", *data, *HERE) == 0
    assert (
        f"2 recorded days run again, 0 differ, by at most 0 paise; {len(days) - 2} other days" in capfd.readouterr().out
    )
    # Another setting, and only some of the days: those are compared, and the others are not.
    days.write_parquet(kept)
    assert nfops("champion", "run", "moved", *data, *HERE, f"span.end={traded}", "fills.slippage_ticks=2") == 1
    assert "1 differ" in capfd.readouterr().out


@pytest.mark.slow
def test_days_that_were_lost_are_differences(
    swept: Path, nfops: Nfops, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(swept.parent / "packed", tmp_path / "packed")
    data = ("--data", str(tmp_path))
    assert nfops("champion", "set", str(swept), "0", "--name", "lost", *data) == 0
    for expiry in ("2024-01-11", "2024-01-25"):  # on 5 and 8 January nothing else is left
        shutil.rmtree(tmp_path / "packed" / "options" / "NIFTY" / "202401" / f"exp={expiry}")
    assert nfops("champion", "run", "lost", *data, *HERE) == 1
    assert "2 of them lost, 2 differ" in capfd.readouterr().out


@pytest.mark.slow
def test_worse_fills_cost_what_the_report_says(swept: Path) -> None:
    """With no stop and no target the trades stay; so the sweep of ticks is the report's own sum, made by the engine."""
    folder = SweepFolder.read(swept)
    still = folder.trials.filter(pl.col("strategy.exit.stop_pct").is_null() & (pl.col("fills") == "last"))
    axes = ["strategy.entry.at", "strategy.filters.weekdays"]
    checked = 0
    for _, sets in still.group_by(axes):
        nets = {row["fills.slippage_ticks"]: row for row in sets.iter_rows(named=True)}
        fills = folder.fills_of(nets[1]["trial_id"])
        assert len(fills)
        for ticks, row in nets.items():
            paise = abs(net_at(fills, 1, ticks) - row["total"]) * 100
            assert paise <= 7 * len(fills) / 2 + 1e-6  # half a paisa an item and fill
            checked += ticks != 1 and abs(row["total"] - nets[1]["total"]) > 1
    assert checked == 8


def test_a_champion_is_named_well_and_exists(nfops: Nfops, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = str(make_sweep(tmp_path / "sweep", days=6))
    data = ("--data", str(tmp_path))
    for words, told in {
        ("set", folder, "99", "--name", "x"): "has no trial 99; its trials are 0 to 35",
        ("set", folder, "first", "--name", "x"): "TRIAL_ID is the number of a trial, or best; got 'first'",
        ("set", folder, "1", "--name", "a/b"): "letters, digits, - and _ only, got 'a/b'",
        ("run", "nobody"): "'nobody' is no champion under",
    }.items():
        assert nfops("champion", *words, *data) == 2
        assert told in capfd.readouterr().out
    assert not list((tmp_path / "champion").glob("*"))
    assert nfops("champion", "set", folder, "1", "--name", "weekly", *data) == 0
    assert nfops("champion", "run", "weekly", "-m", "strategy.exit.stop_pct=1,2", *data) == 2
    assert "a champion is one set; sweep around it with: nfops sweep -m" in capfd.readouterr().out
    assert nfops("champion", "run", "weekly", "--detach", *data) == 2
    assert "a champion is compared when it has run; leave --detach out" in capfd.readouterr().out
    assert nfops("champion", "list", *data) == 0
    shown = capfd.readouterr().out
    assert all(word in shown for word in ("weekly", "short_straddle", "NIFTY", "2024-01-01"))


def test_values_of_a_trial_take_their_places() -> None:
    days = [["mon", "tue"], None]
    config = {
        "symbol": "NIFTY",
        "strategy": {"name": "x", "entry": {"at": "09:20"}, "filters": {"weekdays": None}},
        "fills": {"model": "last", "slippage_ticks": 1},
        "executor": {"name": "ray"},
        "paths": {"data": "/d"},
        "axes": {"strategy.entry.at": ["10:00"], "fills": ["last", "quote"], "strategy.filters.weekdays": days},
    }
    axes = {"fills": ["last", "quote"], "strategy.filters.weekdays": days}
    found = settled(config, axes, {"trial_id": 1, "fills": "quote", "strategy.filters.weekdays": "[mon,tue]"})
    assert found == {
        "symbol": "NIFTY",
        "strategy": {"name": "x", "entry": {"at": "10:00"}, "filters": {"weekdays": ["mon", "tue"]}},
        "fills": {"model": "quote", "slippage_ticks": 1},
    }
    assert config["fills"]["model"] == "last"
