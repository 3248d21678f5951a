"""What a search learned: which parameters mattered, where along each it looked, and what it had to trade off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure

from nfops.metrics import Objective, objective
from nfops.report.contours import contours
from nfops.report.figures import COLOURS, LOSS, Picture, picture, ticks
from nfops.report.folder import SweepFolder, value_text
from nfops.report.neighbours import ordered
from nfops.report.words import percent, short
from nfops.types import BoolArray, FloatArray

ACROSS: Final = 3
"""Slices side by side."""


def learned(folder: SweepFolder) -> list[Picture]:
    """Draw what a search other than the grid found; nothing for a grid, which looked everywhere."""
    search = folder.summary["config"].get("search") or {}
    if search.get("name", "grid") == "grid" or not folder.axes:
        return []
    goals = [objective(name) for name in search.get("objectives") or [folder.objective.name]]
    shares = folder.summary.get("importances") or {}
    drawn = [_importances(shares)] if any(shares.values()) else []
    drawn += [_slices(folder, goals[0]), *contours(folder, goals[0])]
    return [*drawn, _front(folder, goals[0], goals[1])] if len(goals) > 1 else drawn


def front(points: FloatArray) -> BoolArray:
    """Mark the points ``(n, 2)``, each better when greater, than which no other is better in both.

    Of equals all are marked; NaN is never marked.
    """
    marked = np.zeros(len(points), np.bool_)
    known = np.flatnonzero(~np.isnan(points).any(axis=1))
    order = known[np.lexsort((-points[known, 1], -points[known, 0]))]
    last = (np.nan, -np.inf)
    for at, (across, up) in zip(order.tolist(), points[order].tolist(), strict=True):
        if up > last[1] or (across, up) == last:
            marked[at], last = True, (across, up)
    return marked


def _importances(shares: Mapping[str, Mapping[str, float]]) -> Picture:
    """Draw how much of what came out each parameter decided, by objective."""
    paths = sorted({path for of in shares.values() for path in of}, key=lambda path: _total(shares, path))
    height = 0.8 / len(shares)

    def draw() -> Figure:
        figure = Figure(figsize=(9, 1.2 + 0.42 * len(paths)), layout="constrained")
        axes = figure.subplots()
        for at, (colour, (goal, of)) in enumerate(zip(COLOURS, shares.items(), strict=False)):
            places = np.arange(len(paths)) - at * height
            widths = [of.get(path, 0.0) for path in paths]
            axes.barh(places, widths, height=height, color=colour, label=objective(goal).label)
            for place, width in zip(places, widths, strict=True):
                axes.text(width, place, f" {percent(width)}", va="center", fontsize=8)
        axes.set_yticks(np.arange(len(paths)) - height * (len(shares) - 1) / 2, [short(path) for path in paths])
        axes.set_xlim(0, 1.1)
        axes.grid(visible=False, axis="y")
        figure.legend(loc="outside lower left", ncols=len(shares))
        return figure

    caption = "Share of what the trials differ by that each parameter decides by itself or with others (fANOVA)."
    return picture("importances", f"{caption} It describes these trials, luck included.", draw)


def _total(shares: Mapping[str, Mapping[str, float]], path: str) -> tuple[float, str]:
    """Order parameters by their shares, equals by name."""
    return sum(of.get(path, 0.0) for of in shares.values()), path


def _slices(folder: SweepFolder, goal: Objective) -> Picture:
    """Draw the objective of every trial along each axis, later trials darker."""

    def draw() -> Figure:
        rows = -(-len(folder.axes) // ACROSS)
        figure = Figure(figsize=(9, 2.6 * rows), layout="constrained")
        every = figure.subplots(rows, min(ACROSS, len(folder.axes)), squeeze=False, sharey=True)
        for axes, axis in zip(every.flat, folder.axes, strict=False):
            values = ordered(folder.trials[axis])
            places = [values.index(value) for value in folder.trials[axis]]
            axes.scatter(
                places, _numbers(folder, goal), c=folder.trials["trial_id"].to_numpy(), cmap="Blues",
                vmin=-0.4 * folder.trials.height, s=14,
            )  # fmt: skip
            ticks(axes, "x", [value_text(value) for value in values])
            axes.set_xlabel(short(axis))
        for axes in every.flat[len(folder.axes) :]:
            axes.set_visible(False)
        for axes in every[:, 0]:
            axes.set_ylabel(goal.label)
        return figure

    return picture("slices", f"{goal.label} of every trial along each parameter; later trials are darker.", draw)


def _front(folder: SweepFolder, across: Objective, up: Objective) -> Picture:
    """Draw two objectives against each other, and the trials that no other beats in both."""
    points = np.stack([_numbers(folder, goal) for goal in (across, up)], axis=1)
    best = front(points * np.array([1.0 if goal.maximise else -1.0 for goal in (across, up)]))

    def draw() -> Figure:
        figure = Figure(figsize=(9, 4.2), layout="constrained")
        axes = figure.subplots()
        axes.scatter(points[~best, 0], points[~best, 1], color="#8a93a3", s=14, alpha=0.6)
        line = points[best][np.argsort(points[best][:, 0], kind="stable")]
        axes.plot(line[:, 0], line[:, 1], color=LOSS, marker="o", markersize=5, linewidth=1.0)
        axes.set_xlabel(across.label)
        axes.set_ylabel(up.label)
        return figure

    caption = (
        f"{across.label} and {up.label} of every trial; of the {int(best.sum())} on the line none is beaten in both"
    )
    return picture("front", f"{caption} (constraints are not looked at).", draw)


def _numbers(folder: SweepFolder, goal: Objective) -> FloatArray:
    """Give the objective of every trial, NaN where it is unknown or the trial may not be compared."""
    known: dict[Any, Any] = dict(folder.ranked.select("trial_id", goal.name).iter_rows())
    return np.array([known.get(trial) for trial in folder.trials["trial_id"]], np.float64)
