"""What a sweep shows while it runs and when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import TypeAlias

import polars as pl
from rich import box
from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from nfops.metrics import objective
from nfops.report.words import ever_tried
from sweeps.config import SweepConfig
from sweeps.finished import Sweep

Best: TypeAlias = Callable[[], tuple[int, float] | None]
"""Tells the best trial so far and its total in rupees."""

SHOWN = ("total", "sharpe", "max_drawdown", "win_rate", "n_trades", "cost_share", "peak_capital", "return_on_capital")
"""Metrics of the leaderboard, besides the objective."""

CAPTION = "The best of many looks better than it is. Capital is an estimate of the margin, or the sum you set."


class Console:
    """Progress bars with time to go, and the final leaderboard; plain lines where there is no terminal."""

    def __init__(self, terminal: Terminal | None = None) -> None:
        self.terminal = terminal or Terminal()

    def bar(self) -> Progress:
        """Return a progress display in the house's style."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("ETA"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=self.terminal,
            disable=not self.terminal.is_terminal,
        )

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[..., None]]:
        """Say what begins, and show progress of something that reports (done, all, note)."""
        if not self.terminal.is_terminal:
            self.terminal.print(what)
        with self.bar() as progress:
            task = progress.add_task(what, total=None, note="")

            def update(done: int, total: int, note: str = "") -> None:
                progress.update(task, completed=done, total=total, note=note)

            yield update

    @contextmanager
    def caching(self) -> Iterator[Callable[[int, int], None]]:
        """Show the building of days, once there is a day to build."""
        with self.bar() as progress:
            tasks: list[int] = []

            def update(done: int, total: int) -> None:
                if not tasks:
                    tasks.append(progress.add_task("Building day cache", total=total, note=""))
                progress.update(tasks[0], completed=done)  # type: ignore[arg-type]

            yield update

    @contextmanager
    def running(self, total: int, config: SweepConfig) -> Iterator[Callable[[Best, int], None]]:
        """Show days of blocks done, time to go, and the best trial so far by total."""
        trials = config.search.trials(len(config.grid))
        choice = "" if config.search.name == "grid" else f" of {len(config.grid):,} by search={config.search.name}"
        self.terminal.print(
            f"[bold]{config.strategy.name}[/] on {config.symbol}, {config.start} to {config.end}: "
            f"{trials:,} parameter sets{choice}, executor {config.executor}"
        )
        with self.bar() as progress:
            task = progress.add_task("Sweeping", total=total, note="")

            def update(best: Best, count: int = 1) -> None:
                progress.update(task, advance=count)
                if self.terminal.is_terminal and (found := best()):
                    progress.update(task, note=f"best so far: trial {found[0]} with ₹{found[1]:,.0f}")

            yield update

    def remark(self, lines: Iterable[str]) -> None:
        """Print what is to be known, though nothing stops for it."""
        for line in lines:
            self.terminal.print(line, style="yellow", markup=False, soft_wrap=True)

    def leaderboard(self, sweep: Sweep, rows: int = 10) -> None:
        """Print the best trials and where the files are."""
        config = sweep.config
        best = objective(config.objective).best_first(sweep.trials).head(rows)
        names = ["trial_id", *config.axes, *dict.fromkeys((config.objective, *SHOWN))]
        columns = [(_heading(name), [cell(value) for value in best[name]]) for name in names]
        title = f"Best {len(best)} of {len(sweep.trials):,} by {config.objective}"
        table = Table(title=title, box=box.SIMPLE_HEAD, caption=CAPTION)
        shown = fitting(columns, self.terminal.width)
        for heading, cells in shown:
            table.add_column(heading, justify="right", width=wide(heading, cells))
        for row in zip(*(cells for _, cells in shown), strict=True):
            table.add_row(*row)
        self.terminal.print(table)
        self.terminal.print(states_line(sweep.status))
        for sentence in ever_tried(sweep.summary):
            self.terminal.print(sentence, soft_wrap=True)
        self.remark(remarks(sweep.status))
        self.terminal.print(f"files: {sweep.folder}", soft_wrap=True)


def fitting(columns: list[tuple[str, list[str]]], width: int) -> list[tuple[str, list[str]]]:
    """Leave out what a narrow terminal would only show in pieces, from the right."""
    ends = accumulate(wide(*column) + 3 for column in columns)
    return [column for column, end in zip(columns, ends, strict=True) if end < width]


def _heading(name: str) -> str:
    return "trial" if name == "trial_id" else name.rsplit(".", 1)[-1]


def wide(heading: str, cells: list[str]) -> int:
    """Give the width of a column."""
    return max(map(len, (heading, *cells)))


def cell(value: object) -> str:
    """Write a value for a table."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}".removesuffix(".00")
    return str(value)


def remarks(status: pl.DataFrame) -> list[str]:
    """Say once what is wrong with days that failed, or to be known of days that count; the first stands for all."""
    told = status.filter(pl.col("error").is_not_null() & (pl.col("state") != "missing"))
    alike = told.group_by("error_type", "ok", maintain_order=True).agg(pl.len(), pl.col("date", "error").first())
    return [
        f"{days} {'counted' if ok else 'failed'} with {kind}, first {date}: {error}"
        for kind, ok, days, date, error in alike.iter_rows()
    ]


def states_line(status: pl.DataFrame) -> str:
    """Count the days by what became of them."""
    counts = dict(status.group_by("state").len().sort("state").iter_rows())
    return "days: " + ", ".join(f"{count} {state}" for state, count in counts.items())
