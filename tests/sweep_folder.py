"""A small sweep folder made by hand: made-up results in the files that a sweep writes."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from nfops.metrics import DailyResults, metrics

AXES: Mapping[str, Sequence[object]] = {
    "strategy.entry.at": ["10:00", "11:00", "13:00"],
    "strategy.exit.stop_pct": [10, 20, 30, 40],
    "strategy.exit.target_pct": [10, 25, None],
}
CAPITAL = 14_000_000
"""Paise that every position blocks."""
STATES = {"2024-01-10": "missing", "2024-01-17": "failed", "2024-01-24": "incomplete"}


def make_sweep(
    path: Path, axes: Mapping[str, Sequence[object]] = AXES, days: int = 30, status: str = "partial"
) -> Path:
    """Write a sweep of all combinations of ``axes`` over ``days`` weekdays from 2024-01-01; return its folder."""
    path.mkdir(parents=True)
    settings = list(itertools.product(*axes.values()))
    dates = [day for day in (dt.date(2024, 1, 1) + dt.timedelta(n) for n in range(3 * days)) if day.weekday() < 5][
        :days
    ]
    states = [STATES.get(day.isoformat(), "ok") for day in dates]
    present = [day for day, state in zip(dates, states, strict=True) if state in ("ok", "incomplete")]
    kept = np.array([STATES.get(day.isoformat()) != "incomplete" for day in present], bool)
    gross, cost, positions = _results(len(settings), len(present))
    shape = gross.shape
    skips = {"stale": (positions == 0).astype(np.int64)}
    zeros = np.zeros(shape, np.int64)
    results = DailyResults(
        gross, cost, positions, CAPITAL * positions, zeros, zeros, skips, np.broadcast_to(kept, shape)
    )
    columns = {axis: [row[at] for row in settings] for at, axis in enumerate(axes)}
    trials = pl.DataFrame({"trial_id": range(len(settings)), **columns}).hstack(metrics(results))
    trials.with_columns(status=pl.lit("ok" if status == "ok" else "partial")).write_parquet(path / "trials.parquet")
    _daily(present, gross, cost, positions).write_parquet(path / "daily.parquet")
    _fills(present, len(settings)).write_parquet(path / "fills.parquet")
    _status(dates, states).write_parquet(path / "status.parquet")
    (path / "sweep.json").write_text(json.dumps(_summary(axes, dates, len(settings), status)))
    return path


def _results(trials: int, days: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gross and cost in paise and positions, ``(trials, days)``; every seventh day has no position."""
    rng = np.random.default_rng(11)
    edge = np.linspace(-60_000, 90_000, trials)[:, None]
    gross = np.rint(rng.normal(edge, 250_000, (trials, days))).astype(np.int64)
    positions = np.ones((trials, days), np.int64)
    positions[:, 6::7] = 0
    return gross * positions, 11_492 * positions, positions


def _daily(dates: Sequence[dt.date], gross: np.ndarray, cost: np.ndarray, positions: np.ndarray) -> pl.DataFrame:
    trials, days = gross.shape
    flat = {"gross_paise": gross.T.ravel(), "cost_paise": cost.T.ravel(), "net_paise": (gross - cost).T.ravel()}
    held = positions.T.ravel()
    return pl.DataFrame(
        {
            "trial_id": np.tile(np.arange(trials), days),
            "symbol": ["NIFTY"] * (trials * days),
            "date": pl.Series([day for day in dates for _ in range(trials)], dtype=pl.Date),
            **flat,
            "n_positions": held,
            "n_fills": 4 * held,
            "n_skipped": 1 - held,
            "worst_mtm_paise": -4_000 * held,
            "best_mtm_paise": 5_000 * held,
            "capital_paise": CAPITAL * held,
        }
    )


def _fills(dates: Sequence[dt.date], trials: int) -> pl.DataFrame:
    """Fills of a straddle on each day: sold at 09:16:41 after the open, bought back on a rotating reason."""
    reasons = ("target", "stop", "time")
    rows = []
    for trial, (at, day) in itertools.product(range(max(0, trials - 20), trials), enumerate(dates)):
        for leg, kind in itertools.product((0, 1), ("entry", "exit")):
            out = kind == "exit"
            rows.append(
                {
                    "trial_id": trial,
                    "date": day,
                    "position": 0,
                    "leg": leg,
                    "symbol": "NIFTY",
                    "expiry": day + dt.timedelta(3 - day.weekday() % 4),
                    "right": ("CE", "PE")[leg],
                    "strike": 21_500 + 50 * (at % 5),
                    "side": 1 if out else -1,
                    "lots": 1,
                    "lot_size": 50,
                    "decision_s": 6_300 + 4_000 * out,
                    "fill_s": 6_301 + 4_000 * out,
                    "time": "12:06:41" if out else "11:00:01",
                    "price_paise": 11_250 - 900 * out,
                    "age_s": 0,
                    "reason": reasons[at % 3] if out else "entry",
                    "kind": kind,
                    "brokerage_paise": 2_000,
                    "stt_paise": 0 if out else 352,
                    "exchange_txn_paise": 278,
                    "sebi_fee_paise": 1,
                    "ipft_paise": 0,
                    "stamp_paise": 16 if out else 0,
                    "gst_paise": 410,
                }
            )
    return pl.DataFrame(rows).sort("trial_id", "date", "position", "fill_s", "leg")


def _status(dates: Sequence[dt.date], states: Sequence[str]) -> pl.DataFrame:
    usable = [state in ("ok", "incomplete") for state in states]
    errors = {"missing": "no option row is packed", "failed": "DataError: <spot> has no row"}
    return pl.DataFrame(
        {
            "symbol": ["NIFTY"] * len(dates),
            "date": pl.Series(dates, dtype=pl.Date),
            "ok": usable,
            "state": states,
            "error_type": [state if state in errors else None for state in states],
            "error": [errors.get(state) for state in states],
            "seconds": [0.01] * len(dates),
            "rows": [40_000 * good for good in usable],
            "data_hash": ["ab" * 16 if good else None for good in usable],
            "attempt": [1] * len(dates),
        }
    )


def _summary(
    axes: Mapping[str, Sequence[object]], dates: Sequence[dt.date], trials: int, status: str
) -> dict[str, object]:
    strategy = {
        "name": "short_straddle",
        "lots": 1,
        "entry": {"at": "11:00"},
        "exit": {"stop_pct": 10, "settle": False},
    }
    config = {
        "symbol": "NIFTY",
        "span": {"start": dates[0].isoformat(), "end": dates[-1].isoformat()},
        "strategy": strategy,
        "fills": {"model": "last", "slippage_ticks": 1, "latency_s": 1, "max_age_s": 60},
        "costs": {"model": "india", "ipft_in_gst": True, "flat_rupees": 20},
        "margin": {"model": "estimate", "span_pct": None, "fixed_rupees": 500_000},
        "data": {"use_incomplete": False, "allow_coarse": False},
        "objective": "sharpe",
        "notice": "This market is <simulated>.",
        "seed": 7,
        "paths": {"data": "data", "meta": None, "mlruns": "mlruns", "sweep": None},
        "executor": {"name": "local", "workers": 1, "address": None},
    }
    return {
        "config": config,
        "axes": dict(axes),
        "symbol": "NIFTY",
        "strategy": "short_straddle",
        "strategy_version": 1,
        "objective": "sharpe",
        "seed": 7,
        "code": {"version": "0.1.0", "git_commit": "0123456789abcdef" * 2, "git_dirty": True, "lock_hash": "cd" * 16},
        "data_hash": "ab" * 16,
        "trials": trials,
        "started": "2024-03-01 09:00:00+00:00",
        "finished": "2024-03-01 09:00:42+00:00",
        "status": status,
        "days": len(dates) - 2,
        "fills": 0,
    }
