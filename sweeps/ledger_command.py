"""`nfops ledger`: how much was ever tried, by symbol and study."""

from __future__ import annotations

import typer
from rich import box
from rich.table import Table

from nfops.errors import ConfigError
from nfops.tries import Ledger, Looks
from sweeps.console import Console
from sweeps.options import ROOT, Data


def ledger_command(data: Data = ROOT) -> None:
    """List how many different parameter sets were ever tried, by symbol and study, and what was seen out of sample.

    Exit code 1 when a part of the ledger is damaged: then more was tried than it says.

    Example: nfops ledger --data /mnt/ticks/nfops
    """
    console, found = Console(), Ledger(data).standings()
    if not found:
        raise ConfigError(f"nothing was tried yet under {data}; nfops sweep and nfops walkforward keep the ledger")
    table = Table("symbol", "study", box=box.SIMPLE_HEAD)
    table.columns[1].overflow = "fold"
    for heading in ("sets", "runs", "days of\nmarket", "first and\nlast try", "windows\nseen"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found:
        table.add_row(
            one.symbol,
            one.study,
            f"{one.sets:,}",
            f"{one.runs:,}",
            f"{one.first_day}\n{one.last_day}",
            f"{one.since}\n{one.latest}",
            f"{len(Looks(data, one.symbol, one.study).seen()):,}",
        )
    console.terminal.print(table)
    damaged = sum(one.damaged for one in found)
    if damaged:
        console.terminal.print(
            f"{damaged} parts under {data / 'ledger'} are damaged: more was tried than this says",
            style="yellow",
            soft_wrap=True,
        )
    raise typer.Exit(1 if damaged else 0)
