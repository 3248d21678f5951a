"""What a sweep shows while it runs and when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import polars as pl
from rich import box
from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from nfops.metrics import objective
from sweeps.config import SweepConfig
from sweeps.outcome import Collected, Sweep

SHOWN = ("total", "sharpe", "max_drawdown", "win_rate", "n_trades", "cost_share")
"""Metrics of the leaderboard, besides the objective."""


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
            transient=not self.terminal.is_terminal,
        )

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[..., None]]:
        """Show progress of something that reports (done, all, note)."""
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
    def running(self, total: int, config: SweepConfig) -> Iterator[Callable[[Collected], None]]:
        """Show tasks done, time to go, and the best trial so far by total."""
        self.terminal.print(
            f"[bold]{config.strategy.name}[/] on {config.symbol}, {config.start} to {config.end}: "
            f"{len(config.grid):,} parameter sets, {total:,} tasks, executor {config.executor}"
        )
        with self.bar() as progress:
            task = progress.add_task("Sweeping", total=total, note="")

            def update(collected: Collected) -> None:
                best = collected.best_so_far()
                note = f"best so far: trial {best[0]} with ₹{best[1]:,.0f}" if best else ""
                progress.update(task, advance=1, note=note)

            yield update

    def leaderboard(self, sweep: Sweep, rows: int = 10) -> None:
        """Print the best trials and where the files are."""
        config = sweep.config
        best = objective(config.objective).best_first(sweep.trials).head(rows)
        columns = [*config.axes, *dict.fromkeys((config.objective, *SHOWN))]
        title = f"Best {len(best)} of {len(sweep.trials):,} by {config.objective}"
        table = Table(title=title, box=box.SIMPLE_HEAD, caption="The best of many looks better than it is.")
        for column in ("trial", *(column.rsplit(".", 1)[-1] for column in columns)):
            table.add_column(column, justify="right")
        for row in best.to_dicts():
            table.add_row(str(row["trial_id"]), *(_cell(row[column]) for column in columns))
        self.terminal.print(table)
        self.terminal.print(_days(sweep.status))
        self.terminal.print(f"files: {sweep.folder}", soft_wrap=True)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    return str(value)


def _days(status: pl.DataFrame) -> str:
    counts = dict(status.group_by("state").len().sort("state").iter_rows())
    return "days: " + ", ".join(f"{count} {state}" for state, count in counts.items())
