"""Packings that are killed, or run into each other, leave what one undisturbed packing leaves."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from nfops.packing import crew, pack
from nfops.packing.manifest import read_counts, read_manifest
from nfops.synth import synthesize
from tests.unit.packing.raw import HOME, MARKET, tree

PACKING = """
import importlib, sys
from pathlib import Path
from nfops.errors import ConfigError
from nfops.market import Market
from nfops.packing import pack, plan
module = importlib.import_module("nfops.packing.pack")
if __name__ == "__main__":
    raw, root, workers, save_every = sys.argv[1:]
    module.SAVE_EVERY_S, plan.BYTES_TOGETHER = float(save_every), 400_000
    market = Market.load(Path("meta"))
    print("begins", flush=True)
    try:
        report = pack([Path(raw)], "nfopslab", "NIFTY", Path(root), market, workers=int(workers))
    except ConfigError as fault:
        print(fault)
        sys.exit(2)
    print(report.packed, report.skipped)
"""


def started(tmp_path: Path, root: Path, workers: int, save_every: float = 0.0) -> subprocess.Popen[str]:
    """A packing of ``tmp_path/raw`` in another process, which has just begun."""
    script = tmp_path / "packing.py"
    script.write_text(PACKING)
    words = [sys.executable, str(script), str(tmp_path / "raw"), str(root), str(workers), str(save_every)]
    process = subprocess.Popen(
        words, cwd=HOME, env={"PYTHONPATH": str(HOME)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    return process


def state(root: Path) -> tuple[dict[str, bytes], pl.DataFrame, pl.DataFrame]:
    """All packed files byte by byte, the manifest without the clock of the disk, and the counts."""
    return tree(root), read_manifest(root).drop("mtime_ns"), read_counts(root)


def same(root: Path, other: Path) -> bool:
    (files, manifest, counts), (others, their_manifest, their_counts) = state(root), state(other)
    return files == others and manifest.equals(their_manifest) and counts.equals(their_counts)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A simulated day of NIFTY: over a hundred files."""
    made = synthesize("NIFTY", dt.date(2024, 1, 2), dt.date(2024, 1, 2), tmp_path / "raw", market=MARKET)
    assert made.files > 100
    return tmp_path / "raw"


@pytest.mark.slow
@pytest.mark.usefixtures("raw")
def test_packings_killed_twenty_times_end_as_one_that_was_left_alone(tmp_path: Path) -> None:
    calm, root, dice = tmp_path / "calm", tmp_path / "root", random.Random(5)
    began = time.monotonic()
    started(tmp_path, calm, workers=1).communicate()
    took, killed, halves = time.monotonic() - began, 0, 0
    for attempt in range(60):
        process = started(tmp_path, root, workers=1 + attempt % 2, save_every=dice.choice([0.0, 60.0]))
        time.sleep(dice.uniform(0.0, 0.6) * took)
        process.kill()
        process.communicate()
        killed += process.returncode == -9
        if killed == 20:
            break
        halves += 0 < len(tree(root)) < len(tree(calm))
        if process.returncode == 0:
            shutil.rmtree(root)  # it was too quick
    assert killed == 20
    assert halves >= 3  # with something packed and something not
    last = started(tmp_path, root, workers=2)
    last.communicate()
    assert last.returncode == 0
    assert same(root, calm)
    assert read_manifest(root)["rows"].sum() > 50_000
    assert [path for path in root.rglob(".*") if path.name not in {".packing", ".manifest"}] == []


@pytest.mark.slow
def test_two_packings_of_one_root_run_one_after_the_other_or_the_second_is_refused(tmp_path: Path, raw: Path) -> None:
    calm, root = tmp_path / "calm", tmp_path / "root"
    pack([raw], "nfopslab", "NIFTY", calm, MARKET)
    both = [started(tmp_path, root, workers=2) for _ in range(2)]
    told = [process.communicate()[0] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, 2])
    if codes == [0, 2]:
        assert any(f"another packing runs in {root}" in text for text in told)
    else:
        assert min(text.split()[0] for text in told) == "0"  # the second found nothing left to do
    assert same(root, calm)


def test_what_a_killed_packing_left_behind_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "packed" / "options"
    folder.mkdir(parents=True)
    (tmp_path / "meta" / ".spool-x").mkdir(parents=True)
    halves = [folder / ".strike=11800.parquet.ab.part", tmp_path / "meta" / ".packed_counts.parquet.cd.part"]
    for half in halves:
        half.write_bytes(b"PAR1")
    (tmp_path / "meta" / ".packing").write_text("a packing began here")
    with crew.alone(tmp_path):
        assert not any(half.exists() for half in halves)
        assert not (tmp_path / "meta" / ".spool-x").exists()
    assert (tmp_path / "meta" / ".packing").read_text() == ""
