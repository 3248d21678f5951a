"""The packed simulated days that caching and sweeps are measured on; kept in a folder when one is named."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nfops.daycache import DayStore, month
from nfops.market import Market
from nfops.packing import PackedDays, pack
from nfops.synth import synthesize

SYMBOL: Final = "NIFTY"
FIRST: Final = dt.date(2024, 1, 1)
MOST_YEARS: Final = 9


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
    """Give the first ``days`` days packed under ``root``; simulate and pack them once where there are not as many."""
    packed = PackedDays.open(root, SYMBOL).dates()
    if len(packed) < days:
        last = dt.date(FIRST.year + MOST_YEARS, 1, 1)
        packed = tuple(known.trading_days(FIRST, min(last, FIRST + dt.timedelta(2 * days + 14))))[:days]
        synthesize(SYMBOL, packed[0], packed[-1], root / "raw", market=known)
        pack([root / "raw"], "nfopslab", SYMBOL, root, known)
        shutil.rmtree(root / "raw")
    return Span(root, packed[:days], known)
