"""The page of a walk-forward: the stitched curve, the windows, and what the ratio lost on its way out of the sample."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from nfops.errors import DataError
from nfops.files import replacing, write_text
from nfops.metrics import OBJECTIVES
from nfops.report import words
from nfops.report.figures import COLOURS, Picture, dated, picture
from nfops.report.folder import value_text
from nfops.report.page import rendered
from nfops.report.tables import Table
from nfops.types import PAISE
from nfops.walkforward import LAW

PAGE: Final = "walkforward.html"


def write_walk(folder: Path, out: Path | None = None) -> Path:
    """Write the page of a walk-forward, and its picture ``figures/walkforward.png`` beside it.

    Parameters
    ----------
    folder
        With ``wf.json``, ``windows.parquet`` and ``oos_daily.parquet``.
    out
        The page; default ``walkforward.html`` in ``folder``.

    Raises
    ------
    DataError
        When no window is finished.
    """
    summary = json.loads((folder / "wf.json").read_text(encoding="utf-8"))
    if summary["status"] in {"queued", "running"} or not summary.get("done"):
        raise DataError(f"{folder} has no finished window, so there is nothing to report", "no_result")
    windows, daily = (pl.read_parquet(folder / f"{name}.parquet") for name in ("windows", "oos_daily"))
    drawn = walk_picture(windows, daily)
    page = out or folder / PAGE
    with replacing(page.parent / "figures" / f"{drawn.name}.png") as part:
        part.write_bytes(drawn.png)
    write_text(page, rendered("walkforward.html", **_content(summary, windows, daily), drawn_walk=drawn))
    return page


def law_sentence(summary: Mapping[str, Any]) -> str:
    """Say how the ratio out of sample compares with the one in the sample, and by which law it is judged."""
    inside, outside = summary["is_sharpe"], summary["oos"]["sharpe"]
    law = f"the law allows a drop of {words.percent(LAW)} of the Sharpe ratio in the sample"
    if summary["dropped"] is None:
        return f"Whether the edge holds out of sample cannot be said: a Sharpe ratio is unknown ({law})."
    drop = "DROPPED" if summary["dropped"] else "Held"
    return (
        f"{drop}: the stitched days out of sample have a Sharpe ratio of {words.ratio(outside)}, the chosen sets had "
        f"{words.ratio(inside)} in the sample on average over windows; {law}, down to "
        f"{words.ratio(inside - LAW * abs(inside))}."
    )


def flags(row: Mapping[str, Any]) -> str:
    """Name what is to be known of a window, a row of ``windows.parquet``."""
    said = {"drop": row["dropped"], "burnt": row["burnt"], "seen": row.get("seen")}
    said[row["status"]] = row["status"] != "ok"
    return ", ".join(word for word, holds in said.items() if holds)


def looked_sentences(summary: Mapping[str, Any]) -> list[str]:
    """Say which windows were looked at before, how, and by which runs; nothing when none was."""
    burnt, seen = summary["burnt"], summary.get("seen", [])
    told = []
    if burnt:
        by = "; ".join(_runs(burnt))
        told.append(f"BURNT: {_looked(burnt)} were looked at before, with other settings, by {by}.")
    if seen:
        more = max(window["sweeps"] - len(window["by"]) for window in seen)
        others = [f"and {more} more"] if more else []
        told.append(f"SEEN: {_looked(seen)} were shown before by {'; '.join([*_runs(seen), *others])}.")
    return told


def _looked(windows: Sequence[Mapping[str, Any]]) -> str:
    """Name windows and their days."""
    names = ", ".join(str(window["window"]) for window in windows)
    which = f"window {names} is" if len(windows) == 1 else f"windows {names} are"
    return f"{which} no longer out of sample; test days from {windows[0]['first']} to {windows[-1]['last']}"


def _runs(windows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name each run that has looked at one of the windows, and what it saw of them."""
    runs: dict[str, list[Mapping[str, str]]] = {}
    for window in windows:
        for one in window["by"]:
            runs.setdefault(one["run"], []).append(one)
    return [
        f"{run} (on {max(one['when'] for one in seen)[:10]}, days {min(one['first'] for one in seen)} to "
        f"{max(one['last'] for one in seen)})"
        for run, seen in runs.items()
    ]


def walk_picture(windows: pl.DataFrame, daily: pl.DataFrame) -> Picture:
    """Draw the stitched curve above the Sharpe ratios of each window in and out of sample."""

    def draw() -> Figure:
        figure = Figure(figsize=(9, 6.4), layout="constrained")
        upper, lower = figure.subplots(2, 1, height_ratios=(1.6, 1))
        _curve(upper, windows, daily)
        _ratios(lower, windows)
        return figure

    caption = (
        "Above: net result of the chosen sets on days that did not choose them, in rupees; dotted lines are the first "
        "days of windows. Below: Sharpe ratio of each window's chosen set on the days that chose it, and on the next."
    )
    return picture("walkforward", caption, draw)


def _curve(axes: Axes, windows: pl.DataFrame, daily: pl.DataFrame) -> None:
    counted = daily.filter(pl.col("counted"))
    level = counted["equity_paise"].to_numpy() / PAISE
    axes.plot(counted["date"].to_numpy(), level, color=COLOURS[0], linewidth=1.8, marker="o" if len(level) < 2 else "")
    for first in windows["test_start"].to_numpy():
        axes.axvline(first, color="#8a93a3", linewidth=0.8, linestyle=":")
    axes.axhline(0, color="#8a93a3", linewidth=0.8)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.rupees(value)))
    axes.set_title("Net result out of sample")
    dated(axes)


def _ratios(axes: Axes, windows: pl.DataFrame) -> None:
    places = np.arange(windows.height)
    for shift, side, label in ((-0.2, "is", "in the sample"), (0.2, "oos", "out of sample")):
        heights = windows[f"{side}_sharpe"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        axes.bar(places + shift, heights, width=0.38, color=COLOURS[side == "oos"], label=label)
    step = -(-windows.height // 20)
    axes.set_xticks(places[::step], [str(number) for number in windows["window"][::step]])
    axes.axhline(0, color="#8a93a3", linewidth=0.8)
    axes.set_xlabel("window")
    axes.set_title("Sharpe ratio, yearly")
    axes.legend(ncols=2)


def _content(summary: Mapping[str, Any], windows: pl.DataFrame, daily: pl.DataFrame) -> dict[str, Any]:
    """Return what the template shows."""
    span = summary["config"]["span"]
    oos = summary["oos"]
    names = ("total", "sharpe", "max_drawdown", "win_rate", "profit_factor", "worst_day", "n_trades", "peak_capital")
    return {
        "title": f"{summary['strategy'].replace('_', ' ')} on {summary['symbol']}, walked forward",
        "summary": summary,
        "span": f"{span['start']} to {span['end']}",
        "notice": summary["config"].get("notice") or "",
        "verdict": walk_verdict(summary, daily),
        "looked": looked_sentences(summary),
        "headline": [(OBJECTIVES[name].label, words.metric(name, oos[name])) for name in names],
        "windows": _windows(summary, windows),
        "minus": words.MINUS,
        "config": json.dumps(summary["config"], indent=2, default=str),
    }


def walk_verdict(summary: Mapping[str, Any], daily: pl.DataFrame) -> list[str]:
    """Say what came out of the sample, by which windows, and how much was ever tried; a sentence or two each."""
    return [law_sentence(summary), _shape(summary, daily), *words.ever_tried(summary)]


def _shape(summary: Mapping[str, Any], daily: pl.DataFrame) -> str:
    scheme = summary["scheme"]
    trained = "all days from the first one on" if scheme["anchored"] else f"{scheme['train_days']} trading days"
    return (
        f"{words.plural(summary['done'], 'window')}: each chose by {trained}, with a purge of {scheme['purge']} and an "
        f"embargo of {scheme['embargo']}, and was tried on the next {scheme['test_days']}; together "
        f"{words.plural(int(daily['counted'].sum()), 'day')} out of sample."
    )


def _windows(summary: Mapping[str, Any], windows: pl.DataFrame) -> Table:
    axes = list(summary["axes"])
    rows = tuple(
        (
            str(row["window"]),
            f"{row['train_start']} to {row['train_end']}",
            f"{row['test_start']} to {row['test_end']}",
            *(value_text(row[path]) if row["position"] is not None else words.UNKNOWN for path in axes),
            *(words.ratio(row[name]) for name in ("is_sharpe", "oos_sharpe", "delta_sharpe")),
            *(words.rupees(row[name]) for name in ("is_total", "oos_total")),
            flags(row),
        )
        for row in windows.iter_rows(named=True)
    )
    heads = ("IS Sharpe", "OOS Sharpe", "delta", "IS net", "OOS net", "flag")
    caption = "Windows: IS is in the sample (training), OOS out of sample (test)"
    return Table(caption, ("window", "train", "test", *map(words.short, axes), *heads), rows, 3 + len(axes))
