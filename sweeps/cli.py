"""`nfops`: the one command. Each subcommand is a thin door to a function that also works from a script."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from nfops.daycache import DayStore
from nfops.errors import ConfigError, NfopsError
from nfops.packing import LAYOUTS, PackReport, pack
from nfops.packing.detect import UNDECIDED
from nfops.report import write_report
from nfops.synth import synthesize
from sweeps import demo as demo_steps
from sweeps import doctor as examination
from sweeps import run, ui
from sweeps.calendar_commands import calendar_app
from sweeps.console import Console
from sweeps.layout_list import described
from sweeps.options import CORES, ROOT, Data, End, Start, Symbol, Workers, market
from sweeps.packed import bars_command, verify_command

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="A fast and honest lab for intraday index-options research.\n\n"
    "Start with [bold]nfops demo[/], then pack your own ticks:\n\n"
    "[bold]nfops pack DIR --layout nfopslab --symbol NIFTY[/]",
)
cache_app = typer.Typer(
    no_args_is_help=True, help="Days as dense arrays: build, look, delete.\n\nExample: nfops cache info --help"
)
app.add_typer(cache_app, name="cache")
app.add_typer(calendar_app, name="calendar")

SHOWN = 20
"""Findings of a packing that are printed."""


@app.command()
def demo(
    days: Annotated[int, typer.Option(min=2, max=60, help="Trading days to simulate.")] = 21,
    symbol: Symbol = "NIFTY",
    out: Annotated[Path, typer.Option("--out", help="Folder for everything the demo makes.")] = Path("data/demo"),
) -> None:
    """Simulate a month, pack it, sweep 500+ parameter sets, record and report. The market is simulated.

    Example: nfops demo --days 5 --symbol BANKNIFTY --out /tmp/demo
    """
    raise typer.Exit(demo_steps.run_demo(market(), symbol, days, out, Console()))


@app.command("pack")
def pack_command(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SRC...", help="Files, folders, globs, archives.")
    ] = None,
    layout: Annotated[str, typer.Option("--layout", help="Vendor layout, see --list; or auto.")] = "",
    symbol: Annotated[str, typer.Option("--symbol", help="Index the files are of.")] = "",
    data: Data = ROOT,
    workers: Workers = CORES,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when a file could not be read.")] = False,
    layouts: Annotated[bool, typer.Option("--list", help="Explain the layouts and leave; one with --layout.")] = False,
) -> None:
    """Pack raw vendor files: every row is packed, or dropped under a counted reason.

    With --layout auto each file is packed by the one layout that fits it; the others are named, and the exit code is 1.

    Example: nfops pack ~/ticks/banknifty --layout nfopslab --symbol BANKNIFTY
    """
    console = Console()
    if layouts:
        if layout not in {"", *LAYOUTS}:
            raise ConfigError(f"{layout!r} is no layout; known: {', '.join(LAYOUTS)}")
        for block in described(layout):
            console.terminal.print(block, highlight=False, soft_wrap=True)
        return
    if not sources or not layout or not symbol:
        raise ConfigError("pack wants SRC..., --layout and --symbol; nfops pack --list shows the layouts")
    with console.counting("Packing") as progress:

        def told(files: int, total: int, rows: int) -> None:
            progress(files, total, f"{rows:,} rows")

        paths = [Path(source).expanduser() for source in sources]
        report = pack(paths, layout, symbol, data, market(), workers=workers, progress=told)
    _print_account(console, report)
    refused = report.total("refused")
    left_out = any(refused[reason] for reason in UNDECIDED)
    raise typer.Exit(3 if not report.balanced else 1 if left_out or (refused and strict) else 0)


app.command("verify")(verify_command)
app.command("bars")(bars_command)


@app.command()
def synth(
    symbol: Symbol,
    start: Start,
    end: End,
    out: Annotated[Path, typer.Option("--out", help="Folder for the raw files.")],
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
    workers: Workers = CORES,
) -> None:
    """Write raw vendor files of a simulated market, quirks included.

    Example: nfops synth --symbol NIFTY --start 2024-01-01 --end 2024-01-12 --out raw
    """
    console = Console()
    with console.counting("Simulating") as progress:
        report = synthesize(
            symbol, start.date(), end.date(), out, seed=seed, market=market(), workers=workers, progress=progress
        )
    console.terminal.print(f"{report.files:,} simulated raw files with {report.rows:,} rows in {out}", soft_wrap=True)


@cache_app.command("build")
def cache_build(symbol: Symbol, start: Start, end: End, data: Data = ROOT, workers: Workers = CORES) -> None:
    """Build the days that are missing or stale; a sweep does the same by itself.

    Example: nfops cache build --symbol NIFTY --start 2024-01-01 --end 2024-12-31
    """
    console, store, dates = Console(), _store(data, symbol), _dates(start, end)
    with console.caching() as progress:
        missing = store.build(dates, workers=workers, progress=progress)
    console.terminal.print(f"{len(dates) - len(missing)} of {len(dates)} trading days are cached")
    for reason, count in Counter(missing.values()).items():
        console.terminal.print(f"{count} missing: {reason}")
    raise typer.Exit(1 if missing else 0)


@cache_app.command("info")
def cache_info(symbol: Symbol, start: Start, end: End, data: Data = ROOT) -> None:
    """Say which days are cached, and how large they are.

    Example: nfops cache info --symbol NIFTY --start 2024-01-01 --end 2024-12-31
    """
    store, dates = _store(data, symbol), _dates(start, end)
    table = Table("month", "trading days", "packed", "cached and current", "MB", box=box.SIMPLE_HEAD)
    packed, ready = store.keys(dates), store.ready(dates)
    for month in sorted({f"{date:%Y%m}" for date in dates}):
        days = [date for date in dates if f"{date:%Y%m}" == month]
        path = store.path(month)
        counts = (len(days), sum(d in packed for d in days), sum(d in ready for d in days))
        table.add_row(month, *map(str, counts), f"{path.stat().st_size / 1e6:,.1f}" if path.exists() else "0")
    Console().terminal.print(table)


@cache_app.command("purge")
def cache_purge(symbol: Symbol, start: Start, end: End, data: Data = ROOT) -> None:
    """Delete the cached days between two dates; they are built again when needed.

    Example: nfops cache purge --symbol NIFTY --start 2024-01-01 --end 2024-01-31
    """
    freed = _store(data, symbol).purge(_dates(start, end))
    Console().terminal.print(f"freed {freed / 1e6:,.1f} MB")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def sweep(context: typer.Context) -> None:
    """Run parameter sets on days: [bold]nfops sweep -m strategy.exit.stop_pct=10,20,30[/]; --help shows the groups."""
    raise typer.Exit(run.main(context.args))


@app.command()
def report(
    sweep_dir: Annotated[Path, typer.Argument(help="Folder of a sweep.")],
    out: Annotated[Path | None, typer.Option("--out", help="File to write; default report.html in the folder.")] = None,
) -> None:
    """Write one HTML page of a sweep: verdict, leaderboard, curves, heat map, blotter.

    Example: nfops report data/sweeps/short_straddle/20240131-101500-1a2b3c
    """
    if not (sweep_dir / "sweep.json").is_file():
        raise ConfigError(f"{sweep_dir} is no sweep: it has no sweep.json; sweeps are under data/sweeps/STUDY/SWEEP_ID")
    Console().terminal.print(str(write_report(sweep_dir, out)), soft_wrap=True)


@app.command("ui")
def ui_command(
    mlruns: Annotated[Path, typer.Option("--mlruns", help="Folder MLflow records to.")] = Path("mlruns"),
    port: Annotated[int, typer.Option("--port", min=1024, max=65535)] = ui.PORT,
) -> None:
    """Open MLflow on the recorded sweeps and say where the best trials are compared.

    Example: nfops ui --mlruns mlruns --port 5000
    """
    raise typer.Exit(ui.serve(mlruns, port))


@app.command()
def doctor(data: Data = ROOT) -> None:
    """Look at this machine: versions, cores, memory, shared memory, byte-code, folders, ports.

    Example: nfops doctor --data /mnt/ticks/nfops
    """
    raise typer.Exit(examination.examine(data, Console()))


def _store(data: Path, symbol: str) -> DayStore:
    facts = market()
    if symbol not in facts.symbols:
        raise ConfigError(f"{symbol!r} is no known index; known: {', '.join(facts.symbols)}")
    return DayStore(data, symbol, facts)


def _dates(start: dt.datetime, end: dt.datetime) -> list[dt.date]:
    dates = list(market().trading_days(start.date(), end.date()))
    if not dates:
        raise ConfigError(f"no trading day lies between {start:%Y-%m-%d} and {end:%Y-%m-%d}")
    return dates


def _print_account(console: Console, report: PackReport) -> None:
    """Print where every row went."""
    table = Table(
        "rows", "count", box=box.SIMPLE_HEAD, title="Every row accounted for" if report.balanced else "UNBALANCED"
    )
    table.add_row("in", f"{report.rows_in:,}")
    table.add_row("packed", f"{report.packed:,}")
    found = {
        "dropped": report.total("dropped"),
        "kept and marked": report.total("noted"),
        "kept, looks wrong": report.total("flagged"),
    }
    for label, counts in found.items():
        for reason, count in counts.items():
            table.add_row(f"{label}: {reason}", f"{count:,}")
    console.terminal.print(table)
    for finding in report.findings[:SHOWN]:
        console.terminal.print(finding, soft_wrap=True, markup=False, highlight=False)
    if len(report.findings) > SHOWN:
        console.terminal.print(f"... and {len(report.findings) - SHOWN:,} findings more, all in the ledger under meta/")
    console.terminal.print(
        f"{report.written:,} packed files written, {report.skipped:,} raw files unchanged and skipped"
    )


def main() -> None:
    """Run the command; an error of nfops is one message and an exit code, never a trace."""
    try:
        app(prog_name="nfops")  # leaves by itself: 2 on wrong options, 130 on an interrupt, else what the command says
    except NfopsError as fault:
        Console().terminal.print(str(fault), style="red", markup=False, soft_wrap=True)
        sys.exit(2 if isinstance(fault, ConfigError) else 3)


if __name__ == "__main__":
    main()
