"""`nfops calendar`: what the committed expiry calendar says against another one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from nfops.market import Market
from nfops.market.compare import compare_calendar
from sweeps.console import Console
from sweeps.home import folder

calendar_app = typer.Typer(
    no_args_is_help=True, help="The expiry calendar, compared.\n\nExample: nfops calendar compare --help"
)


@calendar_app.callback()
def calendar() -> None:
    """Keep `compare` a command of its own, though it is the only one."""


@calendar_app.command("compare")
def compare_command(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="expiry_calendar.csv of the old scripts, or one like ours."),
    ],
) -> None:
    """List the expiries of another calendar that are wrong by ours, with both dates and why; exit 1 if there are any.

    Example: nfops calendar compare meta/expiry_calendar.csv
    """
    console, wrong = Console(), compare_calendar(file, Market.load(folder("meta")))
    if not wrong:
        console.terminal.print(f"{file}: every expiry is as in our calendar", soft_wrap=True)
        return
    table = Table("line", "symbol", "kind", "the file says", "it was", "why", box=box.SIMPLE_HEAD)
    for row in wrong:
        table.add_row(*(str(value or "-") for value in (row.line, row.symbol, row.kind, row.theirs, row.ours, row.why)))
    console.terminal.print(table)
    console.terminal.print(f"{file}: expiries that differ: {len(wrong)}", soft_wrap=True)
    raise typer.Exit(1)
