"""Commands about what is packed: examine it, make bars of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich import box
from rich.table import Table

from nfops.errors import ConfigError
from nfops.files import write_text
from nfops.packing.bar_files import write_bars
from nfops.packing.bars import Label
from nfops.packing.layouts.base import Segment
from nfops.packing.verify import RULES, VerifyReport, verify
from nfops.report import write_coverage
from sweeps.console import Console
from sweeps.options import CORES, ROOT, Data, Symbol, Workers, market

SHOWN = 5
"""Findings of a rule that are printed."""

KINDS = ("spot", "futures", "options")
_COLOURS = {"error": "red", "warning": "yellow"}


def verify_command(
    data: Data = ROOT,
    symbol: Annotated[list[str] | None, typer.Option("--symbol", help="Index; may be repeated; default all.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write all findings and the coverage here.")] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="HTML page with the heat map; default verify.html in the data root.")
    ] = None,
    workers: Workers = CORES,
) -> None:
    """Examine what is packed: manifest, calendar, hours, prices, quotes, parity, other sources. Changes nothing.

    Exit code 0: nothing found. 1: findings to be looked at. 3: data that must not be used.

    Example: nfops verify --symbol NIFTY --json findings.json
    """
    console, facts = Console(), market()
    with console.counting("Verifying") as progress:
        report = verify(data, facts, symbol or (), workers=workers, progress=progress)
    if json is not None:
        write_text(json, report.to_json())
    _print(console, report)
    if not report.coverage.is_empty():
        written = write_coverage(report, facts, page or data / "verify.html")
        console.terminal.print(f"Coverage and all findings: {written}", soft_wrap=True)
    raise typer.Exit(3 if report.errors else 1 if report.findings else 0)


def _print(console: Console, report: VerifyReport) -> None:
    for rule, count in report.by_rule().items():
        level = RULES[rule].level
        console.terminal.print(f"[{_COLOURS[level]}]{level}[/] [bold]{rule}[/] ({count:,}): {RULES[rule].meaning}")
        of_rule = [finding for finding in report.findings if finding.rule == rule]
        for finding in of_rule[:SHOWN]:
            day = f" {finding.date}" if finding.date else ""
            line = f"    {finding.where}{day}: {finding.text}"
            console.terminal.print(line, markup=False, highlight=False, soft_wrap=True)
        if len(of_rule) > SHOWN:
            console.terminal.print(f"    ... and {len(of_rule) - SHOWN:,} more")
    if report.matches:
        console.terminal.print(_matches(report))
    console.terminal.print(
        f"{report.files:,} files with {report.rows:,} rows: {report.errors:,} errors, {report.warnings:,} warnings"
    )


def _matches(report: VerifyReport) -> Table:
    table = Table("index", "date", "contracts", "same last price", "units a lot", "lot",
                  box=box.SIMPLE_HEAD, title="Against the exchange's end-of-day contracts")  # fmt: skip
    for (symbol, date), found in report.matches.items():
        same = "" if found.last_equal is None else f"{found.last_equal:.1%}"
        units = "" if found.units_per_lot is None else f"{found.units_per_lot:,.2f}"
        table.add_row(symbol, str(date), f"{found.contracts:,}", same, units, str(found.lot_size or ""))
    return table


def bars_command(
    symbol: Symbol,
    interval: Annotated[str, typer.Option("--interval", help="Length: 30s, 1m, 15m, 1h ...")] = "1m",
    kind: Annotated[str, typer.Option("--kind", help="Of spot, futures, options; several by commas.")] = "spot,futures",
    label: Annotated[str, typer.Option("--label", help="What the time stamp says: start or end of the bar.")] = "start",
    fill: Annotated[bool, typer.Option("--fill", help="Give minutes without a price the price before.")] = False,
    data: Data = ROOT,
    workers: Workers = CORES,
) -> None:
    """Write bars (open, high, low, close, VWAP, volume, trades, OI) of what is packed, under bars/ in the data root.

    Files that are up to date are left as they are.

    Example: nfops bars --symbol NIFTY --interval 5m --kind spot,futures,options
    """
    kinds = [word.strip() for word in kind.split(",")]
    wrong = [f"--kind {word!r} is none of {', '.join(KINDS)}" for word in kinds if word not in KINDS]
    if label not in get_args(Label):
        wrong.append(f"--label {label!r} is neither start nor end")
    if wrong:
        raise ConfigError.collect(wrong, "no bars were made:")
    console = Console()
    with console.counting("Making bars") as progress:
        report = write_bars(
            data, symbol, market(), interval, cast("list[Segment]", kinds), label=cast("Label", label), fill=fill,
            workers=workers, progress=progress,
        )  # fmt: skip
    console.terminal.print(
        f"{report.bars:,} bars of {interval} in {report.written:,} files under {data / 'bars'}; "
        f"{report.skipped:,} files were up to date",
        soft_wrap=True,
    )
