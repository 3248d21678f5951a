"""``nfops compare``: two sweeps, their settings, their numbers and their trades."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich import box
from rich.table import Table

from nfops.report import SweepFolder
from nfops.report.compare import Comparison, compare
from sweeps.console import Console

SHOWN = 10
"""Days and fills that are printed."""


def compare_command(
    a: Annotated[Path, typer.Argument(help="Folder of a sweep.")],
    b: Annotated[Path, typer.Argument(help="Folder of another one.")],
    tolerance: Annotated[float, typer.Option(min=0.0, help="Rupees, or units of a metric, that may differ.")] = 0.0,
) -> None:
    """Compare two sweeps: settings, metrics, days and trades. Trials are matched by their parameters.

    Exit code 0: everything common came out equal, and there is nothing else. 1: there are differences.

    Example: nfops compare data/sweeps/study/20240131-101500-1a2b3c data/sweeps/study/20240201-090000-4d5e6f
    """
    console = Console()
    found = compare(SweepFolder.read(a), SweepFolder.read(b), tolerance)
    for table in _tables(found):
        console.terminal.print(table)
    console.terminal.print(
        f"{found.matched:,} trials in both, {found.only_a:,} only in A, {found.only_b:,} only in B; fills of "
        f"{found.compared_fills:,} trials compared: {'equal' if found.equal else 'different'}"
    )
    raise typer.Exit(0 if found.equal else 1)


def _tables(found: Comparison) -> list[Table]:
    money = [(pl.col(f"net_paise{side}") / 100).alias(name) for side, name in (("", "net_a"), ("_b", "net_b"))]
    days = found.daily.select("date", "trial_a", "trial_b", *money)
    shown = {
        "Settings": found.settings,
        "Metrics": found.metrics,
        f"Days ({found.days:,})": days,
        f"Fills ({found.fills.height:,})": found.fills,
    }
    return [_table(title, frame) for title, frame in shown.items() if frame.height]


def _table(title: str, frame: pl.DataFrame) -> Table:
    table = Table(*frame.columns, title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for row in (frame if title in {"Settings", "Metrics"} else frame.head(SHOWN)).iter_rows():
        table.add_row(*map(_cell, row))
    return table


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
