"""What is packed, day by day, as a picture and a page: the gaps one would rather see than read about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from nfops.errors import DataError
from nfops.files import replacing, write_text
from nfops.market import Market
from nfops.packing.verify import RULES, VerifyReport
from nfops.report import words
from nfops.report.figures import Picture, picture
from nfops.report.page import rendered
from nfops.report.tables import Table

LISTED: Final = 1000
"""Findings in the page; more are in the JSON."""

NOTHING: Final = "#d8456b"
_ROWS: Final = {"strikes": "strikes", "spot": "spot rows", "futures": "futures rows"}


def write_coverage(report: VerifyReport, market: Market, page: Path) -> Path:
    """Write the page of a verification, and its heat map as PNG beside it.

    Raises
    ------
    DataError
        When no packed file could be read.
    """
    if report.coverage.is_empty():
        raise DataError("no packed file could be read, so there is nothing to draw", "no_result")
    drawn = coverage_picture(report.coverage, market)
    with replacing(page.with_suffix(".png")) as part:
        part.write_bytes(drawn.png)
    verdict = (
        f"{report.files:,} files with {report.rows:,} rows: {report.errors:,} findings of data that must not be used, "
        f"{report.warnings:,} of data to be looked at first."
    )
    write_text(page, rendered("coverage.html", verdict=verdict, drawn_map=drawn, rules=_rules(report),
                              listed=_findings(report), matches=_matches(report), months=_months(report.coverage),
                              minus=words.MINUS))  # fmt: skip
    return page


def coverage_picture(coverage: pl.DataFrame, market: Market) -> Picture:
    """Draw one row an index and kind of data, one column a trading day from the first to the last one packed."""
    packed = sorted(set(coverage["date"].to_list()))
    dates = sorted({*market.trading_days(packed[0], packed[-1]), *packed})
    labels, shares = [], []
    for symbol in coverage["symbol"].unique(maintain_order=True):
        known = coverage.filter(pl.col("symbol") == symbol)
        for column, what in _ROWS.items():
            here = dict(known.select("date", column).iter_rows())
            most = max(here.values())
            if most:
                labels.append(f"{symbol}: at most {most:,} {what}")
                shares.append([here.get(date, 0) / most for date in dates])

    def draw() -> Figure:
        values = np.ma.masked_equal(np.array(shares), 0.0)
        colours = mpl.colormaps["viridis"].with_extremes(bad=NOTHING)
        figure = Figure(figsize=(11, 1.4 + 0.34 * len(labels)), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(values, aspect="auto", cmap=colours, vmin=0, vmax=1, interpolation="nearest")
        axes.set_yticks(range(len(labels)), labels)
        step = -(-len(dates) // 12)
        axes.set_xticks(range(0, len(dates), step), [str(date) for date in dates[::step]], rotation=35, ha="right")
        axes.grid(visible=False)
        bar = figure.colorbar(image, ax=axes, pad=0.015, fraction=0.04)
        bar.set_label("share of the fullest day")
        bar.outline.set_visible(False)
        return figure

    caption = f"What is packed on {len(dates):,} trading days, {dates[0]} to {dates[-1]}. Red: nothing at all."
    return picture("coverage", caption, draw)


def _rules(report: VerifyReport) -> Table:
    rows = [(RULES[rule].level, rule, RULES[rule].meaning, f"{n:,}") for rule, n in report.by_rule().items()]
    return Table("Findings by rule", ("level", "rule", "meaning", "findings"), tuple(rows), words=3)


def _findings(report: VerifyReport) -> Table:
    shown = report.findings[:LISTED]
    rows = [(f.level, f.rule, str(f.date or ""), f.where, f.text) for f in shown]
    caption = "Every finding"
    if len(report.findings) > len(shown):
        caption = f"The first {len(shown):,} of {len(report.findings):,} findings; nfops verify --json writes all"
    return Table(caption, ("level", "rule", "date", "where", "what"), tuple(rows), words=5)


def _matches(report: VerifyReport) -> Table:
    head = ("index", "date", "contracts", "same last price", "units a lot", "lot", "open interest")
    rows = [
        (symbol, str(date), f"{m.contracts:,}", _share(m.last_equal), _number(m.units_per_lot), str(m.lot_size or ""),
         _number(m.oi_ratio))
        for (symbol, date), m in report.matches.items()
    ]  # fmt: skip
    return Table("Against the exchange's end-of-day contracts", head, tuple(rows), words=2)


def _months(coverage: pl.DataFrame) -> Table:
    def rows() -> Iterator[tuple[str, ...]]:
        months = coverage.with_columns(pl.col("date").dt.strftime("%Y-%m").alias("month"))
        sums = months.group_by("symbol", "month", maintain_order=True).agg(
            pl.len(), pl.col("options", "spot", "futures").sum(), pl.col("strikes").median()
        )
        for symbol, month, days, *counts, strikes in sums.iter_rows():
            yield symbol, month, str(days), *(f"{count:,}" for count in counts), f"{strikes:,.0f}"

    head = ("index", "month", "days", "option rows", "spot rows", "futures rows", "strikes a day")
    return Table("By month", head, tuple(rows()), words=2)


def _share(value: float | None) -> str:
    return words.UNKNOWN if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return words.UNKNOWN if value is None else f"{value:,.2f}"
