"""Which metric a sweep is to improve, in which direction, and the order of trials that follows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from nfops.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric by which trials are ranked; ``label`` and ``unit`` are for tables and figures."""

    name: str
    label: str
    maximise: bool
    unit: str = ""

    def best_first(self, trials: pl.DataFrame) -> pl.DataFrame:
        """Return the trials that may be compared, best first; equals in order of ``trial_id``, undefined ones last.

        Trials with missing days are never ranked against complete ones: they are left out unless there are no others.

        Parameters
        ----------
        trials
            Rows with ``trial_id``, ``status`` and this metric.
        """
        complete = trials.filter(pl.col("status") == "ok")
        comparable = trials.filter(pl.col("status") == "partial") if complete.is_empty() else complete
        return comparable.sort(self.name, "trial_id", descending=[self.maximise, False], nulls_last=True)


OBJECTIVES: Final[Mapping[str, Objective]] = {
    "total": Objective("total", "total net", maximise=True, unit="₹"),
    "mean": Objective("mean", "mean per day", maximise=True, unit="₹"),
    "std": Objective("std", "deviation per day", maximise=False, unit="₹"),
    "sharpe": Objective("sharpe", "Sharpe ratio", maximise=True),
    "sortino": Objective("sortino", "Sortino ratio", maximise=True),
    "max_drawdown": Objective("max_drawdown", "maximum drawdown", maximise=False, unit="₹"),
    "calmar": Objective("calmar", "Calmar ratio", maximise=True),
    "win_rate": Objective("win_rate", "win rate", maximise=True),
    "profit_factor": Objective("profit_factor", "profit factor", maximise=True),
    "cvar_5": Objective("cvar_5", "mean of the worst 5 % of days", maximise=True, unit="₹"),
    "worst_day": Objective("worst_day", "worst day", maximise=True, unit="₹"),
    "skew": Objective("skew", "skewness", maximise=True),
    "kurtosis": Objective("kurtosis", "excess kurtosis", maximise=False),
    "n_trades": Objective("n_trades", "positions", maximise=True),
    "cost_share": Objective("cost_share", "cost share of gross", maximise=False),
    "peak_capital": Objective("peak_capital", "capital (estimate)", maximise=False, unit="₹"),
    "return_on_capital": Objective("return_on_capital", "return on capital a year", maximise=True),
    "n_fallback": Objective("n_fallback", "fills without a usable quote", maximise=False),
    "n_stale_exit": Objective("n_stale_exit", "exits on an old price", maximise=False),
}


def objective(name: str) -> Objective:
    """Return the objective called ``name``; raise ConfigError naming the choices when there is none."""
    if name in OBJECTIVES:
        return OBJECTIVES[name]
    near = difflib.get_close_matches(name, OBJECTIVES, n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise ConfigError(f"objective must be one of {', '.join(OBJECTIVES)}, got {name!r}{hint}")
