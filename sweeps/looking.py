"""``nfops lookahead``: the causality check on the user's own days."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer

from nfops.errors import ConfigError
from nfops.lookahead import LookaheadReport, indices, look_ahead
from nfops.packing import PackedDays
from nfops.strategies import strategy
from sweeps.console import Console
from sweeps.options import ROOT, Data, Symbol, market


def lookahead_command(
    name: Annotated[str, typer.Argument(metavar="STRATEGY", help="Name of a strategy; see conf/strategy.")],
    symbol: Symbol,
    data: Data = ROOT,
    days: Annotated[int, typer.Option("--days", min=1, help="Packed days to look at, drawn at random.")] = 5,
    changes: Annotated[int, typer.Option("--changes", min=1, help="Changes of the future of each day.")] = 4,
    sets: Annotated[int, typer.Option("--sets", min=1, help="Parameter sets: the defaults and some around them.")] = 16,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same days, changes and sets.")] = 7,
) -> None:
    """Rewrite the market after random seconds of your own days, and see whether anything before them changes.

    Of two indices each is rewritten alone, and both together.

    Exit code 0: nothing did. 1: nothing was traded, so nothing is proven. 3: the strategy looks ahead.

    Example: nfops lookahead short_straddle --symbol NIFTY --days 3
    """
    console, facts = Console(), market()
    if symbol not in facts.symbols:
        raise ConfigError(f"{symbol!r} is no known index; known: {', '.join(facts.symbols)}")
    traded = strategy(name)
    symbols = indices(traded, symbol)
    packed = sorted(set.intersection(*(set(PackedDays.open(data, one).dates()) for one in symbols)))
    if not packed:
        raise ConfigError(f"no day with options of {' and '.join(symbols)} is packed under {data}")
    drawn = np.random.default_rng(seed).choice(len(packed), min(days, len(packed)), replace=False)
    dates = [packed[at] for at in sorted(drawn)]
    with console.counting(f"Looking ahead on {len(dates)} days") as progress:
        report = look_ahead(
            data, symbol, facts, traded, dates, changes=changes, sets=sets, seed=seed, progress=progress
        )
    _print(console, report)
    raise typer.Exit(3 if report.dependencies else 0 if report.compared else 1)


def _print(console: Console, report: LookaheadReport) -> None:
    seen = f"{report.compared:,} fills and decisions before them"
    told = f"{report.days} days, {report.changes} changes of the future, {seen}"
    if not report.compared:
        console.terminal.print(f"{told}: nothing was traded, so nothing is proven", style="yellow")
    elif not report.dependencies:
        console.terminal.print(f"{told}: all the same")
    for one in report.dependencies:
        where = f"{one.date}, {' and '.join(one.rewritten)} rewritten after {one.changed_after}"
        who = f"trial {one.trial} {one.setting or '(defaults)'}"
        lines = f"looks ahead: {where}, {who}\n    was {one.before}\n    is  {one.after}"
        console.terminal.print(lines, style="red", markup=False, soft_wrap=True)
