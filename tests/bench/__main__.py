"""``make bench`` measures everything and keeps a report; ``make bench-ci`` holds a minute of it to committed ratios."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console

from nfops.market import Market
from sweeps.home import folder
from tests.bench import composing, daycache, engine, judge, packing, pricing, report, spreading, sweeping
from tests.bench.board import Board
from tests.bench.span import span

DAYS: Final = 5
KEPT: Final = Path("docs/benchmarks")
PARTS: Final = ("engine", "pricing", "packing", "daycache", "compose", "sweep", "ray")
WIDTH: Final = 110
SPREAD: Final = 1_500_000
"""Day-backtests that a sweep wants, about, before spreading it can show."""


def main() -> int:
    """Measure what was asked for; 1 when a short run falls short of the committed ratios."""
    asked = _arguments()
    known, terminal = Market.load(folder("meta")), Console(width=WIDTH)
    with tempfile.TemporaryDirectory(prefix="nfops-bench-") as scratch:
        boards = (
            _short(asked, known, Path(scratch)) if asked.ci or asked.commit else _whole(asked, known, Path(scratch))
        )
    report.show(boards, terminal)
    if asked.commit:
        judge.write(judge.ratios(boards))
    if asked.ci:
        faults = judge.shortfalls(judge.ratios(boards), judge.read())
        terminal.print("\n".join(faults) or "no ratio fell to half of the committed one", soft_wrap=True)
        return 1 if faults else 0
    if not asked.commit and asked.out != Path():
        about = report.machine()
        terminal.print(str(report.write(boards, asked.out, about, dt.datetime.now(tz=dt.UTC).date())), soft_wrap=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds (default 5)")
    parser.add_argument("--days", type=int, default=DAYS, help=f"simulated days of caching and sweeps (default {DAYS})")
    parser.add_argument("--data", type=Path, help="keep these days, packed, in this folder, or find them there")
    parser.add_argument("--sets", type=int, nargs="+", choices=list(sweeping.AXES), default=list(sweeping.AXES))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="parts to measure (default all)")
    parser.add_argument("--out", type=Path, default=KEPT, help=f"folder of the report (default {KEPT}; . for none)")
    parser.add_argument("--ci", action="store_true", help="measure for a minute; exit 1 on half of a committed ratio")
    parser.add_argument("--commit", action="store_true", help="measure for a minute; commit to these ratios")
    return parser.parse_args()


def _whole(asked: argparse.Namespace, known: Market, scratch: Path) -> list[Board]:
    few = max(asked.rounds // 2, 1)
    days = span(asked.data or scratch / "span", asked.days, known)
    count = next((sets for sets in sorted(asked.sets) if sets * asked.days >= SPREAD), max(asked.sets))
    measured: dict[str, Callable[[], list[Board]]] = {
        "engine": lambda: engine.bench(known, asked.rounds),
        "pricing": lambda: [pricing.bench(asked.rounds)],
        "packing": lambda: packing.bench(known, scratch, few),
        "daycache": lambda: [daycache.bench(days, few)],
        "compose": lambda: [composing.bench(days, asked.rounds)],
        "sweep": lambda: [sweeping.bench(days, few, asked.sets)],
        "ray": lambda: spreading.bench(days, few, count),
    }
    return [board for part in asked.only for board in measured[part]()]


def _short(asked: argparse.Namespace, known: Market, scratch: Path) -> list[Board]:
    days = span(asked.data or scratch / "span", asked.days, known)
    return [
        *engine.bench(known, asked.rounds, ("legs",)),
        daycache.bench(days, asked.rounds),
        composing.bench(days, asked.rounds),
        sweeping.in_cpu(days, asked.rounds),
    ]


if __name__ == "__main__":
    sys.exit(main())
