"""Two sweeps side by side: what was asked differently, and what came out differently, down to the trade."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import polars as pl

from nfops.metrics import METRICS
from nfops.report.folder import SweepFolder, value_text

MONEY: Final = ("gross_paise", "cost_paise", "net_paise")
_NOT_ASKED: Final = ("executor.", "paths.", "record.", "notice", "study", "block_size", "axes.")
"""Settings that must not change a result."""

AT_ONCE: Final = 1_000_000
"""Daily results of a sweep that are compared at once: all of them may be more than there is memory."""

KEPT: Final = 10_000
"""Days that differ of which the money is kept."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two sweeps, A and B, have in common and what not; frames hold differences only."""

    settings: pl.DataFrame
    """``setting, a, b`` as text: the question, the code and the data."""
    matched: int
    """Trials with the same parameters in both."""
    only_a: int
    only_b: int
    metrics: pl.DataFrame
    """``metric, trials`` that differ, ``largest`` difference with its ``trial_a, trial_b, a, b``."""
    days: int
    """Days of trials that differ."""
    daily: pl.DataFrame
    """The first ``KEPT`` of them: ``date, symbol, trial_a, trial_b`` and the money of both in paise; null where a sweep
    has no result."""
    fills: pl.DataFrame
    """``date, trial_a, trial_b, number`` and the fill of both as text; null where a sweep has none."""
    compared_fills: int
    """Trials whose fills both sweeps recorded."""

    @property
    def equal(self) -> bool:
        """Whether all common trials came out the same, and there is no other."""
        different = (self.only_a, self.only_b, self.metrics.height, self.days, self.fills.height)
        return self.matched > 0 and not any(different)


def compare(a: SweepFolder, b: SweepFolder, tolerance: float = 0.0) -> Comparison:
    """Compare two sweeps; trials are matched by their parameters, whatever their numbers.

    Parameters
    ----------
    tolerance
        Rupees by which money of a day or a trial may differ, and the difference other metrics may have.
    """
    axes = tuple(dict.fromkeys((*a.axes, *b.axes)))
    pairs = _named(a, axes, "a").join(_named(b, axes, "b"), on=["key", "twin"], how="full", coalesce=True)
    both = pairs.drop_nulls().select("trial_a", "trial_b").sort("trial_a")
    recorded = both.filter(
        pl.col("trial_a").is_in(a.fills["trial_id"].implode()) | pl.col("trial_b").is_in(b.fills["trial_id"].implode())
    )
    recorded = recorded if a.fills.height and b.fills.height else recorded.clear()
    days, daily = _daily(a, b, both, tolerance)
    return Comparison(
        settings=_settings(a, b, axes),
        matched=both.height,
        only_a=pairs["trial_b"].null_count(),
        only_b=pairs["trial_a"].null_count(),
        metrics=_metrics(a, b, both, tolerance),
        days=days,
        daily=daily,
        fills=_fills(a, b, recorded),
        compared_fills=recorded.height,
    )


def _named(folder: SweepFolder, axes: tuple[str, ...], name: str) -> pl.DataFrame:
    """Give every trial a key of its parameters; equal keys are told apart by their order."""
    asked = dict(_leaves(folder.summary["config"], ""))
    rows = []
    for row in folder.trials.iter_rows(named=True):
        values = (value_text(row[axis]) if axis in row else value_text(asked.get(axis)) for axis in axes)
        rows.append((row["trial_id"], "|".join(values)))
    frame = pl.DataFrame(rows, schema={f"trial_{name}": pl.Int64, "key": pl.String}, orient="row")
    return frame.with_columns(pl.col("key").cum_count().over("key").alias("twin"))


def _settings(a: SweepFolder, b: SweepFolder, axes: tuple[str, ...]) -> pl.DataFrame:
    left, right = _asked(a, axes), _asked(b, axes)
    rows = [
        (name, left.get(name, ""), right.get(name, ""))
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]
    return pl.DataFrame(rows, schema={"setting": pl.String, "a": pl.String, "b": pl.String}, orient="row")


def _asked(folder: SweepFolder, axes: tuple[str, ...]) -> dict[str, str]:
    """Everything that decides about results; of swept parameters all their values."""
    summary = folder.summary
    asked = {
        name: value_text(value)
        for name, value in _leaves(summary["config"], "")
        if not name.startswith(_NOT_ASKED) and name not in axes
    }
    swept = {axis: ", ".join(map(value_text, values)) for axis, values in summary["axes"].items()}
    fixed = {axis: value_text(dict(_leaves(summary["config"], "")).get(axis)) for axis in axes if axis not in swept}
    code = {f"code.{name}": str(summary["code"][name]) for name in ("version", "git_commit", "git_dirty")}
    return {**asked, **fixed, **swept, **code, "data": str(summary["data_hash"])}


def _leaves(branch: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in branch.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _metrics(a: SweepFolder, b: SweepFolder, both: pl.DataFrame, tolerance: float) -> pl.DataFrame:
    joined = _joined(a.trials, b.trials, both, [])
    rows = []
    for metric in METRICS:
        away = (pl.col(metric) - pl.col(f"{metric}_b")).abs()
        unlike = (away > tolerance) | (pl.col(metric).is_null() != pl.col(f"{metric}_b").is_null())
        off = joined.with_columns(away=away).filter(unlike).sort("away", descending=True, nulls_last=True)
        if off.height:
            worst = off.row(0, named=True)
            rows.append((metric, off.height, worst["away"], worst["trial_a"], worst["trial_b"], worst[metric],
                         worst[f"{metric}_b"]))  # fmt: skip
    schema = {"metric": pl.String, "trials": pl.Int64, "largest": pl.Float64, "trial_a": pl.Int64,
              "trial_b": pl.Int64, "a": pl.Float64, "b": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _daily(a: SweepFolder, b: SweepFolder, both: pl.DataFrame, tolerance: float) -> tuple[int, pl.DataFrame]:
    """Count the days of trials that differ, and give the first of them."""
    dates = pl.concat([a.status["date"], b.status["date"]]).unique().sort()
    step = max(1, AT_ONCE // max(a.trials.height, b.trials.height, 1))
    edges = [dt.date.min, *dates[step::step], dt.date.max]
    count, kept = 0, []
    for low, high in pairwise(edges):
        these = (pl.col("date") >= low) & (pl.col("date") < high)
        left, right = (one.daily.filter(these).select("trial_id", "symbol", "date", *MONEY).collect() for one in (a, b))
        found = _unlike(left, right, both, tolerance)
        kept.append(found.head(max(KEPT - count, 0)))
        count += found.height
    return count, pl.concat(kept)


def _unlike(a: pl.DataFrame, b: pl.DataFrame, both: pl.DataFrame, tolerance: float) -> pl.DataFrame:
    """Give those of some daily results that differ."""
    joined = _joined(a, b, both, ["symbol", "date"])
    far = [(pl.col(name) - pl.col(f"{name}_b")).abs() > tolerance * 100 for name in MONEY]
    one_sided = pl.col("net_paise").is_null() != pl.col("net_paise_b").is_null()
    money = [column for name in MONEY for column in (name, f"{name}_b")]
    found = joined.filter(pl.any_horizontal(*far, one_sided))
    return found.select("date", "symbol", "trial_a", "trial_b", *money).sort("date", "symbol", "trial_a")


def _fills(a: SweepFolder, b: SweepFolder, both: pl.DataFrame) -> pl.DataFrame:
    words = [name for name in a.fills.columns if name not in {"trial_id", "date"} and name in b.fills.columns]
    told = pl.concat_str([pl.col(name).cast(pl.String).fill_null("-") for name in words], separator=" ").alias("fill")
    number = pl.col("date").cum_count().over("trial_id", "date").alias("number")
    left, right = (folder.fills.select("trial_id", "date", number, told) for folder in (a, b))
    joined = _joined(left, right, both, ["date", "number"])
    unlike = joined.filter(pl.col("fill").ne_missing(pl.col("fill_b")))
    columns = ["date", "trial_a", "trial_b", "number", pl.col("fill").alias("a"), pl.col("fill_b").alias("b")]
    return unlike.select(columns).sort("date", "trial_a", "number")


def _joined(a: pl.DataFrame, b: pl.DataFrame, both: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Join rows of matched trials; columns of B end in ``_b``."""
    left = a.rename({"trial_id": "trial_a"}).join(both, on="trial_a")
    right = b.rename({"trial_id": "trial_b"}).join(both, on="trial_b")
    return left.join(right, on=["trial_a", "trial_b", *on], how="full", coalesce=True, suffix="_b")
