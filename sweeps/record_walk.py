"""What a recorder says about a walk-forward: the stitched curve and its law, and a run for each window below it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from nfops.errors import DataError
from nfops.metrics import METRICS
from nfops.report.folder import value_text
from nfops.report.walk import looked_sentences, walk_verdict
from nfops.types import PAISE
from sweeps.files import WALK
from sweeps.record import SETTINGS, Entry, Story, identity, known, settings

SIDES: Final = ("is", "oos", "delta")
"""In the sample, out of it, and what was lost on the way: first parts of a metric's name."""

SPANS: Final = ("train_start", "train_end", "test_start", "test_end")
UNKNOWN: Final = "unknown"


def is_walk(path: Path) -> bool:
    """Whether a folder is that of a walk-forward."""
    return (path / WALK).is_file()


def walk_story(path: Path) -> Story:
    """Tell the walk-forward in a folder; DataError when none of its windows is finished."""
    summary = json.loads((path / WALK).read_text(encoding="utf-8"))
    if not summary.get("done"):
        raise DataError(f"{path} is not the folder of a finished walk-forward: no window is done", "no_result")
    windows, daily, status = (pl.read_parquet(path / f"{name}.parquet") for name in ("windows", "oos_daily", "status"))
    told = [summary["config"].get("notice") or "", *walk_verdict(summary, daily), *looked_sentences(summary)]
    tags = identity(path, summary, "walkforward", told) | _looked(summary)
    own = Entry(
        path.name, tags, settings(summary, (*SETTINGS, "walkforward")), walk_metrics(summary, windows), _curve(daily)
    )
    below = [
        _window(summary, row, daily.filter(pl.col("window") == row["window"])) for row in windows.iter_rows(named=True)
    ]
    days = status.filter("ok").height
    return Story(path, summary, "walkforward", days, own, "windows", below, ("window", False), windows)


def walk_metrics(summary: Mapping[str, Any], windows: pl.DataFrame) -> dict[str, float]:
    """Return counts, every metric of the stitched days, the mean ratio in the sample and what was lost."""
    inside, outside = summary["is_sharpe"], summary["oos"]["sharpe"]
    numbers: dict[str, float | None] = {
        "walk/windows": windows.height,
        "walk/windows_dropped": windows.filter("dropped").height,
        "walk/windows_burnt": len(summary["burnt"]),
        "walk/windows_seen": len(summary.get("seen", ())),
        "walk/days": int(windows["test_days"].sum()),
        "is/sharpe": inside,
        "delta/sharpe": None if inside is None or outside is None else outside - inside,
        **{f"oos/{name}": summary["oos"].get(name) for name in METRICS},
    }
    return known(numbers)


def _looked(summary: Mapping[str, Any]) -> dict[str, str]:
    """Tags that say whether the edge held, and which windows were looked at before."""
    looked = {
        f"nfops.{name}": ", ".join(str(window["window"]) for window in summary.get(name, ()))
        for name in ("burnt", "seen")
    }
    return {"nfops.dropped": _said(summary["dropped"])} | {name: text for name, text in looked.items() if text}


def _window(summary: Mapping[str, Any], row: Mapping[str, Any], daily: pl.DataFrame) -> Entry:
    """Tell one window: the chosen set, its days, and every metric on both sides."""
    spans = {f"walkforward.{name}": str(row[name]) for name in SPANS}
    chosen = row["position"] is not None
    values = {path: value_text(row[path]) for path in summary["axes"]} if chosen else {}
    tags = {
        "nfops.kind": "window",
        "nfops.window": str(row["window"]),
        "nfops.chosen": _said(chosen),
        "nfops.status": row["status"],
        **{f"nfops.{name}": _said(row.get(name)) for name in ("dropped", "burnt", "seen")},
    }
    numbers = {name.replace("_", "/", 1): row[name] for name in row if name.partition("_")[0] in SIDES}
    numbers = known({"window": row["window"], **numbers})
    return Entry(f"window {row['window']}", tags, values | spans, numbers, _curve(daily))


def _curve(daily: pl.DataFrame) -> list[tuple[Any, float]]:
    """Give the running net result of test days, in rupees."""
    counted = daily.filter("counted")
    earned = counted.select("date", pl.col("net_paise").cum_sum() / PAISE)
    return list(earned.iter_rows())


def _said(flag: bool | None) -> str:
    return UNKNOWN if flag is None else str(flag).lower()
