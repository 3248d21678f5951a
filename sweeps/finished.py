"""A finished sweep, as those who show and record it see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from sweeps.config import SweepConfig


@dataclass(frozen=True, eq=False)
class Sweep:
    """What recorders and reports see."""

    config: SweepConfig
    folder: Path
    trials: pl.DataFrame
    fills: pl.DataFrame
    status: pl.DataFrame
    summary: Mapping[str, Any]
    """Content of sweep.json."""

    @cached_property
    def daily(self) -> pl.DataFrame:
        """Daily results, read back: they may be many."""
        return pl.read_parquet(self.folder / "daily.parquet")
