"""Champions: single sets of parameters kept by name, as configuration that Hydra composes and people read.

``champion/NAME.yaml`` under the data root has everything that decides about results, with the set's values in their
places; ``champion/NAME.parquet`` has the daily results that it is to give again.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
import yaml

from nfops.errors import ConfigError
from nfops.files import replacing, write_text
from nfops.report import SweepFolder
from nfops.report.words import setting
from sweeps.parameters import GROUPS

GROUP: Final = "champion"
"""Folder under the data root, and the name by which Hydra finds it there."""

SETTINGS: Final = ("symbol", "span", "strategy", "fills", "costs", "margin", "data", "objective", "notice", "seed")
"""Parts of a configuration that a champion keeps; machines, folders and searches are those of the day it is run."""

MONEY: Final = ("gross_paise", "cost_paise", "net_paise", "n_positions", "n_fills")
NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")


@dataclass(frozen=True)
class Champion:
    """One set of parameters under ``root``, by its name."""

    root: Path
    name: str

    @property
    def settings(self) -> Path:
        """Its configuration."""
        return self.root / GROUP / f"{self.name}.yaml"

    @property
    def results(self) -> Path:
        """Daily results it is to give again: ``date``, MONEY, and the hash of the ``data`` of the day."""
        return self.root / GROUP / f"{self.name}.parquet"

    def about(self) -> dict[str, Any]:
        """Return what is known of where it comes from.

        Raises
        ------
        ConfigError
            Naming the champions there are, when this is none of them.
        """
        if not self.settings.is_file() or not self.results.is_file():
            known = ", ".join(one.name for one in champions(self.root)) or "none"
            raise ConfigError(f"{self.name!r} is no champion under {self.root / GROUP}; known: {known}")
        about: dict[str, Any] = self.configuration()[GROUP]
        return about

    def configuration(self) -> dict[str, Any]:
        """Return the content of its file."""
        read: dict[str, Any] = yaml.safe_load(self.settings.read_text(encoding="utf-8"))
        return read


def champions(root: Path) -> list[Champion]:
    """Give the champions under a data root, by name."""
    return [Champion(root, path.stem) for path in sorted((root / GROUP).glob("*.yaml"))]


def crown(folder: SweepFolder, trial_id: int, champion: Champion) -> None:
    """Keep a trial of a finished sweep as a champion.

    Raises
    ------
    ConfigError
        When the name cannot be one, the sweep has no such trial, or the trial has no daily result.
    """
    if not NAME.match(champion.name):
        raise ConfigError(f"a champion's name has letters, digits, - and _ only, got {champion.name!r}")
    row = folder.trials.filter(pl.col("trial_id") == trial_id)
    if row.is_empty():
        raise ConfigError(f"{folder.path} has no trial {trial_id}; its trials are 0 to {folder.trials.height - 1}")
    days = daily_of(folder, trial_id)
    if days.is_empty():
        raise ConfigError(f"trial {trial_id} of {folder.path} has no day with a result")
    values = row.row(0, named=True)
    code = folder.summary["code"]
    about = {
        "name": champion.name,
        "sweep": folder.sweep_id,
        "trial": trial_id,
        folder.objective.name: values[folder.objective.name],
        "total": values["total"],
        "days": days.height,
        "data_hash": folder.summary["data_hash"],
        "code": {name: code.get(name) for name in ("version", "name", "git_commit", "git_dirty")},
    }
    settings = settled(folder.summary["config"], folder.summary["axes"], values)
    with replacing(champion.results) as part:
        days.write_parquet(part)
    write_text(champion.settings, _head(folder, champion, values) + _yaml({**settings, GROUP: about}))


def settled(config: Mapping[str, Any], axes: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a champion keeps of a sweep's configuration, with the values of one row of its trials in place."""
    kept = copy.deepcopy({name: config[name] for name in SETTINGS if name in config})
    alone = {path: values[0] for path, values in (config.get("axes") or {}).items() if path not in axes}
    for path, value in {**alone, **{axis: _value(row[axis]) for axis in axes}}.items():
        *branches, leaf = f"{path}.model".split(".") if path in GROUPS else path.split(".")
        node = kept
        for name in branches:
            node = node.setdefault(name, {})
        node[leaf] = value
    return kept


def daily_of(folder: SweepFolder, trial_id: int) -> pl.DataFrame:
    """Return the daily results of one trial, those of days that do not count included, with the hash of each day."""
    hashes = folder.status.select("date", data="data_hash")
    mine = folder.of(trial_id).group_by("date").agg(pl.col(MONEY).sum())
    return mine.join(hashes, on="date", how="left").sort("date")


def _value(shown: Any) -> Any:
    """Turn a value of the table of trials into one of configuration: lists stand there as on the command line."""
    if isinstance(shown, str) and shown.startswith("["):
        return shown.strip("[]").split(",")
    return shown


def _head(folder: SweepFolder, champion: Champion, row: Mapping[str, Any]) -> str:
    return (
        "# @package _global_\n"
        f"# Trial {row['trial_id']} of sweep {folder.sweep_id}: {setting(folder.setting(row))}.\n"
        f"# Run it again: nfops champion run {champion.name}\n"
        "defaults:\n"
        "  - override /strategy: null\n"
    )


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=100)
