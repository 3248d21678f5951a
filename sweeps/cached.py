"""`nfops cache`: what is kept to save time, and the days as dense arrays: built, described and deleted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich import box
from rich.table import Table

from nfops.daycache import DayStore
from nfops.errors import ConfigError
from sweeps import stored as stored_things
from sweeps import stored_shown as shown
from sweeps.archive import archive, restore
from sweeps.console import Console
from sweeps.options import CORES, ROOT, Data, End, Start, Symbol, Workers, market

A_MONTH = 31
"""So many days are listed one by one."""

LAST_SWEEPS = 5
ARCHIVE = "archive"
Archive = Annotated[
    Path | None, typer.Option("--archive", help="Folder of archived days; default archive/ in the data root.")
]

cache_app = typer.Typer(help="What is kept to save time: look, tidy up, build, delete.")


@cache_app.callback(invoke_without_command=True)
def cache_command(
    context: typer.Context,
    data: Data = ROOT,
    prune: Annotated[bool, typer.Option("--prune", help="Delete what nothing uses any more.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    sweeps: Annotated[int, typer.Option("--sweeps", min=0, help="Show so many of the last sweeps.")] = LAST_SWEEPS,
) -> None:
    """Say what is kept to save time: cached days, results of sweeps, compiled kernels, and what of it nothing uses.

    Exit code 0: all of it is used. 1: something could be pruned.

    Example: nfops cache --prune
    """
    if context.invoked_subcommand is not None:
        sources = {name: context.get_parameter_source(name) for name in context.params}
        said = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
        if said:
            command = f"nfops cache {context.invoked_subcommand}"
            raise ConfigError(f"--{said[0]} stands before {context.invoked_subcommand}; options of {command} follow it")
        return
    facts, terminal = market(), Console().terminal
    stored = stored_things.look(data, facts, sweeps)
    freed = stored_things.prune(data, facts, stored) if prune else 0
    if prune:
        stored = stored_things.look(data, facts, sweeps)
    if json:
        terminal.print_json(data=shown.as_json(stored, freed))
    else:
        for block in shown.tables(stored):
            terminal.print(block, soft_wrap=True)
        if prune:
            terminal.print(f"freed {freed / 1e6:,.1f} MB")
    raise typer.Exit(1 if stored.unneeded else 0)


@cache_app.command("build")
def cache_build(symbol: Symbol, start: Start, end: End, data: Data = ROOT, workers: Workers = CORES) -> None:
    """Build the days that are missing, stale or damaged; a sweep does the same by itself.

    Example: nfops cache build --symbol NIFTY --start 2024-01-01 --end 2024-12-31
    """
    console, store, dates = Console(), _store(data, symbol), _dates(start, end)
    console.remark(store.mend(dates))
    with console.caching() as progress:
        unusable = store.build(dates, workers=workers, progress=progress)
    console.terminal.print(f"{len(dates) - len(unusable)} of {len(dates)} trading days are cached")
    for (kind, reason), count in Counter((fault.reason, str(fault)) for fault in unusable.values()).items():
        console.terminal.print(f"{count} {kind}: {reason}")
    raise typer.Exit(1 if unusable else 0)


@cache_app.command("info")
def cache_info(
    symbol: Symbol,
    start: Start,
    end: End,
    data: Data = ROOT,
    days: Annotated[bool | None, typer.Option("--days/--months", help="A line a day, as up to 31 days have.")] = None,
) -> None:
    """Say which days are cached, what they are made of, how far the index reaches, and how large they are.

    Example: nfops cache info --symbol NIFTY --start 2024-01-01 --end 2024-12-31 --months
    """
    store, dates = _store(data, symbol), _dates(start, end)
    daily = len(dates) <= A_MONTH if days is None else days
    Console().terminal.print(_day_table(store.info(dates)) if daily else _month_table(store, dates))


@cache_app.command("purge")
def cache_purge(symbol: Symbol, start: Start, end: End, data: Data = ROOT) -> None:
    """Delete the cached days between two dates; they are built again when needed.

    Example: nfops cache purge --symbol NIFTY --start 2024-01-01 --end 2024-01-31
    """
    freed = _store(data, symbol).purge(_dates(start, end))
    Console().terminal.print(f"freed {freed / 1e6:,.1f} MB")


@cache_app.command("archive")
def cache_archive(symbol: Symbol, start: Start, end: End, data: Data = ROOT, archived: Archive = None) -> None:
    """Write cached days as a small file each, for keeping or moving; the cache stays as it is.

    Exit code 1: some day was not cached.

    Example: nfops cache archive --symbol NIFTY --start 2023-01-01 --end 2023-12-31 --archive /mnt/keep
    """
    console, store, dates = Console(), _store(data, symbol), _dates(start, end)
    with console.counting("Archiving") as progress:
        files = archive(store, dates, archived or data / ARCHIVE, progress)
    size = sum(path.stat().st_size for path in files)
    console.terminal.print(f"{len(files)} of {len(dates)} trading days are archived, {size / 1e6:,.1f} MB")
    raise typer.Exit(1 if len(files) < len(dates) else 0)


@cache_app.command("restore")
def cache_restore(symbol: Symbol, start: Start, end: End, data: Data = ROOT, archived: Archive = None) -> None:
    """Put archived days that are not cached back into the cache, byte for byte.

    Example: nfops cache restore --symbol NIFTY --start 2023-01-01 --end 2023-12-31 --archive /mnt/keep
    """
    console, store, dates = Console(), _store(data, symbol), _dates(start, end)
    with console.counting("Restoring") as progress:
        restored = restore(store, dates, archived or data / ARCHIVE, progress)
    console.terminal.print(f"{len(restored)} days are back in the cache")


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


def _month_table(store: DayStore, dates: list[dt.date]) -> Table:
    table = Table("month", "trading days", "packed", "cached and current", "MB", box=box.SIMPLE_HEAD)
    packed, ready = store.keys(dates), store.ready(dates)
    for month in sorted({f"{date:%Y%m}" for date in dates}):
        days = [date for date in dates if f"{date:%Y%m}" == month]
        path = store.path(month)
        counts = (len(days), sum(d in packed for d in days), sum(d in ready for d in days))
        table.add_row(month, *map(str, counts), f"{path.stat().st_size / 1e6:,.1f}" if path.exists() else "0")
    return table


def _day_table(info: pl.DataFrame) -> Table:
    headings = ("day", "cache", "options of", "rows", "contracts", "traded", "index of", "known", "fresh", "MB")
    table = Table(*headings, box=box.SIMPLE_HEAD)
    for day in info.iter_rows(named=True):
        table.add_row(
            str(day["date"]),
            day["state"],
            ", ".join(day["option_sources"]) or "-",
            ", ".join([*(day["kinds"] or ()), *(["legacy_close"] if day["legacy"] else [])]) or "-",
            _text(day["contracts"]),
            _span(day["options_from"], day["options_until"]),
            "parity" if day["ref_source"] == "parity" else ", ".join(day["spot_sources"]) or "-",
            _span(day["ref_from"], day["ref_until"]),
            "-" if day["ref_fresh"] is None else f"{day['ref_fresh']:.0%}",
            "-" if day["bytes"] is None else f"{day['bytes'] / 1e6:,.1f}",
        )
    return table


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:,}"


def _span(start: dt.time | None, end: dt.time | None) -> str:
    return "-" if start is None else f"{start:%H:%M:%S}-{end:%H:%M:%S}"
