"""One parameter set on one day: its trades in the terminal and as a chart, because people would rather look."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from rich import box
from rich.table import Table

from nfops.daycache import DayStore
from nfops.report import write_day
from nfops.report.attribution import attribution_table
from nfops.report.tables import CHARGES
from nfops.report.words import rupees
from nfops.types import PAISE
from sweeps.console import Console
from sweeps.explained import explained
from sweeps.finished import Sweep


def show_day(sweep: Sweep, console: Console) -> Path | None:
    """Print every fill and write ``day.html``, when the sweep is a single set on a single day; give the page."""
    if sweep.trials.height != 1 or sweep.summary["days"] != 1 or sweep.summary["status"] == "interrupted":
        return None
    console.terminal.print(_table(sweep.fills) if sweep.fills.height else _why_not(sweep))
    config = sweep.config
    day = DayStore(config.paths.data, config.symbol, config.market).load(sweep.daily["date"][0])
    parts = explained(config, 0, sweep.fills, lambda _: day)
    if parts.height:
        console.terminal.print(_parts(parts))
    page = write_day(sweep.folder, day, sweep.fills, parts if parts.height else None)
    console.terminal.print(f"chart: {page}", soft_wrap=True)
    return page


def _table(fills: pl.DataFrame) -> Table:
    table = Table(title=f"All {fills.height} fills", box=box.SIMPLE_HEAD)
    for heading in ("time", "why", "side", "contract"):
        table.add_column(heading, no_wrap=True)
    for heading in ("lots", "price", "charges"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in fills.iter_rows(named=True):
        expiry = f"{row['expiry']:%d%b}" if row["expiry"] else ""
        contract = " ".join(str(part) for part in (row["strike"], row["right"], expiry) if part)
        charges = rupees(sum(row[column] for column in CHARGES) / PAISE, 2)
        price = rupees(row["price_paise"] / PAISE, 2)
        side = "buy" if row["side"] > 0 else "sell"
        table.add_row(row["time"], row["reason"], side, contract, str(row["lots"]), price, charges)
    return table


def _parts(parts: pl.DataFrame) -> Table:
    shown = attribution_table(parts, "Where the result came from, in rupees")
    table = Table(title=shown.caption, box=box.SIMPLE_HEAD)
    for at, heading in enumerate(shown.head):
        table.add_column(heading, justify="left" if at < shown.words else "right", no_wrap=True)
    for row in shown.rows:
        table.add_row(*row)
    return table


def _why_not(sweep: Sweep) -> str:
    (trial,) = sweep.trials.iter_rows(named=True)
    skips = {name.removeprefix("skip_"): count for name, count in trial.items() if name.startswith("skip_") and count}
    return "nothing was traded; skipped: " + (", ".join(f"{why} ({n})" for why, n in skips.items()) or "nothing")
