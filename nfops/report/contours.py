"""The objective over pairs of the parameters that decided most, between the trials of a search."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nfops.metrics import Objective
from nfops.report.figures import Picture, picture, scale, ticks
from nfops.report.folder import SweepFolder, value_text
from nfops.report.neighbours import Surroundings
from nfops.report.words import short
from nfops.types import FloatArray

MOST: Final = 3
"""Parameters whose pairs are drawn."""

LEVELS: Final = 9


def contours(folder: SweepFolder, goal: Objective) -> list[Picture]:
    """Draw the median objective over each pair of the most important scales; none where no pair spans a plane."""
    around = Surroundings(folder)
    shares = (folder.summary.get("importances") or {}).get(goal.name, {})
    scales = sorted(around.stepped, key=lambda axis: -shares.get(axis, 0.0))[:MOST] if shares else []
    planes = {pair: plane(around, goal, pair) for pair in itertools.combinations(scales, 2)}
    drawn = {pair: points for pair, points in planes.items() if spans(points[:, :2])}
    if not drawn:
        return []
    every = np.concatenate([points[:, 2] for points in drawn.values()])
    norm, colours = scale(every, maximise=goal.maximise)

    def draw() -> Figure:
        figure = Figure(figsize=(9, 3.4 if len(drawn) > 1 else 4.2), layout="constrained")
        panels = figure.subplots(1, len(drawn), squeeze=False)[0]
        for axes, (pair, points) in zip(panels, drawn.items(), strict=True):
            filled = axes.tricontourf(*points.T, LEVELS, norm=norm, cmap=colours)
            axes.plot(points[:, 0], points[:, 1], "k.", markersize=2.5, alpha=0.5)
            _labelled(axes, around, pair)
        figure.colorbar(filled, ax=list(panels), label=goal.label)
        return figure

    caption = f"{goal.label} over pairs of the parameters that decided most, median of the trials at each dot."
    return [picture("contours", f"{caption} Between dots it is guessed by straight lines.", draw)]


def plane(around: Surroundings, goal: Objective, pair: tuple[str, str]) -> FloatArray:
    """Give the median objective where trials were: places on both axes and the value, ``(n, 3)``, in order."""
    names = ("across", "up")
    places = {name: around.places[:, around.folder.axes.index(axis)] for name, axis in zip(names, pair, strict=True)}
    known = pl.DataFrame({**places, "value": around.folder.ranked[goal.name]}).drop_nulls()
    return known.group_by(names).agg(pl.col("value").median()).sort(names).cast(pl.Float64).to_numpy()


def spans(points: FloatArray) -> bool:
    """Whether points ``(n, 2)`` do not all lie on one line."""
    return len(points) > 2 and int(np.linalg.matrix_rank(points - points[0])) == 2


def _labelled(axes: Axes, around: Surroundings, pair: tuple[str, str]) -> None:
    for which, axis in zip("xy", pair, strict=True):
        ticks(axes, which, [value_text(value) for value in around.values[axis]])
    axes.set_xlabel(short(pair[0]))
    axes.set_ylabel(short(pair[1]))
    axes.grid(visible=False)
