"""What a recorder says about a sweep, in flat words and numbers, whatever the tool that keeps them.

A finished run is told as a story: itself, and what lies below it, be it trials or windows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from nfops.metrics import METRICS
from nfops.report import SweepFolder
from nfops.report.folder import value_text
from nfops.report.neighbours import Surroundings, robustness
from nfops.report.words import caution, verdict

FEW: Final = 200
"""Up to so many trials all are recorded one by one, otherwise only the best, unless ``record.runs`` says how many."""

BEST: Final = 20
"""Trials that have a curve, stand in the leaderboard, and are compared."""

QUANTILES: Final = {"p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
SETTINGS: Final = ("symbol", "span", "strategy", "fills", "costs", "margin", "data", "objective", "search", "seed")
"""Parts of the configuration that decide the result; machines and folders do not."""

NOTE: Final = "mlflow.note.content"
"""Tag whose text stands on the page of a run."""

_LONGEST: Final = 500


@dataclass(frozen=True)
class Entry:
    """What is kept of one run."""

    name: str
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    curve: Sequence[tuple[dt.date, float]] = ()
    """Days, and what was earned until then, in rupees."""


@dataclass(frozen=True, eq=False)
class Story:
    """A finished sweep or walk-forward."""

    path: Path
    summary: Mapping[str, Any]
    """Content of its sweep.json or wf.json."""
    kind: str
    """``sweep`` or ``walkforward``."""
    days: int
    """Days of its data."""
    own: Entry
    noun: str
    """What lies below it: trials, or windows."""
    below: Sequence[Entry]
    """The best trials, best first, or the windows in order."""
    order: tuple[str, bool]
    """Metric by which they are put in order, and whether the greatest stands first."""
    table: pl.DataFrame
    """The same in rows."""


def sweep_story(folder: SweepFolder) -> Story:
    """Tell a sweep and its best trials."""
    around = Surroundings(folder)
    best = chosen(folder)
    below = [
        Entry(
            f"#{rank} trial {row['trial_id']}",
            trial_tags(around, rank),
            folder.setting(row),
            trial_metrics(row),
            list(folder.equity(row["trial_id"]).select("date", "equity").iter_rows()) if rank <= BEST else (),
        )
        for rank, row in enumerate(best.iter_rows(named=True), start=1)
    ]
    own = Entry(folder.sweep_id, tags(around), parameters(folder), sweep_metrics(folder))
    days, goal = len(folder.dates), folder.objective
    order = goal.name, goal.maximise
    return Story(folder.path, folder.summary, "sweep", days, own, "trials", below, order, best.head(BEST))


def parameters(folder: SweepFolder) -> dict[str, str]:
    """Return the fixed configuration by dotted path; a swept path has all its values instead."""
    return settings(folder.summary, SETTINGS)


def settings(summary: Mapping[str, Any], parts: Sequence[str]) -> dict[str, str]:
    """Return some parts of a configuration by dotted path; a swept path has all its values instead."""
    config = {part: summary["config"][part] for part in parts if part in summary["config"]}
    flat = {path.removesuffix(".model"): value_text(value) for path, value in _flat(config)}
    swept = {path: ", ".join(map(value_text, values)) for path, values in summary["axes"].items()}
    return {path: _short(text) for path, text in (flat | swept).items()}


def sweep_metrics(folder: SweepFolder) -> dict[str, float]:
    """Return counts, every metric of the best trial, and the spread of the objective and the total over all trials."""
    best = folder.ranked.row(0, named=True)
    numbers: dict[str, float | None] = {
        "sweep/trials": folder.trials.height,
        "sweep/days": len(folder.dates),
        "sweep/days_missing": len(folder.days("missing")) + len(folder.days("failed")),
        "sweep/days_incomplete": len(folder.days("incomplete")),
        "best/trial_id": best["trial_id"],
        **{f"best/{name}": best[name] for name in METRICS},
    }
    for name in dict.fromkeys((folder.objective.name, "total")):
        for label, share in QUANTILES.items():
            numbers[f"{label}/{name}"] = folder.ranked[name].quantile(share, "linear")
    return known(numbers)


def trial_metrics(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the known metrics and skips of one row of ``trials``."""
    return known({name: value for name, value in row.items() if name in METRICS or name.startswith("skip_")})


def chosen(folder: SweepFolder) -> pl.DataFrame:
    """Return the trials to record one by one, best first."""
    asked = folder.summary["config"].get("record", {}).get("runs")
    return folder.ranked.head(asked or (FEW if folder.ranked.height <= FEW else BEST))


def tags(around: Surroundings) -> dict[str, str]:
    """Return what identifies the sweep: its data, code and configuration."""
    folder = around.folder
    told = [folder.notice, *verdict(folder), *robustness(around), *caution(folder)]
    legacy = {"nfops.legacy_days": str(folder.legacy_days)} if folder.legacy_days else {}
    return identity(folder.path, folder.summary, "sweep", told) | legacy


def identity(path: Path, summary: Mapping[str, Any], kind: str, told: Sequence[str]) -> dict[str, str]:
    """Return what identifies a sweep or a walk-forward, with the sentences that are to stand on its page."""
    code, span = summary["code"], summary["config"]["span"]
    config = json.dumps(summary["config"], sort_keys=True, default=str)
    return {
        "nfops.sweep_id": path.name,
        "nfops.kind": kind,
        "nfops.symbol": summary["symbol"],
        "nfops.strategy": summary["strategy"],
        "nfops.dates": f"{span['start']}..{span['end']}",
        "nfops.status": summary["status"],
        "nfops.config_hash": hashlib.blake2b(config.encode(), digest_size=16).hexdigest(),
        "nfops.data_hash": summary["data_hash"],
        "nfops.version": code["version"],
        "nfops.git_dirty": str(code["git_dirty"]).lower(),
        "nfops.folder": str(path),
        NOTE: "\n\n".join(told).strip(),
        **({"mlflow.source.git.commit": code["git_commit"]} if code["git_commit"] else {}),
    }


def trial_tags(around: Surroundings, rank: int) -> dict[str, str]:
    """Return what tells one trial from the others, by its place from 1."""
    return {
        "nfops.kind": "trial",
        "nfops.rank": str(rank),
        "nfops.plateau": str(bool(around.plateau[rank - 1])).lower(),
    }


def known(numbers: Mapping[str, float | None]) -> dict[str, float]:
    """Leave out what is undefined: a comparison must never plot it as a number."""
    return {name: float(value) for name, value in numbers.items() if value is not None and math.isfinite(value)}


def _flat(node: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in node.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", value)]
    return pairs


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
