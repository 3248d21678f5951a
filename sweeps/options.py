"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Annotated

import typer

from nfops.market import Market
from sweeps.home import folder

Data = Annotated[Path, typer.Option("--data", envvar="NFOPS_DATA_ROOT", help="Data root.")]
Symbol = Annotated[str, typer.Option("--symbol", help="Index, e.g. NIFTY or BANKNIFTY.")]
Start = Annotated[dt.datetime, typer.Option("--start", formats=["%Y-%m-%d"], help="First day.")]
End = Annotated[dt.datetime, typer.Option("--end", formats=["%Y-%m-%d"], help="Last day, included.")]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes.")]
CORES = os.cpu_count() or 1
ROOT = Path("data")


def market() -> Market:
    """Read the market facts of the project, or those that came with the package."""
    return Market.load(folder("meta"))
