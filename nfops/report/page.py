"""One page for one sweep: everything needed to judge it, in a file that needs nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from nfops.errors import DataError
from nfops.files import replacing, write_text
from nfops.report import figures, luck, tables, words
from nfops.report.attribution import attribution_table
from nfops.report.field import fields, ordered
from nfops.report.figures import Picture
from nfops.report.folder import SweepFolder, value_text
from nfops.report.tables import Table

PAGE: Final = "report.html"
PICTURES: Final = "figures"


def write_report(sweep_dir: Path, out: Path | None = None) -> Path:
    """Write the page of a finished sweep, and its figures as PNG in ``figures/`` beside it.

    Parameters
    ----------
    sweep_dir
        Folder of the sweep.
    out
        The page; default ``report.html`` in ``sweep_dir``.

    Returns
    -------
    Path
        The page that was written.

    Raises
    ------
    DataError
        When the folder is not that of a finished sweep, or no day of it has a result.
    """
    folder = SweepFolder.read(sweep_dir)
    if folder.ranked.is_empty() or folder.counted.is_empty():
        raise DataError(f"{sweep_dir} has no day with a result that counts, so there is nothing to report", "no_result")
    best = int(folder.ranked["trial_id"][0])
    pictures = _pictures(folder, best)
    page = out or sweep_dir / PAGE
    for picture in pictures.values():
        with replacing(page.parent / PICTURES / f"{picture.name}.png") as part:
            part.write_bytes(picture.png)
    write_text(page, rendered("report.html", **_content(folder, best), pictures=pictures))
    return page


def rendered(template: str, **content: Any) -> str:
    """Fill a template of ``nfops/report/templates``."""
    loader = PackageLoader("nfops.report", "templates")
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return pages.get_template(template).render(content)


def _pictures(folder: SweepFolder, best: int) -> dict[str, Picture]:
    pictures = [figures.curves(folder)]
    if maps := fields(folder):
        pictures.append(figures.heat_maps(folder, maps))
    elif folder.axes:
        axis, goal = folder.axes[0], folder.objective.name
        known = dict(folder.trials.select(axis, goal).iter_rows())
        values = ordered(folder.trials[axis])
        labels = [value_text(value) for value in values]
        pictures.append(figures.profile(folder, words.short(axis), labels, [known[value] for value in values]))
    pictures.append(figures.bars(folder.equity(best), best))
    return {picture.name: picture for picture in pictures}


def _content(folder: SweepFolder, best: int) -> dict[str, Any]:
    """Return what the template shows."""
    fills = folder.fills_of(best)
    days = folder.equity(best)
    found = luck.judgement(folder)
    return {
        "folder": folder,
        "title": f"{folder.summary['strategy'].replace('_', ' ')} on {folder.summary['symbol']}",
        "notice": folder.notice,
        "best": best,
        "verdict": [*words.verdict(folder), *([luck.sentence(found)] if found else [])],
        "luck": luck.luck_table(found) if found else None,
        "caution": words.caution(folder),
        "headline": words.headline(folder),
        "leaderboard": tables.leaderboard(folder),
        "months": tables.months(days),
        "weekdays": tables.weekdays(days),
        "daily": tables.daily(folder, best),
        "exits": tables.exits(fills),
        "skips": tables.skips(folder, best),
        "costs": tables.costs(folder, best, fills),
        "attribution": _attribution(folder, best),
        "troubled": tables.troubled(folder),
        "blotter": tables.blotter(fills),
        "recorded": bool(len(fills)),
        "counts": words.counts(folder),
        "minus": words.MINUS,
        "provenance": _provenance(folder),
        "config": json.dumps(folder.summary["config"], indent=2, default=str),
    }


def _attribution(folder: SweepFolder, best: int) -> Table | None:
    """Sum up where the result of the best trial came from, over the days that count, where that is known."""
    dates = folder.counted["date"].unique()
    rows = folder.attribution.filter((pl.col("trial_id") == best) & pl.col("date").is_in(dates.implode()))
    return attribution_table(rows, f"{rows.height:,} positions, in rupees") if rows.height else None


def _provenance(folder: SweepFolder) -> list[tuple[str, str]]:
    """Return what one needs to get the same numbers again."""
    summary = folder.summary
    code = summary["code"]
    commit = code["git_commit"] or "not from a checkout"
    return [
        ("sweep", folder.sweep_id),
        ("status", summary["status"]),
        ("started", str(summary["started"])[:19]),
        ("finished", str(summary["finished"])[:19]),
        ("seed", str(summary["seed"])),
        ("data", summary["data_hash"]),
        ("code", f"nfops {code['version']}"),
        ("commit", commit + (" with changes that are not committed" if code["git_dirty"] else "")),
        ("locked versions", code["lock_hash"] or words.UNKNOWN),
    ]
