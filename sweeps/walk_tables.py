"""The table of windows, and what all of them come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from nfops.metrics import METRICS
from nfops.walkforward import Window, dropped, metrics_of
from sweeps.config import SweepConfig
from sweeps.outcome import KIND

WHOLE: Final = frozenset({"n_trades", "n_fallback", "n_stale_exit"})
"""Metrics that are whole numbers."""


@dataclass(frozen=True, eq=False)
class Walk:
    """A finished walk-forward, as those who show it see it."""

    config: SweepConfig
    folder: Path
    windows: pl.DataFrame
    status: pl.DataFrame
    summary: dict[str, Any]
    """Content of wf.json."""


@dataclass(frozen=True, eq=False)
class Walked:
    """One window and what came of it."""

    window: Window
    position: int | None
    """Place of the chosen set in the grid; None where nothing was worth choosing."""
    inside: Mapping[str, Any] | None
    """Row of the chosen trial, by the training days."""
    daily: pl.DataFrame
    """Its test days, columns DAILY."""
    outside: Mapping[str, float | None]
    """Metrics of these days."""
    partial: bool
    """Days of it are missing or failed."""


BEFORE: Final = ("burnt", "seen")
"""What may have happened to a window before: parts of wf.json, and columns of its row."""


def windows_table(
    config: SweepConfig, walked: Sequence[Walked], before: Mapping[str, Sequence[Mapping[str, Any]]]
) -> pl.DataFrame:
    """Build ``windows.parquet``: a row a window, with the chosen values and every metric in and out of sample.

    ``before`` has the windows that were looked at, by each of BEFORE.
    """
    looked = {name: {one["window"] for one in before[name]} for name in BEFORE}
    return pl.DataFrame([_row(config, one, looked) for one in walked], schema=_schema(config))


def judged(windows: pl.DataFrame, daily: pl.DataFrame) -> dict[str, Any]:
    """Compare the Sharpe ratio of the stitched curve with the mean of those in the sample."""
    inside, outside = windows["is_sharpe"].mean(), metrics_of(daily)
    known = float(inside) if isinstance(inside, float) else None
    return {"is_sharpe": known, "oos": outside, "dropped": dropped(known, outside["sharpe"])}


def _row(config: SweepConfig, one: Walked, looked: Mapping[str, set[int]]) -> dict[str, Any]:
    train, test, inside = one.window.train, one.window.test, one.inside or {}
    spans = {"train_start": train[0], "train_end": train[-1], "train_days": len(train)}
    spans |= {"test_start": test[0], "test_end": test[-1], "test_days": len(test)}
    return {
        "window": one.window.number,
        **spans,
        "position": one.position,
        **{path: inside.get(path) for path in config.axes},
        **{f"is_{name}": inside.get(name) for name in METRICS},
        **{f"oos_{name}": one.outside[name] for name in METRICS},
        **{f"delta_{name}": _less(one.outside[name], inside.get(name)) for name in _compared(config)},
        "dropped": dropped(inside.get("sharpe"), one.outside["sharpe"]),
        **{name: one.window.number in numbers for name, numbers in looked.items()},
        "status": "partial" if one.partial else "ok",
    }


def _schema(config: SweepConfig) -> dict[str, Any]:
    known, date = config.strategy.schema.by_path, pl.Date
    kind = {name: pl.Int64 if name in WHOLE else pl.Float64 for name in METRICS}
    spans = {"train_start": date, "train_end": date, "train_days": pl.Int64}
    spans |= {"test_start": date, "test_end": date, "test_days": pl.Int64}
    return {
        "window": pl.Int64,
        **spans,
        "position": pl.Int64,
        **{path: KIND[known[path].kind] for path in config.axes},
        **{f"{side}_{name}": kind[name] for side in ("is", "oos") for name in METRICS},
        **{f"delta_{name}": pl.Float64 for name in _compared(config)},
        "dropped": pl.Boolean,
        **dict.fromkeys(BEFORE, pl.Boolean),
        "status": pl.String,
    }


def _compared(config: SweepConfig) -> list[str]:
    """Metrics whose change is a column of its own."""
    return list(dict.fromkeys(("sharpe", config.objective)))


def _less(outside: float | None, inside: float | None) -> float | None:
    return None if outside is None or inside is None else float(outside - inside)
