"""How else the same days could have gone: bands of the stationary bootstrap around the curves of the best trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from nfops.errors import DataError
from nfops.report.figures import COLOURS, Picture, dated, picture
from nfops.report.folder import SweepFolder
from nfops.report.tables import Table
from nfops.report.words import percent, rupees
from nfops.types import FloatArray

SHOWN: Final = 3
"""Trials that have bands."""

EDGES: Final = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class Band:
    """The days of one trial, and what drawing them anew gives; money in rupees, after charges."""

    trial_id: int
    days: pl.DataFrame
    """``date, net, equity``."""
    level: FloatArray
    """Running net result at EDGES of all draws, ``(3, D)``."""
    fall: FloatArray
    """What it is below its highest level so far, at EDGES of all draws, ``(3, D)``; 0 or less."""
    totals: FloatArray
    """Net result of each draw, ``(R,)``."""
    deepest: FloatArray
    """Maximum drawdown of each draw, ``(R,)``; 0 or more."""


def bands(folder: SweepFolder) -> list[Band]:
    """Draw the days of the best trials anew; none when there are too few days to say anything."""
    # Not above: arch takes a second to import, which every command would wait for.
    from nfops.overfit import resampled  # noqa: PLC0415

    found = []
    for trial in folder.ranked["trial_id"].head(SHOWN):
        days = folder.equity(trial)
        try:
            drawn = np.cumsum(resampled(days["net"].to_numpy(), folder.summary["seed"]), axis=1)
        except DataError:
            return []
        below = fall_of(drawn)
        level, fall = (np.quantile(values, EDGES, axis=0) for values in (drawn, below))
        found.append(Band(int(trial), days, level, fall, drawn[:, -1], -below.min(axis=1)))
    return found


def fall_of(level: FloatArray) -> FloatArray:
    """Return what running results ``(..., D)`` are below their highest level so far, which is at least 0."""
    return np.asarray(level - np.maximum.accumulate(np.maximum(level, 0), axis=-1))


def band_picture(found: list[Band]) -> Picture:
    """Draw each trial's running result and fall before its bands."""

    def draw() -> Figure:
        figure = Figure(figsize=(9, 4.6), layout="constrained")
        panels = figure.subplots(2, len(found), sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1.4))
        for (upper, lower), band, colour in zip(panels.T, found, COLOURS, strict=False):
            dates, equity = band.days["date"].to_numpy(), band.days["equity"].to_numpy()
            soft: dict[str, Any] = {"color": colour, "alpha": 0.18, "linewidth": 0}
            upper.fill_between(dates, band.level[0], band.level[2], **soft)
            upper.plot(dates, band.level[1], color=colour, linewidth=1, linestyle="--")
            upper.plot(dates, equity, color=colour, linewidth=1.8)
            upper.axhline(0, color="#8a93a3", linewidth=0.8)
            upper.set_title(f"trial {band.trial_id}")
            lower.fill_between(dates, band.fall[0], band.fall[2], **soft)
            lower.plot(dates, fall_of(equity), color=colour, linewidth=1.4)
            dated(lower)
        for axes in panels[:, 0]:
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: rupees(value)))
        return figure

    caption = (
        f"Net result of the best {len(found)} trials in rupees, below it the distance from the highest level so far. "
        "The band holds nine of ten curves made of the same days drawn anew (stationary bootstrap, 1,000 draws), the "
        "dashed line is the middle one."
    )
    return picture("bands", caption, draw)


def band_table(found: list[Band]) -> Table:
    """Write what the draws came to at the end of the span."""
    rows = []
    for band in found:
        equity = band.days["equity"].to_numpy()
        low, middle, high = np.quantile(band.totals, EDGES)
        _, usual, deep = np.quantile(band.deepest, EDGES)
        rows.append((
            str(band.trial_id), rupees(equity[-1]), rupees(low), rupees(middle), rupees(high),
            percent(float((band.totals < 0).mean())), rupees(-fall_of(equity).min()), rupees(usual), rupees(deep),
        ))  # fmt: skip
    head = ("trial", "net", "5 %", "median", "95 %", "lost money", "drawdown", "median", "95 %")
    return Table("The same days drawn anew: net result and maximum drawdown", head, tuple(rows))
