"""One page for one sweep: everything needed to judge it, in a file that needs nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from nfops.errors import DataError
from nfops.files import replacing, write_text
from nfops.report import figures, luck, positions, tables, words
from nfops.report.attribution import attribution_table
from nfops.report.bands import Band, band_picture, band_table, bands
from nfops.report.embedded import blotter_rows, script_json, trial_map
from nfops.report.field import fields
from nfops.report.figures import Picture
from nfops.report.folder import SweepFolder, value_text
from nfops.report.learned import learned
from nfops.report.neighbours import RULE, Surroundings, neighbour_table, robustness
from nfops.report.slippage import slippage_table
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
    if folder.ranked.is_empty() or folder.dates.is_empty():
        raise DataError(f"{sweep_dir} has no day with a result that counts, so there is nothing to report", "no_result")
    best = int(folder.ranked["trial_id"][0])
    around, drawn = Surroundings(folder), bands(folder)
    pictures = _pictures(around, drawn, best)
    page = out or sweep_dir / PAGE
    for picture in pictures.values():
        with replacing(page.parent / PICTURES / f"{picture.name}.png") as part:
            part.write_bytes(picture.png)
    content = _content(folder, best) | _search(around, drawn) | _traded(folder, best)
    write_text(page, rendered("report.html", **content, pictures=pictures))
    return page


def rendered(template: str, **content: Any) -> str:
    """Fill a template of ``nfops/report/templates``."""
    loader = PackageLoader("nfops.report", "templates")
    pages = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return pages.get_template(template).render(content)


def _pictures(around: Surroundings, drawn: list[Band], best: int) -> dict[str, Picture]:
    folder = around.folder
    days, pictures = folder.equity(best), [figures.curves(folder)]
    if drawn:
        pictures.append(band_picture(drawn))
    if maps := fields(around):
        pictures.append(figures.heat_maps(folder, maps))
    elif folder.axes:
        axis, goal = folder.axes[0], folder.objective.name
        known = dict(folder.trials.select(axis, goal).iter_rows())
        values = around.values[axis]
        labels = [value_text(value) for value in values]
        pictures.append(figures.profile(folder, words.short(axis), labels, [known[value] for value in values]))
    pictures += learned(folder)
    pictures += [figures.bars(days, best), positions.spread(days, _counted_fills(folder, best), best)]
    return {picture.name: picture for picture in pictures}


def _content(folder: SweepFolder, best: int) -> dict[str, Any]:
    """Return what the template shows of the sweep and of the days of its best trial."""
    days = folder.equity(best)
    return {
        "folder": folder,
        "title": f"{folder.summary['strategy'].replace('_', ' ')} on {folder.summary['symbol']}",
        "notice": folder.notice,
        "best": best,
        "caution": words.caution(folder),
        "headline": words.headline(folder),
        "leaderboard": tables.leaderboard(folder),
        "calendar": tables.calendar(days),
        "months": tables.months(days),
        "weekdays": tables.weekdays(days),
        "daily": tables.daily(folder, best),
        "skips": tables.skips(folder, best),
        "attribution": _attribution(folder, best),
        "troubled": tables.troubled(folder),
        "counts": words.counts(folder),
        "minus": words.MINUS,
        "provenance": _provenance(folder),
        "config": json.dumps(folder.summary["config"], indent=2, default=str),
    }


def _search(around: Surroundings, drawn: list[Band]) -> dict[str, Any]:
    """Return what the template shows of the search: how much is luck, and what the best trial stands on."""
    folder = around.folder
    found, trials = luck.judgement(folder), trial_map(around)
    return {
        "verdict": [*words.verdict(folder), *([luck.sentence(found)] if found else []), *robustness(around)],
        "luck": luck.luck_table(found) if found else None,
        "neighbours": neighbour_table(around) if around.of(0) else None,
        "rule": RULE,
        "bands": band_table(drawn) if drawn else None,
        "map": script_json(trials) if trials else None,
        "map_left_out": trials["left_out"] if trials else 0,
    }


def _traded(folder: SweepFolder, best: int) -> dict[str, Any]:
    """Return what the template shows of the fills of the best trial."""
    fills, counted = folder.fills_of(best), _counted_fills(folder, best)
    rows = blotter_rows(fills) if len(fills) else None
    return {
        "recorded": rows is not None,
        "exits": positions.exit_table(counted) if rows else None,
        "expiries": positions.expiry_table(counted) if rows else None,
        "costs": tables.costs(folder, best, counted),
        "slippage": slippage_table(folder),
        "fills": script_json(rows) if rows else None,
        "fills_left_out": rows["left_out"] if rows else 0,
    }


def _counted_fills(folder: SweepFolder, trial_id: int) -> pl.DataFrame:
    """Return recorded fills of one trial on the days that count."""
    fills = folder.fills_of(trial_id)
    return fills.filter(pl.col("date").is_in(folder.dates.implode())) if len(fills) else fills


def _attribution(folder: SweepFolder, best: int) -> Table | None:
    """Sum up where the result of the best trial came from, over the days that count, where that is known."""
    rows = folder.attribution.filter((pl.col("trial_id") == best) & pl.col("date").is_in(folder.dates.implode()))
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
