"""`nfops status`, `resume`, `retry` and `cancel`: what becomes of a sweep after it was started."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
import typer
from rich import box
from rich.live import Live
from rich.table import Table

from nfops.errors import ConfigError
from nfops.jit import code_name
from sweeps import run
from sweeps.console import Console
from sweeps.files import SUMMARY, WALK
from sweeps.hold import is_held, progress_of
from sweeps.options import ROOT, Data
from sweeps.stop import CANCEL

Folder = Annotated[Path, typer.Argument(metavar="SWEEP_DIR", help="Folder of a sweep.")]
SUMMARIES: Final = (SUMMARY, WALK)
KILLED: Final = "killed"
"""State of a sweep whose process is gone though its file still says that it runs."""


def status_command(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="SWEEP_DIR...", help="Folders of sweeps, or of studies; default all.")
    ] = None,
    data: Data = ROOT,
    watch: Annotated[float | None, typer.Option("--watch", min=0.2, help="Look again every so many seconds.")] = None,
) -> None:
    """Say how far sweeps are, from their files: those of this terminal, of another one, and detached ones.

    Exit code 0: all are done. 1: some are running, partial or interrupted. 3: some failed or were killed.

    Example: nfops status --watch 2
    """
    console = Console()
    found = _sweeps(folders or [data / "sweeps", data / "walkforward"])
    if watch is not None:
        with Live(console=console.terminal, auto_refresh=False) as live:
            while True:
                live.update(_table(found), refresh=True)
                if all(state_of(folder) != "running" for folder in found):
                    break
                time.sleep(watch)
    else:
        console.terminal.print(_table(found))
    states = {state_of(folder) for folder in found}
    raise typer.Exit(3 if states & {"failed", KILLED} else 0 if states <= {"ok"} else 1)


def resume_command(
    folders: Annotated[
        list[Path], typer.Argument(metavar="SWEEP_DIR...", help="Folders of sweeps, one after another.")
    ],
    executor: Annotated[
        str | None, typer.Option("--executor", help="local or ray, where it began with the other.")
    ] = None,
    address: Annotated[
        str | None, typer.Option("--address", metavar="HOST:PORT", help="Of another Ray cluster than it began with.")
    ] = None,
) -> None:
    """Go on with sweeps that were interrupted, killed or left partial; what is known is not computed again.

    The files end with the same bytes, wherever it goes on: here, or on another cluster when the first one is lost.

    Example: nfops resume data/sweeps/short_straddle/20240131-101500-1a2b3c --executor local
    """
    elsewhere = {"workers": None, "name": executor or "ray", "address": address} if executor or address else {}
    raise typer.Exit(max(_again(folder, elsewhere) for folder in folders))


def retry_command(
    folder: Folder,
    attempts: Annotated[
        int, typer.Option("--attempts", min=1, help="Stop when every failed day was tried so often.")
    ] = 3,
) -> None:
    """Compute once more the days that failed.

    Exit code 1, and nothing is started, when no day failed or each failed as often as --attempts allows.

    Example: nfops retry data/sweeps/short_straddle/20240131-101500-1a2b3c --attempts 5
    """
    _summary(folder)
    path, console = folder / "status.parquet", Console()
    if not path.is_file():
        raise ConfigError(f"{folder} has no status of days yet; nfops resume {folder} goes on with it")
    failed = pl.read_parquet(path).filter(pl.col("state") == "failed")
    open_ = failed.filter(pl.col("attempt") < attempts)
    told = f"{failed.height} failed days, {open_.height} of them tried less than {attempts} times"
    console.terminal.print(told if failed.height else "no day of it has failed: there is nothing to retry")
    raise typer.Exit(_again(folder) if open_.height else 1)


def cancel_command(folder: Folder) -> None:
    """Ask a running sweep to stop; it writes what is whole, and can be resumed.

    Example: nfops cancel data/sweeps/short_straddle/20240131-101500-1a2b3c
    """
    state = state_of(folder)
    if state != "running":
        raise ConfigError(f"{folder} is not running: {state}")
    (folder / CANCEL).touch()
    Console().terminal.print(f"asked {folder} to stop; nfops status {folder} says when it has", soft_wrap=True)


def state_of(folder: Path) -> str:
    """State of a sweep as its files and its lock tell."""
    said = str(_summary(folder)["status"])
    if said == "running" and not is_held(folder):
        said = str(_summary(folder)["status"])  # it may have ended between the two looks
        return KILLED if said == "running" else said
    return said


def _again(folder: Path, elsewhere: Mapping[str, Any] | None = None) -> int:
    """Run the configuration of a sweep into its own folder, with other settings of the executor if some are given."""
    console, summary = Console(), _summary(folder)
    plain = summary["config"]
    plain["executor"] |= elsewhere or {}
    plain["paths"]["sweep"] = str(folder.resolve())
    if summary["code"].get("name") != code_name():
        console.terminal.print("the code has changed since: every day is computed anew", style="yellow")
    return run.execute([plain], console)


def _summary(folder: Path) -> dict[str, Any]:
    path = next((folder / name for name in SUMMARIES if (folder / name).is_file()), None)
    if path is None:
        raise ConfigError(f"{folder} is no sweep: it has no sweep.json; sweeps are under data/sweeps/STUDY/SWEEP_ID")
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _sweeps(folders: Sequence[Path]) -> list[Path]:
    """Find the sweeps in folders, the latest last."""
    found = [file.parent for folder in folders for name in SUMMARIES for file in folder.rglob(name)]
    if not found:
        raise ConfigError(f"no sweep is under {', '.join(map(str, folders))}; start one with nfops sweep")
    return sorted(set(found), key=lambda folder: str(_summary(folder)["started"]))


def _table(folders: Sequence[Path]) -> Table:
    table = Table("sweep", "state", box=box.SIMPLE_HEAD)
    table.columns[0].overflow = "fold"
    for heading in ("sets", "done", "failed", "elapsed", "ETA"):
        table.add_column(heading, justify="right", no_wrap=True)
    for folder in folders:
        summary, progress, state = _summary(folder), progress_of(folder) or {}, state_of(folder)
        total, done = progress.get("total", 0), progress.get("known", 0) + progress.get("done", 0)
        share = 1.0 if state == "ok" else done / total if total else None  # a search may end before all it could do
        table.add_row(
            f"{folder.parent.name}/{folder.name}",
            state,
            f"{summary['trials']:,}",
            "-" if share is None else f"{share:.0%}",
            str(progress.get("failed", 0)),
            _duration(progress.get("seconds")),
            _duration(progress.get("eta_s")) if state == "running" else "-",
        )
    return table


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
