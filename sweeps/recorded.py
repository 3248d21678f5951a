"""`nfops record`: sweeps and walk-forwards into MLflow that were not recorded when they were done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from nfops.errors import ConfigError
from sweeps import run
from sweeps.adapters.mlflow_recorder import MlflowRecorder
from sweeps.console import Console
from sweeps.files import SUMMARY, WALK

DONE: Final = ("trials.parquet", "windows.parquet")
"""A folder with one of them has results."""


def record_command(
    folders: Annotated[
        list[Path], typer.Argument(metavar="SWEEP_DIR...", help="Folders of finished sweeps or walk-forwards.")
    ],
    mlruns: Annotated[
        Path | None, typer.Option("--mlruns", help="Folder MLflow records to; default each sweep's own.")
    ] = None,
) -> None:
    """Record in MLflow what is done but not recorded there: its database was locked, or out of reach.

    One that is recorded as it is now is left alone. Exit code 0: all are recorded. 1: some could not be.

    Example: nfops record data/sweeps/short_straddle/20240131-101500-1a2b3c --mlruns mlruns
    """
    lacking = [folder for folder in folders if not any((folder / name).is_file() for name in DONE)]
    if lacking:
        listed = ", ".join(map(str, lacking))
        raise ConfigError(f"no finished sweep is in {listed}; nfops resume goes on with one that was broken off")
    console = Console()
    raise typer.Exit(max(_recorded(folder.resolve(), mlruns, console) for folder in folders))


def _recorded(folder: Path, mlruns: Path | None, console: Console) -> int:
    file = next(name for name in (SUMMARY, WALK) if (folder / name).is_file())
    summary = json.loads((folder / file).read_text(encoding="utf-8"))
    place = mlruns or Path(summary["config"]["paths"]["mlruns"])
    return run.record(MlflowRecorder(place), folder, console)
