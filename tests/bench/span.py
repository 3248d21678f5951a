"""The packed simulated days that caching and sweeps are measured on; kept in a folder when one is named."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.progress import track

from nfops.daycache import DayStore, month
from nfops.market import Market
from nfops.packing import PackedDays, pack
from nfops.synth import synthesize

SYMBOL: Final = "NIFTY"
FIRST: Final = dt.date(2020, 1, 1)
AT_ONCE: Final = 60
"""Days that are simulated before they are packed: raw files take several times the room."""


@dataclass(frozen=True)
class Span:
    """Some packed days under a data root of the benchmark's own."""

    root: Path
    dates: Sequence[dt.date]
    known: Market

    @property
    def store(self) -> DayStore:
        """Their day cache."""
        return DayStore(self.root, SYMBOL, self.known)

    @property
    def months(self) -> list[Path]:
        """Files of the day cache."""
        return [self.store.path(name) for name in sorted({f"{date:%Y%m}" for date in self.dates})]

    def forget_results(self) -> None:
        """Delete what sweeps computed and noted here before."""
        for folder in ("cache/results", "ledger"):
            shutil.rmtree(self.root / folder, ignore_errors=True)

    def chill(self) -> None:
        """Let the machine drop the cached days from memory, as after a start."""
        month._map.cache_clear()
        for path in self.months:
            with path.open("rb") as stream:
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def span(root: Path, days: int, known: Market) -> Span:
    """Give so many days from FIRST on, packed under ``root``; those that are missing are simulated and packed."""
    dates = known.trading_days(FIRST, dt.date.max)[:days]
    if len(dates) < days:
        raise SystemExit(f"--days is at most {len(dates):,}: the calendar ends on {dates[-1]}; it is {days:,}")
    packed = set(PackedDays.open(root, SYMBOL).dates())
    missing = [date for date in dates if date not in packed]
    cuts = [missing[at : at + AT_ONCE] for at in range(0, len(missing), AT_ONCE)]
    for cut in track(cuts, "simulating and packing days", disable=len(cuts) < 2):
        shutil.rmtree(root / "raw", ignore_errors=True)
        # In a folder of its own: the same file with other days would take the place of those packed before.
        synthesize(SYMBOL, cut[0], cut[-1], root / "raw" / str(cut[0]), market=known, workers=2)
        pack([root / "raw"], "nfopslab", SYMBOL, root, known)
        shutil.rmtree(root / "raw")
    return Span(root, dates, known)
