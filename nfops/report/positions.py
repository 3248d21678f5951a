"""Results of single positions and legs, from a blotter: by reason, by day of the week, by days to the expiry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from nfops.report.figures import COLOURS, Picture, picture
from nfops.report.tables import CHARGES, WEEKDAYS, Table
from nfops.report.words import count, percent, rupees
from nfops.types import PAISE

_GREY: Final = {"color": "#8a93a3"}
_BOXES: Final[Any] = {
    "widths": 0.6,
    "patch_artist": True,
    "whiskerprops": _GREY,
    "capprops": _GREY,
    "medianprops": _GREY,
    "flierprops": {"marker": ".", "markersize": 3, "alpha": 0.5, "markeredgecolor": "#8a93a3"},
}

MONEY: Final = (
    -pl.col("side") * pl.col("lots") * pl.col("lot_size") * pl.col("price_paise") - pl.sum_horizontal(*CHARGES)
) / PAISE
"""What a fill brings, after charges, in rupees."""


def positions(fills: pl.DataFrame) -> pl.DataFrame:
    """Give ``date, position, net, expiry_days`` of each position; days of the calendar to its nearest expiry."""
    results = fills.group_by("date", "position", maintain_order=True).agg(
        net=MONEY.sum(), expiry_days=(pl.col("expiry").min() - pl.col("date").first()).dt.total_days()
    )
    return results.drop_nulls("expiry_days")


def legs(fills: pl.DataFrame) -> pl.DataFrame:
    """Give ``reason, net`` of each leg that was left; one that was entered again is another leg."""
    left = (pl.col("kind") == "exit").cast(pl.Int64)
    turn = left.cum_sum().over("date", "position", "leg") - left
    held = fills.filter(pl.col("kind") != "hedge").with_columns(turn=turn)
    results = held.group_by("date", "position", "leg", "turn", maintain_order=True).agg(
        net=MONEY.sum(), reason=pl.col("reason").last(), kind=pl.col("kind").last()
    )
    return results.filter(pl.col("kind") == "exit")


def exit_table(fills: pl.DataFrame) -> Table:
    """Why legs were left, and what those legs earned."""
    grouped = legs(fills).group_by("reason").agg(
        pl.len(), won=(pl.col("net") > 0).mean(), mean=pl.col("net").mean(), net=pl.col("net").sum()
    )  # fmt: skip
    total = int(grouped["len"].sum())
    rows = tuple(
        (row["reason"].replace("_", " "), count(row["len"]), percent(row["len"] / total), percent(row["won"]),
         rupees(row["mean"]), rupees(row["net"]))
        for row in grouped.sort("len", "reason", descending=[True, False]).iter_rows(named=True)
    )  # fmt: skip
    return Table("How legs were left, results after charges", ("reason", "legs", "share", "won", "mean", "net"), rows)


def expiry_table(fills: pl.DataFrame) -> Table:
    """Results of positions by days of the calendar to their expiry."""
    grouped = positions(fills).group_by("expiry_days").agg(
        pl.len(), won=(pl.col("net") > 0).mean(), mean=pl.col("net").mean(), worst=pl.col("net").min(),
        net=pl.col("net").sum(),
    )  # fmt: skip
    rows = tuple(
        (_days(row["expiry_days"]), rupees(row["net"]), count(row["len"]), percent(row["won"]),
         *(rupees(row[name]) for name in ("mean", "worst")))
        for row in grouped.sort("expiry_days").iter_rows(named=True)
    )  # fmt: skip
    head = ("to expiry", "net", "positions", "won", "mean", "worst")
    return Table("By days of the calendar to the expiry", head, rows)


def spread(days: pl.DataFrame, fills: pl.DataFrame, trial_id: int) -> Picture:
    """Draw the distribution of one trial's days by weekday, and of its positions by days to the expiry."""
    by_day = [
        (WEEKDAYS[at][:3], days.filter(pl.col("date").dt.weekday() == at + 1)["net"].to_list()) for at in range(7)
    ]
    groups = [("net of a day, by weekday", [group for group in by_day if group[1]])]
    if len(fills):
        held = positions(fills).sort("expiry_days").partition_by("expiry_days", maintain_order=True)
        groups.append(
            (
                "net of a position, by days to expiry",
                [(str(one["expiry_days"][0]), one["net"].to_list()) for one in held],
            )
        )

    def draw() -> Figure:
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        panels = figure.subplots(1, len(groups), squeeze=False)[0]
        for axes, (title, shown), colour in zip(panels, groups, COLOURS, strict=False):
            places = range(1, len(shown) + 1)
            drawn = axes.boxplot([values for _, values in shown], positions=places, whis=(5, 95), **_BOXES)
            for box in drawn["boxes"]:
                box.set(facecolor=colour, edgecolor=colour, alpha=0.45)
            axes.plot(places, [np.mean(values) for _, values in shown], "D", color=colour, markersize=5)
            axes.set_xticks(places, _labels(shown))
            axes.set_title(title)
            axes.axhline(0, color="#8a93a3", linewidth=0.8)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: rupees(value)))
        return figure

    caption = (
        f"Results of trial {trial_id} in rupees: the box holds the middle half, the line is the median, the diamond "
        "the mean, the whiskers reach to 5 % and 95 %; below each group, how many there are."
    )
    return picture("spread", caption, draw)


def _labels(groups: Sequence[tuple[str, Sequence[float]]]) -> list[str]:
    return [f"{name}\n{len(values)}" for name, values in groups]


def _days(number: int) -> str:
    return {0: "expiry day", 1: "1 day"}.get(number, f"{number} days")
