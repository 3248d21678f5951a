"""The pictures of a sweep: curves of the best trials, the field they come from, and the days of the best."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize, TwoSlopeNorm
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from nfops.report.field import Field
from nfops.report.folder import SweepFolder
from nfops.report.words import MINUS, rupees, setting

LEADERS: Final = 5
"""Trials whose curves are drawn; more cannot be told apart."""

MOST: Final = 2_000
"""Trials that the band of all is made of."""

COLOURS: Final = ("#2b7de9", "#e8833a", "#1f9d8a", "#a45ee5", "#d8456b")
GAIN, LOSS = "#1f9d8a", "#d8456b"
_INK: Final = "#0a0b0c"
"""Stands for the page's own text colour until the picture is written."""

_STYLE: Final[Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "font.family": "sans-serif",
    "font.size": 10,
    "grid.alpha": 0.14,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "nfops",
    **dict.fromkeys(
        ("axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color", "grid.color"), _INK
    ),
}


@dataclass(frozen=True)
class Picture:
    """One figure: ``svg`` takes the colours of the page it stands in, ``png`` has a white ground."""

    name: str
    caption: str
    svg: str
    png: bytes


def curves(folder: SweepFolder) -> Picture:
    """Draw the running net result of the best trials before the field of all, and their fall from the highest level."""
    leaders = folder.ranked.head(LEADERS)
    names = [f"trial {row['trial_id']}: {setting(folder.setting(row))}" for row in leaders.iter_rows(named=True)]
    lines = [folder.equity(trial) for trial in leaders["trial_id"]]

    def draw() -> Figure:
        figure = Figure(figsize=(9, 6.4), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.2))
        if folder.trials.height > LEADERS:
            _field(upper, folder)
        for colour, name, line in reversed(list(zip(COLOURS, names, lines, strict=False))):
            dates, level = line["date"].to_numpy(), line["equity"].to_numpy()
            first = colour == COLOURS[0]
            style: dict[str, Any] = {"color": colour, "linewidth": 2.2 if first else 1.2}
            upper.plot(dates, level, label=name, marker="o" if len(dates) == 1 else "", **style)
            fall = level - np.maximum.accumulate(np.maximum(level, 0))
            lower.plot(dates, fall, **style)
            if first:
                lower.fill_between(dates, fall, 0, color=colour, alpha=0.18, linewidth=0)
        upper.axhline(0, color=_INK, linewidth=0.8, alpha=0.5)
        handles, labels = upper.get_legend_handles_labels()
        beside = max(map(len, names)) <= 60
        figure.legend(handles[::-1], labels[::-1], loc="outside lower left", ncols=2 if beside else 1)
        upper.set_title("Net result since the first day")
        lower.set_title("Below the highest level so far")
        for axes in (upper, lower):
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: rupees(value)))
        dated(lower)
        return figure

    caption = f"Net result of the best {leaders.height} trials, in rupees, over the days that count."
    if folder.trials.height > LEADERS:
        caption += " The grey band holds the middle 90 % of all trials on each day, the dashed line is their median."
    if folder.trials.height > MOST:
        caption += f" Both are those of {MOST:,} trials in equal steps of their rank."
    return picture("curves", caption, draw)


def heat_maps(folder: SweepFolder, fields: Sequence[Field]) -> Picture:
    """Objective over two swept axes; neighbours of like colour are a plateau, a lone bright cell is luck."""
    cells = [field.values[np.isfinite(field.values)] for field in fields]
    norm, colours = scale(np.concatenate([np.ravel(part) for part in cells]), maximise=folder.objective.maximise)

    def draw() -> Figure:
        rows, columns = fields[0].values.shape
        size = (4.6 * len(fields) + 1, min(7.0, max(2.8, 0.42 * rows + 1.4)))
        figure = Figure(figsize=size, layout="constrained")
        every = figure.subplots(1, len(fields), squeeze=False)[0]
        for axes, field in zip(every, fields, strict=True):
            image = axes.imshow(field.values, aspect="auto", cmap=colours, norm=norm, interpolation="nearest")
            _labelled(axes, field)
            down, across = np.nonzero(field.flat)
            axes.plot(
                across + 0.38, down - 0.34, "o", color="black", markeredgecolor="white", markersize=4, linewidth=0
            )
            if rows * columns <= 120:
                _numbered(axes, field, norm, colours)
        bar = figure.colorbar(image, ax=list(every), pad=0.015, fraction=0.04)
        bar.set_label(folder.objective.label)
        bar.outline.set_visible(False)
        return figure

    caption = f"{folder.objective.label} by {fields[0].row_axis} (down) and {fields[0].column_axis} (across): "
    caption += "; ".join(field.others for field in fields)
    caption += ". The frame marks the best trial, a dot a cell that holds a set on the plateau."
    return picture("heatmap", caption, draw)


def profile(folder: SweepFolder, axis: str, labels: Sequence[str], values: Sequence[float | None]) -> Picture:
    """Objective along the only swept axis."""

    def draw() -> Figure:
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        axes = figure.subplots()
        heights = [np.nan if value is None else value for value in values]
        axes.plot(range(len(labels)), heights, color=COLOURS[0], marker="o", linewidth=1.8)
        ticks(axes, "x", labels)
        axes.set_xlabel(axis)
        axes.set_ylabel(folder.objective.label)
        return figure

    return picture("profile", f"{folder.objective.label} by {axis}.", draw)


def bars(days: pl.DataFrame, trial_id: int) -> Picture:
    """Net result of one trial on each day."""

    def draw() -> Figure:
        figure = Figure(figsize=(9, 2.6), layout="constrained")
        axes = figure.subplots()
        net, dates = days["net"].to_numpy(), days["date"].to_numpy()
        # As lines, because thousands of bars take seconds; as wide as days are apart on the page.
        apart = 72 * figure.get_figwidth() / (1 + (dates[-1] - dates[0]).astype(int))
        axes.vlines(dates, 0, net, colors=[GAIN if one >= 0 else LOSS for one in net], linewidth=max(0.7 * apart, 0.5))
        axes.axhline(0, color=_INK, linewidth=0.8, alpha=0.5)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: rupees(value)))
        dated(axes)
        return figure

    return picture("days", f"Net result of trial {trial_id} on each day, in rupees.", draw)


def picture(name: str, caption: str, draw: Callable[[], Figure]) -> Picture:
    """Draw a figure in the house's style, for a page and as a file."""
    with mpl.rc_context(_STYLE):
        figure = draw()
        text, image = io.StringIO(), io.BytesIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
        figure.set_layout_engine("none")  # the places found for the first writing serve the second
        figure.savefig(image, format="png", dpi=144, facecolor="white", metadata={"Software": None})
    return Picture(name, caption, _inlined(text.getvalue(), name, caption), image.getvalue())


def _inlined(svg: str, name: str, caption: str) -> str:
    """Make a picture part of a page: the page's ink, names of its own, and words for those who cannot see it."""
    own = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg[svg.index("<svg") :])
    return own.replace("<svg", f'<svg role="img" aria-label="{escape(caption)}"', 1).replace(_INK, "currentColor")


def _field(axes: Axes, folder: SweepFolder) -> None:
    """Draw where the trials as a whole went."""
    ids = folder.ranked["trial_id"]
    looked_at = ids[np.unique(np.linspace(0, len(ids) - 1, MOST).astype(np.int64)).tolist()]
    wanted = folder.counted.filter(pl.col("trial_id").is_in(looked_at.implode()))
    net = (
        wanted.select("trial_id", "date", "net_paise")
        .collect()
        .sort("date")
        .with_columns(level=pl.col("net_paise").cum_sum().over("trial_id") / 100)
    )
    ends = {"low": 0.05, "middle": 0.5, "high": 0.95}
    spread = net.group_by("date").agg(
        **{name: pl.col("level").quantile(share, "linear") for name, share in ends.items()}
    )
    low, middle, high = (spread.sort("date")[name].to_numpy() for name in ends)
    dates = spread.sort("date")["date"].to_numpy()
    axes.fill_between(dates, low, high, color="#8a93a3", alpha=0.22, linewidth=0, label="middle 90 % of all trials")
    axes.plot(dates, middle, color="#8a93a3", linewidth=1.2, linestyle="--", label="median of all trials")


def dated(axes: Axes) -> None:
    """Write dates on the horizontal axis, no more words than needed."""
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def scale(values: np.ndarray[Any, np.dtype[np.float64]], *, maximise: bool) -> tuple[Normalize, Colormap]:
    """Give colours that tell gain from loss where both occur; good is always the same end."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    both = low < 0 < high
    norm = TwoSlopeNorm(0, low, high) if both else Normalize(low, high)
    name = "BrBG" if both else "viridis"
    return norm, mpl.colormaps[name if maximise else f"{name}_r"]


def _labelled(axes: Axes, field: Field) -> None:
    ticks(axes, "y", field.rows)
    ticks(axes, "x", field.columns)
    axes.set_ylabel(field.row_axis)
    axes.set_xlabel(field.column_axis)
    axes.set_title(field.title)
    axes.grid(visible=False)
    if field.best is not None:
        row, column = field.best
        axes.add_patch(
            mpl.patches.Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="#e0245e", linewidth=2.4)
        )


def ticks(axes: Axes, which: str, labels: Sequence[str]) -> None:
    """Write at most some twenty labels."""
    step = -(-len(labels) // 20)
    places = range(0, len(labels), step)
    setter = axes.set_xticks if which == "x" else axes.set_yticks
    slanted = which == "x" and sum(map(len, labels[::step])) > 40
    setter(
        places,
        [labels[at] for at in places],
        rotation=35 if slanted else 0,
        ha="right" if slanted or which == "y" else "center",
    )


def _numbered(axes: Axes, field: Field, norm: Normalize, colours: Colormap) -> None:
    for (row, column), value in np.ndenumerate(field.values):
        if np.isfinite(value):
            red, green, blue, _ = colours(norm(value))
            dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
            text = f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"
            axes.text(
                column,
                row,
                text.replace("-", MINUS),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if dark else "black",
            )
