"""The sweep that is disturbed in many ways: its words, and what its files must be in the end."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from click.testing import Result
from typer.testing import CliRunner

from sweeps.cli import app
from tests.simulated import FIRST, LAST

DAYS, BLOCKS = 6, 6
AXES: Final = (
    "strategy.entry.at=10:00,11:00",
    "strategy.exit.stop_pct=5,10,15,20,30,null",
    "strategy.exit.target_pct=5,10,20",
)
TABLES: Final = ("trials", "daily", "fills")


def words(root: Path, into: Path, *more: str) -> list[str]:
    """Words of the sweep: 36 trials in blocks of six on six days."""
    span = ("symbol=NIFTY", f"span.start={FIRST}", f"span.end={LAST}", "record=none", "block_size=6", "executor=local")
    return ["-m", *span, f"paths.data={root}", f"paths.sweep={into}", *AXES, *more]


def digests(into: Path) -> dict[str, str]:
    """Hash of each table."""
    return {name: hashlib.sha256((into / f"{name}.parquet").read_bytes()).hexdigest() for name in TABLES}


def nfops(*said: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, [str(word) for word in said])
