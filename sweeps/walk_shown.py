"""What a walk-forward prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table

from nfops.report.walk import flags, law_sentence, looked_sentences
from nfops.report.words import ever_tried
from sweeps.console import Console, cell, fitting, remarks, states_line, wide
from sweeps.walk_tables import Walk


def warn(console: Console, summary: Mapping[str, Any]) -> None:
    """Say which windows are no longer out of sample."""
    for sentence in looked_sentences(summary):
        console.terminal.print(sentence, style="bold yellow", markup=False, soft_wrap=True)


def show(walk: Walk, console: Console) -> None:
    """Print the windows, what they come to, and where the files are."""
    terminal = console.terminal
    columns = _columns(walk)
    table = Table(title=f"{walk.windows.height} of {walk.summary['windows']} windows", box=box.SIMPLE_HEAD)
    shown = fitting(columns, terminal.width)
    for heading, cells in shown:
        table.add_column(heading, justify="right", width=wide(heading, cells))
    for row in zip(*(cells for _, cells in shown), strict=True):
        table.add_row(*row)
    terminal.print(table)
    dropped = walk.summary["dropped"]
    terminal.print(law_sentence(walk.summary), style="bold yellow" if dropped else None, soft_wrap=True)
    for sentence in ever_tried(walk.summary):
        terminal.print(sentence, soft_wrap=True)
    warn(console, walk.summary)
    terminal.print(states_line(walk.status))
    for line in remarks(walk.status):
        terminal.print(line, style="yellow", markup=False, soft_wrap=True)
    terminal.print(f"files: {walk.folder}", soft_wrap=True)


def _columns(walk: Walk) -> list[tuple[str, list[str]]]:
    rows = walk.windows
    train = [f"{first} … {last:%m-%d}" for first, last in rows.select("train_start", "train_end").iter_rows()]
    test = [f"{first} … {last:%m-%d}" for first, last in rows.select("test_start", "test_end").iter_rows()]
    numbers = {"IS Sharpe": "is_sharpe", "OOS Sharpe": "oos_sharpe", "delta": "delta_sharpe"}
    return [
        ("window", [str(number) for number in rows["window"]]),
        ("test", test),
        ("flag", [flags(row) for row in rows.iter_rows(named=True)]),
        *((heading, [cell(value) for value in rows[name]]) for heading, name in numbers.items()),
        ("train", train),
        ("OOS net", [cell(value) for value in rows["oos_total"]]),
        *((path.rsplit(".", 1)[-1], [cell(value) for value in rows[path]]) for path in walk.config.axes),
    ]
