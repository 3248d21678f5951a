"""``make bench``: measure, print a table of rates and ratios, and keep them as JSON when asked."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import platform
import tempfile
from pathlib import Path

import llvmlite.binding
from rich.console import Console
from rich.table import Table

from nfops.market import Market
from sweeps.home import folder
from tests.bench import engine, packing, pricing


def main() -> None:
    """Measure everything; every ratio is against the first row of its table."""
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds (default 5)")
    parser.add_argument("--out", type=Path, help="also write the numbers to this JSON file")
    asked = parser.parse_args()
    known = Market.load(folder("meta"))
    with tempfile.TemporaryDirectory(prefix="nfops-bench-") as scratch:
        found = {
            **engine.bench(known, asked.rounds),
            "Implied volatilities per second of CPU": pricing.bench(asked.rounds),
            "Small raw files to arrays, rows per second of CPU": packing.small_files(
                known, Path(scratch) / "small", max(asked.rounds // 2, 1)
            ),
            "Raw files of a usual size, rows per second of CPU": packing.usual_files(
                known, Path(scratch) / "usual", max(asked.rounds // 2, 1)
            ),
        }
    for title, rates in found.items():
        _show(title, rates)
        if packing.PACK in rates:
            Console().print(packing.verdict(rates), soft_wrap=True, highlight=False)
    if asked.out:
        machine = {"cpu": llvmlite.binding.get_host_cpu_name(), "python": platform.python_version()}
        asked.out.write_text(json.dumps({"date": str(dt.date.today()), "machine": machine, "rates": found}, indent=2))  # noqa: DTZ011


def _show(title: str, rates: dict[str, float]) -> None:
    table = Table(title=title, title_justify="left")
    for name in ("contender", "rate", "ratio"):
        table.add_column(name, justify="left" if name == "contender" else "right")
    base = next(iter(rates.values()))
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}", f"{rate / base:.3g}")
    Console().print(table)


if __name__ == "__main__":
    main()
