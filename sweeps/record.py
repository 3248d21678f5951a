"""What a recorder says about a sweep, in flat words and numbers, whatever the tool that keeps them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
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


def parameters(folder: SweepFolder) -> dict[str, str]:
    """Return the fixed configuration by dotted path; a swept path has all its values instead."""
    config = {part: folder.summary["config"][part] for part in SETTINGS if part in folder.summary["config"]}
    flat = {path.removesuffix(".model"): value_text(value) for path, value in _flat(config)}
    swept = {path: ", ".join(map(value_text, values)) for path, values in folder.summary["axes"].items()}
    return {path: _short(text) for path, text in (flat | swept).items()}


def sweep_metrics(folder: SweepFolder) -> dict[str, float]:
    """Return counts, every metric of the best trial, and the spread of the objective and the total over all trials."""
    best = folder.ranked.row(0, named=True)
    numbers: dict[str, float | None] = {
        "sweep/trials": folder.trials.height,
        "sweep/days": folder.counted["date"].n_unique(),
        "sweep/days_missing": len(folder.days("missing")) + len(folder.days("failed")),
        "sweep/days_incomplete": len(folder.days("incomplete")),
        "best/trial_id": best["trial_id"],
        **{f"best/{name}": best[name] for name in METRICS},
    }
    for name in dict.fromkeys((folder.objective.name, "total")):
        for label, share in QUANTILES.items():
            numbers[f"{label}/{name}"] = folder.ranked[name].quantile(share, "linear")
    return _known(numbers)


def trial_metrics(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the known metrics and skips of one row of ``trials``."""
    return _known({name: value for name, value in row.items() if name in METRICS or name.startswith("skip_")})


def chosen(folder: SweepFolder) -> pl.DataFrame:
    """Return the trials to record one by one, best first."""
    asked = folder.summary["config"].get("record", {}).get("runs")
    return folder.ranked.head(asked or (FEW if folder.ranked.height <= FEW else BEST))


def tags(around: Surroundings) -> dict[str, str]:
    """Return what identifies the sweep: its data, code and configuration."""
    folder = around.folder
    code = folder.summary["code"]
    config = json.dumps(folder.summary["config"], sort_keys=True, default=str)
    return {
        "nfops.sweep_id": folder.sweep_id,
        "nfops.kind": "sweep",
        "nfops.symbol": folder.summary["symbol"],
        "nfops.strategy": folder.summary["strategy"],
        "nfops.dates": "..".join(folder.span),
        "nfops.status": folder.summary["status"],
        **({"nfops.legacy_days": str(folder.legacy_days)} if folder.legacy_days else {}),
        "nfops.config_hash": hashlib.blake2b(config.encode(), digest_size=16).hexdigest(),
        "nfops.data_hash": folder.summary["data_hash"],
        "nfops.version": code["version"],
        "nfops.git_dirty": str(code["git_dirty"]).lower(),
        "nfops.folder": str(folder.path),
        NOTE: "\n\n".join([folder.notice, *verdict(folder), *robustness(around), *caution(folder)]).strip(),
        **({"mlflow.source.git.commit": code["git_commit"]} if code["git_commit"] else {}),
    }


def trial_tags(around: Surroundings, rank: int) -> dict[str, str]:
    """Return what tells one trial from the others, by its place from 1."""
    return {
        "nfops.kind": "trial",
        "nfops.rank": str(rank),
        "nfops.plateau": str(bool(around.plateau[rank - 1])).lower(),
    }


def _known(numbers: Mapping[str, float | None]) -> dict[str, float]:
    """Leave out what is undefined: a comparison must never plot it as a number."""
    return {name: float(value) for name, value in numbers.items() if value is not None and math.isfinite(value)}


def _flat(node: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in node.items():
        pairs += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", value)]
    return pairs


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
