"""One day of one trial, as a picture and a page: the index, the prices of the legs, the profit, and every fill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure

from nfops.daycache import ChainDay
from nfops.files import replacing, write_text
from nfops.report import words
from nfops.report.attribution import attribution_table
from nfops.report.contracts import last_of
from nfops.report.figures import COLOURS, GAIN, LOSS, Picture, picture
from nfops.report.page import rendered
from nfops.report.tables import CHARGES, Table, blotter
from nfops.types import MISSING, PAISE, FloatArray, Int32Array

PAGE: Final = "day.html"
EVERY_S: Final = 10
"""Seconds between two points of a curve; fills stand at their own second."""


@dataclass(frozen=True, eq=False)
class Held:
    """One contract of the day's trades: its name, its price at each second (rupees, NaN unknown) and its fills."""

    name: str
    price: FloatArray
    fills: pl.DataFrame

    def units(self) -> FloatArray:
        """Units held at the end of each second, negative when sold."""
        flow = np.zeros(len(self.price))
        for second, side, lots, lot_size in self.fills.select("fill_s", "side", "lots", "lot_size").iter_rows():
            flow[second] += side * lots * lot_size
        return np.cumsum(flow)

    def worth(self) -> FloatArray:
        """Money taken and paid so far plus what is held at its last price, in rupees, before charges."""
        flow = np.zeros(len(self.price))
        for row in self.fills.iter_rows(named=True):
            flow[row["fill_s"]] -= row["side"] * row["lots"] * row["lot_size"] * row["price_paise"] / PAISE
        return np.cumsum(flow) + np.nan_to_num(self.units() * self.price)


def write_day(folder: Path, day: ChainDay, fills: pl.DataFrame, parts: pl.DataFrame | None = None) -> Path:
    """Write the page ``day.html`` and its picture ``figures/day.png`` in the folder of a sweep.

    Parameters
    ----------
    fills
        Rows of the blotter (``engine.table.SCHEMA``) of one trial on the day.
    parts
        Where the result of its positions came from (``report.attribution.SCHEMA``), of a hedged one.
    """
    drawn = day_picture(day, fills)
    with replacing(folder / "figures" / "day.png") as part:
        part.write_bytes(drawn.png)
    page = folder / PAGE
    shown = {"title": f"{day.symbol} on {day.date}", "verdict": _verdict(fills), "drawn_day": drawn}
    tables = {"fills": blotter(fills), "costs": _costs(fills), "minus": words.MINUS}
    tables["parts"] = None if parts is None else attribution_table(parts, "Where the result came from, in rupees")
    write_text(page, rendered("day.html", **shown, **tables))
    return page


def day_picture(day: ChainDay, fills: pl.DataFrame) -> Picture:
    """Draw the index, the price of every contract traded, and the profit before charges, over the session."""
    legs = list(held(day, fills))

    def draw() -> Figure:
        figure = Figure(figsize=(10, 8), layout="constrained")
        upper, middle, lower = figure.subplots(3, 1, sharex=True, height_ratios=(1.2, 1.6, 1.2))
        if day.spot is not None:
            upper.plot(*_curve(day, _rupees(day.spot.price)), color="#8a93a3", linewidth=1)
        upper.set_title("Index" if day.spot is not None else "Index: not packed on this day")
        for colour, leg in zip(COLOURS * len(legs), legs, strict=False):
            inside = np.where(leg.units() != 0, leg.price, np.nan)
            middle.plot(*_curve(day, leg.price), color=colour, linewidth=0.8, alpha=0.35)
            middle.plot(*_curve(day, inside), color=colour, linewidth=1.8, label=leg.name)
            _mark(middle, day, leg, colour)
        middle.set_title("Legs: in bold while held; a triangle up is bought, down is sold")
        if legs:
            middle.legend(ncols=2)
        worth = np.sum([leg.worth() for leg in legs], axis=0) if legs else np.zeros(day.seconds)
        lower.plot(*_curve(day, worth), color=COLOURS[0], linewidth=1.4)
        lower.axhline(0, color="#8a93a3", linewidth=0.8)
        lower.set_title("Profit before charges, in rupees")
        lower.yaxis.set_major_formatter(lambda value, _: words.rupees(value))
        lower.xaxis.set_major_formatter(DateFormatter("%H:%M"))  # type: ignore[no-untyped-call]
        return figure

    return picture("day", f"{day.symbol} on {day.date}, {fills.height} fills.", draw)


def held(day: ChainDay, fills: pl.DataFrame) -> Iterator[Held]:
    """Give every contract of the day's own index that was traded, in order of its first fill."""
    own = fills.filter(pl.col("symbol") == day.symbol).sort("fill_s", maintain_order=True)
    for (expiry, right, strike), rows in own.group_by("expiry", "right", "strike", maintain_order=True):
        name = f"{strike} {right}" if strike is not None else str(right)
        yield Held(f"{name} {expiry or ''}".strip(), _rupees(last_of(day, expiry, str(right), strike)), rows)


def _rupees(paise: Int32Array) -> FloatArray:
    return np.where(paise == MISSING, np.nan, paise / PAISE)


def _curve(day: ChainDay, values: FloatArray) -> tuple[Any, FloatArray]:
    seconds = np.append(np.arange(0, day.seconds - 1, EVERY_S), day.seconds - 1)
    return np.array([_clock(day, int(second)) for second in seconds]), values[seconds]


def _clock(day: ChainDay, second: int) -> dt.datetime:
    return dt.datetime.combine(day.date, dt.time()) + dt.timedelta(seconds=day.session.open + second)


def _mark(axes: Axes, day: ChainDay, leg: Held, colour: str) -> None:
    for second, side, paise in leg.fills.select("fill_s", "side", "price_paise").iter_rows():
        at = np.array([_clock(day, second)]), np.array([paise / PAISE])
        shape, edge = ("^", GAIN) if side > 0 else ("v", LOSS)
        axes.plot(*at, shape, color=colour, markeredgecolor=edge, markersize=8)


def _verdict(fills: pl.DataFrame) -> str:
    if fills.is_empty():
        return "Nothing was traded."
    gross, cost = result_of(fills)
    parts = [f"{fills['position'].n_unique()} positions, {fills.height} fills", f"gross {words.rupees(gross)}"]
    return f"{', '.join(parts)}, charges {words.rupees(cost)}, net {words.rupees(gross - cost)}."


def result_of(fills: pl.DataFrame) -> tuple[float, float]:
    """Gross profit and charges of fills, in rupees."""
    units = pl.col("lots") * pl.col("lot_size")
    gross = fills.select((-pl.col("side") * units * pl.col("price_paise")).sum()).item()
    return gross / PAISE, sum(_charges(fills).values())


def _charges(fills: pl.DataFrame) -> dict[str, float]:
    return {item: float(fills[column].sum()) / PAISE for column, item in CHARGES.items()}


def _costs(fills: pl.DataFrame) -> Table:
    rows = tuple((item, words.rupees(cost, 2)) for item, cost in _charges(fills).items() if cost)
    return Table("Charges of the day", ("item", "rupees"), rows)
