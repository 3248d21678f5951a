"""The command line of packing: layouts explained from their data, and chosen where only one fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from nfops.packing import LAYOUTS
from nfops.packing.layouts.declared import GRAMMARS
from sweeps.cli import app

RAW = {
    "nifty_ticks/Nifty_2021-06-11_.csv": "timestamp,ltp,volume\n2021-06-11 10:00:00,15800.05,0\n",
    "bars/2021_JUNE.txt": "NIFTY,20210611,10:01,15800,15801,15799,15800.5\n",
}


def nfops(*words: str) -> Result:
    return CliRunner().invoke(app, [*words], env={"COLUMNS": "200"})


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    for name, text in RAW.items():
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return tmp_path / "raw"


def test_the_list_says_of_every_layout_what_it_declares() -> None:
    told = " ".join(nfops("pack", "--list").output.split())
    for layout in LAYOUTS.values():
        assert layout.vendor in told
        assert str(layout.clock) in told
        assert layout.volume is None or str(layout.volume) in told
        assert layout.price in told
        assert GRAMMARS[layout.names.grammar] in told
        assert ", ".join(layout.columns) in told
        assert all(f"{sign}: {meaning}" in told for sign, meaning in layout.none.items())
    assert "--layout auto" in told


def test_the_list_of_one_layout_is_of_that_one_alone() -> None:
    told = nfops("pack", "--list", "--layout", "truedata_csv").output
    assert told.startswith("truedata_csv")
    assert "headerless csv (.csv, .txt) with the columns day, time, price, volume, oi" in told
    assert "TrueData's, BANKNIFTY20030512500CE (year, month, day)" in told
    assert not [name for name in LAYOUTS if name != "truedata_csv" and name in told]
    assert "no layout; known: nfopslab" in str(nfops("pack", "--list", "--layout", "truedate").exception)


def test_files_of_two_layouts_are_packed_in_one_call(raw: Path, tmp_path: Path) -> None:
    done = nfops("pack", str(raw), "--layout", "auto", "--symbol", "NIFTY", "--data", str(tmp_path), "--workers", "1")
    assert done.exit_code == 0
    folder = tmp_path / "packed" / "spot" / "NIFTY" / "202106" / "date=2021-06-11"
    assert sorted(path.name for path in folder.iterdir()) == ["ticks.index_1min_csv.parquet", "ticks.parquet"]


def test_a_file_of_no_known_layout_is_named_and_ends_with_1(raw: Path, tmp_path: Path) -> None:
    (raw / "odd.csv").write_text("when,what\n1,2\n")
    done = nfops("pack", str(raw), "--layout", "auto", "--symbol", "NIFTY", "--data", str(tmp_path), "--workers", "1")
    assert done.exit_code == 1
    assert "odd.csv: unknown_layout: no layout fits; it begins 'when,what'" in done.output
    assert "packed" in done.output
