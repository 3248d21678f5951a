"""Figures of a finished sweep, drawn off screen."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from nfops.report.folder import SweepFolder

SHOWN = 10
"""Trials whose curves are drawn."""


def equity(folder: SweepFolder) -> Figure:
    """Cumulative net result of the best trials in rupees, the best one on top, and its drawdown below."""
    figure = Figure(figsize=(9, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    best = folder.ranked.head(SHOWN)["trial_id"].to_list()
    for rank, trial in reversed(list(enumerate(best))):
        days = folder.counted.filter(pl.col("trial_id") == trial).sort("date")
        curve = days["net_paise"].cum_sum().to_numpy() / 100
        style: dict[str, Any] = {"color": "#1f6feb", "lw": 2.2} if rank == 0 else {"color": "#8b949e", "lw": 0.9}
        above.plot(days["date"].to_numpy(), curve, label=f"trial {trial}" if rank == 0 else None, **style)
        if rank == 0:
            fall = curve - np.maximum(np.maximum.accumulate(curve), 0)
            below.fill_between(days["date"].to_numpy(), fall, 0, color="#d1242f", alpha=0.4)
    above.axhline(0, color="#57606a", lw=0.6)
    above.set_ylabel("cumulative net, rupees")
    above.legend(frameon=False)
    below.set_ylabel("drawdown")
    below.tick_params(axis="x", rotation=30)
    return figure


def heat_map(folder: SweepFolder) -> Figure | None:
    """Objective over the two axes with most values, the best over the others; None with fewer than two axes."""
    axes = sorted(folder.axes, key=lambda axis: -folder.trials[axis].n_unique())[:2]
    if len(axes) < 2:
        return None
    down, across = (folder.trials[axis].unique(maintain_order=True).to_list() for axis in axes)
    name, chosen = folder.objective.name, pl.max if folder.objective.maximise else pl.min
    cells = {
        (row[axes[0]], row[axes[1]]): row[name]
        for row in folder.trials.group_by(axes).agg(chosen(name)).iter_rows(named=True)
    }
    grid = np.array([[np.nan if cells[a, b] is None else cells[a, b] for b in across] for a in down], float)
    figure = Figure(figsize=(9, 0.45 * len(down) + 1.6), layout="constrained")
    plot = figure.subplots()
    image = plot.imshow(grid, aspect="auto", cmap="RdYlGn" if folder.objective.maximise else "RdYlGn_r")
    plot.set_xticks(range(len(across)), [_word(value) for value in across])
    plot.set_yticks(range(len(down)), [_word(value) for value in down])
    plot.set_xlabel(axes[1])
    plot.set_ylabel(axes[0])
    for row, column in np.ndindex(grid.shape):
        if not np.isnan(grid[row, column]):
            plot.text(column, row, f"{grid[row, column]:.2f}", ha="center", va="center", fontsize=8)
    figure.colorbar(image, label=folder.objective.label)
    return figure


def as_bytes(figure: Figure, kind: str) -> bytes:
    """Draw a figure as ``png`` or ``svg``."""
    stream = io.BytesIO()
    figure.savefig(stream, format=kind, dpi=120)
    return stream.getvalue()


def _word(value: object) -> str:
    return "off" if value is None else str(value)
