"""One self-contained HTML page of a finished sweep: verdict first, then what it rests on."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from nfops.files import replacing, write_text
from nfops.report.figures import as_bytes, equity, heat_map
from nfops.report.folder import SweepFolder

LEADERS = 20
FILLS = 60
COLUMNS = ("total", "sharpe", "max_drawdown", "win_rate", "profit_factor", "worst_day", "n_trades", "cost_share")


def write_report(sweep: Path, out: Path | None = None) -> Path:
    """Write the page of the sweep in folder ``sweep`` and its figures as PNG beside it; return the page.

    Raises
    ------
    DataError
        When the folder is not that of a finished sweep.
    """
    folder = SweepFolder.read(sweep)
    page = out or sweep / "report.html"
    drawn = {"equity": equity(folder), "heat_map": heat_map(folder)}
    figures = {}
    for name, figure in drawn.items():
        if figure is not None:
            picture = as_bytes(figure, "png")
            with replacing(page.parent / f"{name}.png") as part:
                part.write_bytes(picture)
            figures[name] = base64.b64encode(picture).decode()
    templates = Environment(
        loader=PackageLoader("nfops.report"), autoescape=select_autoescape(), undefined=StrictUndefined
    )
    write_text(page, templates.get_template("page.html").render(**_content(folder), figures=figures))
    return page


def _content(folder: SweepFolder) -> dict[str, Any]:
    ranked = folder.ranked
    best = ranked.row(0, named=True) if ranked.height else None
    columns = [*folder.axes, *dict.fromkeys((folder.objective.name, *COLUMNS))]
    fills = folder.fills if best is None else _of_trial(folder.fills, best["trial_id"])
    states = dict(folder.status.group_by("state").len().sort("state").iter_rows())
    return {
        "summary": folder.summary,
        "objective": folder.objective.label,
        "span": folder.span,
        "trials": folder.trials.height,
        "compared": ranked.height,
        "best": best,
        "axes": [(axis, _cell(best[axis])) for axis in folder.axes] if best else [],
        "columns": ["trial", *(column.removeprefix("strategy.") for column in columns)],
        "leaders": [
            [str(row["trial_id"]), *(_cell(row[c]) for c in columns)] for row in ranked.head(LEADERS).to_dicts()
        ],
        "states": states,
        "findings": folder.status.filter(~pl.col("state").is_in(["ok"])).select("date", "state", "error").rows()[:60],
        "skips": _skips(best),
        "reasons": _reasons(fills),
        "fills": _blotter(fills),
        "n_fills": fills.height,
    }


def _of_trial(fills: pl.DataFrame, trial: int) -> pl.DataFrame:
    return fills.filter(pl.col("trial_id") == trial) if fills.width else fills


def _skips(best: dict[str, Any] | None) -> list[tuple[str, int]]:
    row = best or {}
    return [(name.removeprefix("skip_"), count) for name, count in row.items() if name.startswith("skip_") and count]


def _reasons(fills: pl.DataFrame) -> list[tuple[str, int]]:
    if not fills.width:
        return []
    return fills.filter(pl.col("kind") == "exit").group_by("reason").len().sort("reason").rows()


def _blotter(fills: pl.DataFrame) -> list[list[str]]:
    shown = ("date", "time", "expiry", "right", "strike", "side", "lots", "price_paise", "reason", "age_s")
    if not fills.width:
        return []
    rows = fills.head(FILLS).select(shown).with_columns(pl.col("price_paise") / 100)
    return [[_cell(value) for value in row] for row in rows.rows()]


def _cell(value: object) -> str:
    if value is None:
        return "off"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    return str(value)
