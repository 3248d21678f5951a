"""The ledger counts every set once, whoever tried it and however often."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nfops.tries import Ledger, Standing
from nfops.tries.keys import Keys

MORNING = dt.datetime(2024, 2, 1, 9, tzinfo=dt.UTC)
JANUARY = dt.date(2024, 1, 1), dt.date(2024, 1, 31)
MARCH = dt.date(2024, 3, 1), dt.date(2024, 3, 28)

WRITING = """
import datetime as dt, sys
from pathlib import Path
import numpy as np
from nfops.tries import Ledger
root, number = Path(sys.argv[1]), int(sys.argv[2])
for turn in range(10):
    keys = np.arange(10, dtype=np.uint64) + np.uint64(100 * number + 5 * turn)
    day = dt.date(2024, 1, 1)
    Ledger(root).add("NIFTY", "calm", f"run {number} {turn}", keys, (day, day), dt.datetime.now(dt.UTC))
"""
"""Adds ten runs of ten sets; each run shares five sets with the one before."""


def sets(*numbers: int) -> Keys:
    return np.array(numbers, np.uint64)


def test_a_set_counts_once_in_whatever_run(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.standing("NIFTY", "calm") is None

    assert ledger.add("NIFTY", "calm", "a", sets(1, 2, 3), JANUARY, MORNING) == 3
    assert ledger.add("NIFTY", "calm", "b", sets(3, 2, 4, 4), MARCH, MORNING + dt.timedelta(days=5)) == 1
    assert ledger.add("NIFTY", "calm", "c", sets(1, 2, 3, 4), JANUARY, MORNING + dt.timedelta(days=2)) == 0

    assert ledger.standing("NIFTY", "calm") == Standing(
        "NIFTY", "calm", 4, 3, "2024-01-01", "2024-03-28", "2024-02-01", "2024-02-06", 0
    )


def test_a_run_that_goes_on_is_one_run_and_repeats_no_part(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.add("NIFTY", "calm", "a", sets(1, 2), JANUARY, MORNING) == 2
    assert ledger.add("NIFTY", "calm", "a", sets(1, 2, 3), JANUARY, MORNING + dt.timedelta(hours=1)) == 1
    assert ledger.add("NIFTY", "calm", "a", sets(3, 2, 1), JANUARY, MORNING + dt.timedelta(hours=2)) == 0

    standing = ledger.standing("NIFTY", "calm")
    assert standing is not None
    assert (standing.sets, standing.runs) == (3, 1)
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_a_run_without_a_result_leaves_no_trace(tmp_path: Path) -> None:
    assert Ledger(tmp_path).add("NIFTY", "calm", "a", sets(), JANUARY, MORNING) == 0
    assert Ledger(tmp_path).standings() == []
    assert not list(tmp_path.rglob("*.parquet"))


def test_studies_and_symbols_are_counted_apart_also_below_one_another(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for symbol, study, tried in (("NIFTY", "calm", 2), ("NIFTY", "calm/late", 3), ("BANKNIFTY", "calm", 4)):
        ledger.add(symbol, study, "a", sets(*range(tried)), JANUARY, MORNING)

    found = [(one.symbol, one.study, one.sets) for one in ledger.standings()]
    assert found == [("BANKNIFTY", "calm", 4), ("NIFTY", "calm", 2), ("NIFTY", "calm/late", 3)]


def test_a_damaged_part_is_told_and_left_where_it_is(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.add("NIFTY", "calm", "a", sets(1, 2), JANUARY, MORNING)
    ledger.add("NIFTY", "calm", "b", sets(3), JANUARY, MORNING + dt.timedelta(days=1))
    part = next(path for path in tmp_path.rglob("*.parquet") if b'"run": "b"' in path.read_bytes())
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)

    standing = ledger.standing("NIFTY", "calm")
    assert standing is not None
    assert (standing.sets, standing.runs, standing.damaged) == (2, 1, 1)
    assert part.exists()


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITING, str(tmp_path), str(number)]) for number in (0, 1)]
    assert [writer.wait(60) for writer in writers] == [0, 0]

    standing = Ledger(tmp_path).standing("NIFTY", "calm")
    assert standing is not None
    # Each writes 0 ... 54 above its own hundred: 10 sets of the first run and 5 more of each of the nine others.
    assert (standing.sets, standing.runs, standing.damaged) == (2 * 55, 20, 0)
    assert not list(tmp_path.rglob(".*"))
