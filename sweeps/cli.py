"""`nfops`: the one command. Each subcommand is a thin door to a function that also works from a script."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from nfops.errors import ConfigError, NfopsError
from nfops.packing import LAYOUTS, pack
from nfops.packing.detect import UNDECIDED
from nfops.report import write_report, write_walk
from nfops.synth import synthesize
from sweeps import demo as demo_steps
from sweeps import doctor as examination
from sweeps import run, ui
from sweeps.account import print_account, write_account
from sweeps.cached import cache_app
from sweeps.calendar_commands import calendar_app
from sweeps.champion_commands import champion_app
from sweeps.compared import compare_command
from sweeps.console import Console
from sweeps.files import SUMMARY, WALK
from sweeps.follow import cancel_command, resume_command, retry_command, status_command
from sweeps.layout_list import described
from sweeps.ledger_command import ledger_command
from sweeps.looking import lookahead_command
from sweeps.options import CORES, ROOT, Data, End, Start, Symbol, Workers, market
from sweeps.packed import bars_command, verify_command
from sweeps.recorded import record_command
from sweeps.strategy_commands import strategies_command

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="A fast and honest lab for intraday index-options research.\n\n"
    "Start with [bold]nfops demo[/], then pack your own ticks:\n\n"
    "[bold]nfops pack DIR --layout nfopslab --symbol NIFTY[/]",
)
app.add_typer(cache_app, name="cache")
app.add_typer(calendar_app, name="calendar")
app.add_typer(champion_app, name="champion")


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
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 when anything wants a look.")] = False,
    account: Annotated[
        Path | None, typer.Option("--account", help="Write what became of every raw file's rows here, as CSV.")
    ] = None,
    layouts: Annotated[bool, typer.Option("--list", help="Explain the layouts and leave; one with --layout.")] = False,
) -> None:
    """Pack raw vendor files: every row is packed, or dropped under a counted reason.

    With --layout auto each file is packed by the one layout that fits it; the others are named, and the exit code is 1.
    With --strict it is 1, too, when a file or a date was refused, a poll could not be checked, or rows look wrong.
    A packing that was killed goes on where it stopped with the same command.

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
    began = time.monotonic()
    with console.counting("Packing") as progress:

        def told(files: int, total: int, rows: int) -> None:
            progress(files, total, f"{rows:,} rows, {rows / (time.monotonic() - began):,.0f} rows/s")

        paths = [Path(source).expanduser() for source in sources]
        report = pack(paths, layout, symbol, data, market(), workers=workers, progress=told)
    print_account(console, report)
    if account is not None:
        write_account(report, account)
    left_out = any(report.total("refused")[reason] for reason in UNDECIDED)
    raise typer.Exit(3 if not report.balanced else 1 if left_out or (strict and report.doubts) else 0)


app.command("verify")(verify_command)
app.command("bars")(bars_command)
app.command("compare")(compare_command)
app.command("lookahead")(lookahead_command)
app.command("status")(status_command)
app.command("resume")(resume_command)
app.command("retry")(retry_command)
app.command("cancel")(cancel_command)
app.command("record")(record_command)
app.command("strategies")(strategies_command)
app.command("ledger")(ledger_command)


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


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def sweep(context: typer.Context) -> None:
    """Run parameter sets on days: [bold]nfops sweep -m strategy.exit.stop_pct=10,20,30[/]; --help shows the groups."""
    raise typer.Exit(run.main(context.args))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def walkforward(context: typer.Context) -> None:
    """Choose sets on some days, try them on the next: [bold]nfops walkforward -m walkforward=rolling …[/]."""
    raise typer.Exit(run.walk(context.args))


@app.command()
def report(
    sweep_dir: Annotated[Path, typer.Argument(help="Folder of a sweep.")],
    out: Annotated[Path | None, typer.Option("--out", help="File to write; default report.html in the folder.")] = None,
) -> None:
    """Write one HTML page of a sweep: verdict, curves, map of any two axes, slippage, blotter; or of a walk-forward.

    Example: nfops report data/sweeps/short_straddle/20240131-101500-1a2b3c
    """
    if (sweep_dir / WALK).is_file():
        Console().terminal.print(str(write_walk(sweep_dir, out)), soft_wrap=True)
        return
    if not (sweep_dir / SUMMARY).is_file():
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


def main() -> None:
    """Run the command; an error of nfops is one message and an exit code, never a trace."""
    try:
        app(prog_name="nfops")  # leaves by itself: 2 on wrong options, 130 on an interrupt, else what the command says
    except NfopsError as fault:
        Console().terminal.print(str(fault), style="red", markup=False, soft_wrap=True)
        sys.exit(2 if isinstance(fault, ConfigError) else 3)
