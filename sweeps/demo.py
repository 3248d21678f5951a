"""`nfops demo`: the whole path on a simulated month, from raw files to a report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from nfops.market import Market
from nfops.packing import pack
from nfops.report import write_report
from nfops.synth import synthesize
from sweeps import run
from sweeps.console import Console

START = dt.date(2024, 1, 1)
WORKERS = 2
GRID = (
    "strategy=short_straddle",
    "strategy.entry.at=09:20,09:30,09:45,10:00,10:30,11:00,12:00,13:00",
    "strategy.exit.stop_pct=10,15,20,25,30,40,50,75",
    "strategy.exit.target_pct=10,20,30,50",
    "strategy.exit.exit_at=14:30,15:15",
)
"""8 x 8 x 4 x 2 = 512 parameter sets."""

NOTICE = "This market is simulated: it shows how nfops works, never what would have been earned."


def run_demo(market: Market, symbol: str, days: int, out: Path, console: Console) -> int:
    """Simulate, pack, sweep, record and report under ``out``; return the exit code."""
    dates = market.trading_days(START, START + dt.timedelta(days=2 * days + 14))[:days]
    raw, data, mlruns, folder = out / "raw", out, out / "mlruns", out / "sweeps" / "demo"
    console.terminal.rule(f"nfops demo: {days} simulated days of {symbol}")
    console.terminal.print(
        "The market below is [bold]simulated[/]: it shows how nfops works, not what would be earned.\n"
    )
    with console.counting("1/4 Simulating raw vendor files") as progress:
        made = synthesize(symbol, dates[0], dates[-1], raw, market=market, workers=WORKERS, progress=progress)
    console.terminal.print(f"    {made.files:,} raw files, {made.rows:,} rows: {raw}", soft_wrap=True)
    with console.counting("2/4 Packing") as progress:
        packed = pack([raw], "nfopslab", symbol, data, market, workers=WORKERS, progress=lambda d, t, _: progress(d, t))
    dropped = sum(packed.total("dropped").values())
    console.terminal.print(f"    rows in {packed.rows_in:,} = packed {packed.packed:,} + dropped {dropped:,}")
    console.terminal.print("3/4 Sweeping 512 parameter sets on each day")
    span = (f"symbol={symbol}", f"span.start={dates[0]}", f"span.end={dates[-1]}")
    paths = (f"paths.data={data.resolve()}", f"paths.sweep={folder.resolve()}", f"paths.mlruns={mlruns.resolve()}")
    code = run.main(["-m", *span, *GRID, *paths, "study=demo", f"notice='{NOTICE}'"])
    if code not in {run.DONE, run.PARTIAL}:
        return code
    console.terminal.print("4/4 Writing the report")
    page = write_report(folder)
    console.terminal.print(f"\nOpen the report:  {page}", soft_wrap=True)
    console.terminal.print(f"Compare trials:   nfops ui --mlruns {mlruns}", soft_wrap=True)
    console.terminal.print(f"Read the tables:  {folder}/*.parquet", soft_wrap=True)
    console.terminal.print("Your own ticks:   nfops pack --list, and docs/getting-started.md")
    return code
