"""Layout ``auto``: one that fits is taken, none or several are named and nothing is guessed."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from nfops.errors import ConfigError
from nfops.packing import LAYOUTS, pack
from nfops.packing.detect import SUFFIXES, Undecided, decide, sort_out
from nfops.packing.sources import RawFile, expand
from tests.unit.packing.raw import MARKET, packed
from tests.unit.packing.samples import SAMPLES, Sample, legacy, legacy_rows, parquet, snapshot, text, ticks


def write_all(folder: Path) -> dict[str, Path]:
    """One good file of every layout, in a folder named after its index."""
    paths = {name: sample.write(folder / f"{sample.symbol.lower()}_{name}") for name, sample in SAMPLES.items()}
    extra = {
        "trademarkk_json": ("NIFTY/days.json", snapshot()),
        "nfopslab": ("banknifty19may28500ce.parquet", parquet(ticks())),
        "packed_legacy": (legacy().name, parquet(legacy_rows())),
    }
    for name, (where, content) in extra.items():
        paths[name] = Sample(where, "", "", ()).write(folder, content)
    return paths


def test_every_layout_knows_its_own_file_and_no_other_does(tmp_path: Path) -> None:
    paths = write_all(tmp_path)
    assert set(paths) == set(LAYOUTS)
    for name, path in paths.items():
        symbol = SAMPLES[name].symbol if name in SAMPLES else "NIFTY"
        assert decide(RawFile(path), symbol, MARKET) == name


def test_files_of_several_layouts_are_packed_by_their_own(tmp_path: Path) -> None:
    paths = write_all(tmp_path / "raw")
    report = pack([tmp_path / "raw"], "auto", "NIFTY", tmp_path / "auto", MARKET)
    assert report.balanced
    assert report.total("refused") == {}
    for name, path in paths.items():
        pack([path], name, "NIFTY", tmp_path / "named", MARKET)
    trees = [
        {str(path.relative_to(root)): path.read_bytes() for path in (tmp_path / root).rglob("*.parquet")
         if "meta" not in path.parts}
        for root in (tmp_path / "auto", tmp_path / "named")
    ]  # fmt: skip
    assert trees[0] == trees[1]
    assert len(trees[0]) > 15
    again = pack([tmp_path / "raw"], "auto", "NIFTY", tmp_path / "auto", MARKET)
    assert (again.entries, again.skipped > 10) == ((), True)


def test_a_file_that_fits_none_is_named_and_the_rest_is_packed(tmp_path: Path) -> None:
    write_all(tmp_path / "raw")
    (tmp_path / "raw" / "odd.csv").write_text("when,what\n1,2\n")
    (tmp_path / "raw" / "empty.csv").write_text("")
    (tmp_path / "raw" / "notes.md").write_text("not data")
    report = pack([tmp_path / "raw"], "auto", "NIFTY", tmp_path, MARKET)
    assert report.packed > 0
    assert report.total("refused") == {"unknown_layout": 2}
    assert next(finding for finding in report.findings if "odd.csv" in finding).endswith(
        "odd.csv: unknown_layout: no layout fits; it begins 'when,what'"
    )


def test_nothing_is_packed_when_no_file_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("when,what\n1,2\n")
    with pytest.raises(ConfigError, match="no layout fits; it begins 'when,what'"):
        pack([tmp_path / "odd.csv"], "auto", "NIFTY", tmp_path, MARKET)
    assert not (tmp_path / "packed").exists()


def test_a_file_that_fits_several_names_them(tmp_path: Path) -> None:
    both = "Ticker,Date,Time,LTP,BuyPrice,BuyQty,SellPrice,SellQty,LTQ,OpenInterest,Open,High,Low,Close,Volume\n"
    (tmp_path / "odd.csv").write_text(both)
    with pytest.raises(ConfigError, match="it may be of gdfl_1min_csv, gdfl_tick_csv; say which with --layout"):
        sort_out([RawFile(tmp_path / "odd.csv")], "NIFTY", MARKET)


def test_a_name_that_two_grammars_read_differently_is_not_decided(tmp_path: Path) -> None:
    # 17000 of 2020-01-23 to the exchange and Kite, 7000 of 2020-12-31 to TrueData.
    path = tmp_path / "NIFTY2012317000CE.csv"
    path.write_text("20200122,10:00:01,1.05,20,100\n")
    found = decide(RawFile(path), "NIFTY", MARKET)
    assert isinstance(found, Undecided)
    assert found.reason == "ambiguous_layout"
    assert "2020-01-23 17000CE as exchange names are read or 2020-12-31 7000CE as truedata names are read" in found.why
    # Nothing trades after its expiry, so rows of February leave one reading.
    path.write_text("20200224,10:00:01,1.05,20,100\n")
    assert decide(RawFile(path), "NIFTY", MARKET) == "truedata_csv"
    assert pack([path], "auto", "NIFTY", tmp_path, MARKET).packed == 1
    assert packed(tmp_path, "options/NIFTY/202012/exp=2020-12-31/type=CE/strike=7000.parquet").height == 1


def test_an_index_file_that_does_not_say_of_which_index_is_not_decided(tmp_path: Path) -> None:
    line = text(SAMPLES["spot_1s_csv"].lines)
    for folder in ("nifty_spot", "days"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "2022-09-29.csv").write_bytes(line)
    nameless = decide(RawFile(tmp_path / "days" / "2022-09-29.csv"), "NIFTY", MARKET)
    assert isinstance(nameless, Undecided)
    assert nameless.why == "nothing in it says that it is of NIFTY; if it is, say --layout spot_1s_csv"
    named = RawFile(tmp_path / "nifty_spot" / "2022-09-29.csv")
    assert decide(named, "NIFTY", MARKET) == "spot_1s_csv"
    other = decide(named, "BANKNIFTY", MARKET)
    assert isinstance(other, Undecided)
    assert other.reason == "other_symbol"


def test_a_member_that_fits_none_goes_with_the_others_of_its_archive(tmp_path: Path) -> None:
    sample = SAMPLES["nse_chain_csv"]
    sample.write(tmp_path / "raw")
    (tmp_path / "raw" / "NIFTY" / "30MAY2019" / "NIFTY_20-05-2019_10:15.csv").write_text("")
    with tarfile.open(tmp_path / "polls.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "raw" / "NIFTY", "NIFTY")
    shutil.rmtree(tmp_path / "raw")
    parts, left = sort_out(expand([tmp_path / "polls.tar.gz"], SUFFIXES), "NIFTY", MARKET)
    assert ({name: len(files) for name, files in parts.items()}, left) == ({"nse_chain_csv": 2}, [])
    report = pack([tmp_path / "polls.tar.gz"], "auto", "NIFTY", tmp_path, MARKET)
    assert report.total("refused") == {"empty_file": 1}
    assert packed(tmp_path, "options/NIFTY/201905/exp=2019-05-30/type=CE/strike=11500.parquet").height == 1


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"PAR1", b"{", b'{"symbol": 1', b"\x1f\x8b broken"])
def test_damaged_files_fit_nothing(tmp_path: Path, content: bytes) -> None:
    for name in ("a.csv", "a.json", "a.parquet", "a.txt", "a.csv.gz", "a.zip"):
        (tmp_path / name).write_bytes(content)
        assert isinstance(decide(RawFile(tmp_path / name), "NIFTY", MARKET), Undecided)
