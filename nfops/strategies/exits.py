"""The exit rules every strategy can switch on (SPEC 6), as declared parameters and as columns for the kernels."""

from __future__ import annotations

from typing import Final

from nfops.params import Param


def _percent(name: str, doc: str) -> Param:
    return Param(f"strategy.exit.{name}", "percent", None, doc, low=0, high=10_000, step=5, nullable=True)


def _points(name: str, doc: str) -> Param:
    return Param(f"strategy.exit.{name}", "points", None, doc, low=0, high=100_000, step=1, nullable=True)


PARAMS: Final = (
    _percent("leg_stop_pct", "a leg leaves when its price moved this much of its entry against it"),
    _percent("leg_target_pct", "a leg leaves when its price moved this much of its entry in its favour"),
    Param("strategy.exit.on_leg_stop", "choice", "leg", "who leaves on a leg's stop", choices=("leg", "all")),
    _percent("stop_pct", "all leave on a loss of this much of the premium"),
    _points("stop_pts", "all leave on a loss of this many rupees per unit"),
    _percent("target_pct", "all leave on a profit of this much of the premium"),
    _points("target_pts", "all leave on a profit of this many rupees per unit"),
    _points("trail_pts", "all leave when the profit fell this far below its best"),
    _points("trail_after_pts", "the trail in rupees starts at this profit; 0 or null from the entry"),
    _percent("trail_pct", "all leave when the profit fell this much of the premium below its best"),
    _percent("trail_after_pct", "the trail in percent starts at this profit; 0 or null from the entry"),
    Param("strategy.exit.exit_at", "clock", "15:15", "all leave at this time; null holds to the close", nullable=True),
    Param("strategy.exit.hold_s", "seconds", None, "all leave this long after the entry", high=86_400, nullable=True),
    _points("day_stop_pts", "the day ends at this loss in rupees per unit"),
    _points("day_target_pts", "the day ends at this profit in rupees per unit"),
    Param("strategy.exit.settle", "flag", False, "on the expiry day, legs held to the end settle at intrinsic value"),
    Param(
        "strategy.exit.drop_s",
        "seconds",
        None,
        "all leave once the index stood so long on the wrong side of where the entry met it",
        low=1,
        high=86_400,
        nullable=True,
    ),
    Param(
        "strategy.exit.reentry",
        "choice",
        "none",
        "after a leg's stop: stay out, choose anew at once, or wait for the price of the entry",
        choices=("none", "asap", "cost"),
    ),
    Param("strategy.exit.max_reentries", "count", 1, "re-entries of a leg", high=100),
)

(
    LEG_STOP,
    LEG_TARGET,
    ON_LEG_STOP,
    STOP_PCT,
    STOP_PTS,
    TARGET_PCT,
    TARGET_PTS,
    TRAIL_PTS,
    TRAIL_AFTER_PTS,
    TRAIL_PCT,
    TRAIL_AFTER_PCT,
    EXIT_AT,
    HOLD,
    DAY_STOP,
    DAY_TARGET,
    SETTLE,
    DROP,
    REENTRY,
    MAX_REENTRIES,
) = range(len(PARAMS))
"""Columns of the matrix of exit rules that kernels get, in the order of PARAMS."""

IN_POINTS: Final = (STOP_PTS, TARGET_PTS, TRAIL_PTS, TRAIL_AFTER_PTS, DAY_STOP, DAY_TARGET)
"""Columns in paise per unit."""
