"""The guide from the demo to a decision works as it is written, on fewer days."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from sweeps import run
from tests.app.test_docs import DOCS, commands
from tests.simulated import FIRST, LAST

FEWER = {
    "2024-01-31": "2024-01-09",
    "2024-02-29": "2024-01-12",
    "train_days=15": "train_days=4",
    "test_days=5": "test_days=2",
    "--days 2": "--days 1 --changes 1 --sets 1",
    "at=09:20,09:30,09:45,10:00,10:30,11:00,12:00,13:00": "at=10:00,11:00",
    "stop_pct=10,15,20,25,30,40,50,75": "stop_pct=20,50",
}
"""What the guide says, and what it is here: six days of a demo, four that come later, and fewer sets."""


def small_demo(home: Path, packed: Path) -> int:
    """Do what the demo does, with fewer days and sets, and no record."""
    for name in ("packed", "meta"):
        shutil.copytree(packed / name, home / name)
    span = ("symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}", "study=demo", "record=none", "executor=local")
    sets = ("strategy.entry.at=10:00,11:00", "strategy.exit.stop_pct=20,50")
    return run.main(["-m", *span, f"paths.data={home}", f"paths.sweep={home / 'sweeps' / 'demo'}", *sets])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_guide_leads_from_the_demo_to_a_decision(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nfops: Callable[..., int]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = commands(DOCS / "is-it-real.md")
    assert told[0] == "nfops demo"
    assert [word for word in FEWER if word not in " ".join(told)] == []
    assert small_demo(tmp_path / "data" / "demo", packed) == run.DONE

    codes = {}
    for command in told[1:]:
        for said, here in FEWER.items():
            command = command.replace(said, here)  # noqa: PLW2901
        words = shlex.split(command)[1:]
        quiet = ["record=none", "executor=local"] if "walkforward" in words or words[:2] == ["champion", "run"] else []
        codes[" ".join(words[:2] if words[0] == "champion" else words[:1])] = nfops(*words, *quiet)

    # The first window's test was shown by the sweep, which is a finding; the later days nobody had seen.
    assert codes == {
        "report": 0, "verify": 0, "lookahead": 0, "synth": 0, "pack": 0, "walkforward": 1, "ledger": 0,
        "champion set": 0, "champion run": 0,
    }  # fmt: skip
    (windows,) = (tmp_path / "data" / "demo" / "walkforward" / "demo").rglob("windows.parquet")
    assert pl.read_parquet(windows)["seen"].to_list() == [True, False, False]
    assert (tmp_path / "data" / "demo" / "sweeps" / "demo" / "report.html").is_file()
