"""``nfops champion``: keep a set of parameters by name, run it again, and see that nothing moved."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Final

import polars as pl
import typer
from rich import box
from rich.table import Table

from nfops.errors import ConfigError
from nfops.jit import code_name
from nfops.report import SweepFolder
from nfops.report.words import rupees
from nfops.types import PAISE
from sweeps import run
from sweeps.champions import GROUP, MONEY, Champion, champions, crown, daily_of
from sweeps.console import Console
from sweeps.options import ROOT, Data

champion_app = typer.Typer(
    no_args_is_help=True,
    help="Sets of parameters kept by name: set, run again, list.\n\nExample: nfops champion run weekly",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a champion.")]
SHOWN: Final = 20
CHARGED: Final = pl.sum_horizontal("^(brokerage|stt|exchange_txn|sebi_fee|ipft|stamp|gst)_paise$")


@champion_app.command("set")
def set_command(
    sweep_dir: Annotated[Path, typer.Argument(metavar="SWEEP_DIR", help="Folder of a finished sweep.")],
    trial: Annotated[str, typer.Argument(metavar="TRIAL_ID", help="Number of a trial, or best.")],
    name: Annotated[str, typer.Option("--name", help="Name to keep it by.")],
    data: Data = ROOT,
    replace: Annotated[bool, typer.Option("--replace", help="Take the name from another one.")] = False,
) -> None:
    """Keep a trial by name: its whole configuration as YAML, and its daily results.

    Example: nfops champion set data/sweeps/short_straddle/20240131-101500-1a2b3c best --name weekly
    """
    folder, champion = SweepFolder.read(sweep_dir), Champion(data, name)
    if not trial.isdigit() and trial != "best":
        raise ConfigError(f"TRIAL_ID is the number of a trial, or best; got {trial!r}")
    if champion.settings.exists() and not replace:
        raise ConfigError(f"{name} is trial {champion.about()['trial']} of {champion.about()['sweep']}; --replace it?")
    number = int(folder.ranked["trial_id"][0]) if trial == "best" else int(trial)
    crown(folder, number, champion)
    Console().terminal.print(f"{name} is trial {number} of {folder.sweep_id}: {champion.settings}", soft_wrap=True)


@champion_app.command("list")
def list_command(data: Data = ROOT) -> None:
    """List the champions.

    Example: nfops champion list
    """
    table = Table("name", "strategy", "symbol", "from", "to", "trial", "of sweep", "net", box=box.SIMPLE_HEAD)
    for champion in champions(data):
        about, config = champion.about(), champion.configuration()
        span = config["span"]
        table.add_row(champion.name, config["strategy"]["name"], config["symbol"], span["start"], span["end"],
                      str(about["trial"]), about["sweep"], rupees(about["total"]))  # fmt: skip
    Console().terminal.print(table)


@champion_app.command("run", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_command(context: typer.Context, name: Name, data: Data = ROOT) -> None:
    """Run a champion again, and compare every day with the results it was kept with, to the paisa.

    Words after the name are overrides as for nfops sweep: span.end=2024-12-31 goes on to later days.

    Exit code 0: nothing moved. 1: some day differs, or was lost; the table says where, and what else changed.

    Example: nfops champion run weekly executor=local
    """
    champion, console = Champion(data.resolve(), name), Console()
    about = champion.about()
    if run.DETACH in context.args:
        raise ConfigError(f"a champion is compared when it has run; leave {run.DETACH} out")
    if {"-m", "--multirun"} & set(context.args):
        raise ConfigError(
            f"a champion is one set; sweep around it with: nfops sweep -m 'hydra.searchpath=[file://{champion.root}]' "
            f"+{GROUP}={name} strategy.exit.stop_pct=10,20"
        )
    folder = champion.root / "sweeps" / f"{GROUP}_{name}" / f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S-%f}"
    words = [f"hydra.searchpath=['file://{champion.root}']", f"+{GROUP}={name}", f"study={GROUP}_{name}",
             f"paths.data='{champion.root}'", f"paths.sweep='{folder}'", "record.fills=all", *context.args]  # fmt: skip
    code = run.main(words)
    if code not in {run.DONE, run.PARTIAL}:
        raise typer.Exit(code)
    again = SweepFolder.read(folder)
    found = against(pl.read_parquet(champion.results), again)
    moved = found.filter(~pl.col("same"))
    if moved.height:
        console.terminal.print(_table(moved))
        if about["code"]["name"] != code_name():
            console.terminal.print("the code that decides about results changed since it was kept", style="yellow")
    recorded, later = found.filter(pl.col("was").is_not_null()), found.filter(pl.col("was").is_null()).height
    most = recorded.select((pl.col("now").fill_null(0) - pl.col("was")).abs().max()).item() or 0
    lost = f", {recorded['now'].null_count()} of them lost" if recorded["now"].null_count() else ""
    console.terminal.print(
        f"{name}: {recorded.height} recorded days run again{lost}, {moved.height} differ, by at most {most} paise"
        + (f"; {later} other days" if later else ""),
        soft_wrap=True,
    )
    raise typer.Exit(1 if moved.height else code)


def against(recorded: pl.DataFrame, again: SweepFolder) -> pl.DataFrame:
    """Compare the recorded days of a champion that lie in the span of a new run with that run.

    The new run's days may come from the cache of results; its fills never do. So both are compared.

    Returns
    -------
    polars.DataFrame
        ``date, was, now`` (net paise; null: no result), ``same``, ``data`` whether the data of the day is the same.
        Days that were not recorded have no ``was``, and are the same when their fills add up to their result.
    """
    first, last = (dt.date.fromisoformat(edge) for edge in again.span)
    mine = recorded.filter(pl.col("date").is_between(first, last))
    days = daily_of(again, int(again.trials["trial_id"][0]))
    sums = again.fills.group_by("date").agg(traded=(_taken() - CHARGED).sum()) if len(again.fills) else None
    joined = mine.join(days, on="date", how="full", coalesce=True, suffix="_now").sort("date")
    traded = joined.join(sums, on="date", how="left") if sums is not None else joined.with_columns(traded=pl.lit(0))
    known = pl.col("net_paise").is_not_null()
    equal = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in MONEY)
    adds_up = pl.col("traded").fill_null(0).eq_missing(pl.col("net_paise_now"))
    return traded.select(
        "date", was="net_paise", now="net_paise_now", same=(equal | ~known) & adds_up,
        data=pl.col("data").eq_missing(pl.col("data_now")),
    )  # fmt: skip


def _taken() -> pl.Expr:
    """Money that a fill brings before charges, in paise."""
    return -pl.col("side") * pl.col("lots") * pl.col("lot_size") * pl.col("price_paise")


def _table(moved: pl.DataFrame) -> Table:
    title = f"Days that differ ({moved.height:,})"
    table = Table("date", "recorded", "now", "difference", "data", title=title, box=box.SIMPLE_HEAD)
    for date, was, now, _, data in moved.head(SHOWN).iter_rows():
        apart = None if was is None or now is None else now - was
        said = "the same" if data else "changed"
        table.add_row(
            str(date), *("-" if paise is None else rupees(paise / PAISE, 2) for paise in (was, now, apart)), said
        )
    return table
