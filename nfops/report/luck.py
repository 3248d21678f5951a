"""How much of the best trial may be luck, in words for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from nfops.errors import DataError
from nfops.report.folder import SweepFolder
from nfops.report.tables import Table
from nfops.report.words import UNKNOWN, percent, plural, ratio
from nfops.types import PAISE, FloatArray, Int64Array

if TYPE_CHECKING:
    from nfops.overfit import Judgement

PIECE_ROWS: Final = 1_000_000


def judgement(folder: SweepFolder) -> Judgement | None:
    """Judge the search of a sweep over the days that every trial has; None with a single trial or day, or a race.

    Those that a race left vary less than all that were tried, which every statistic would take for skill.
    """
    if folder.raced_out:
        return None
    # Not above: scikit-learn and arch take a second to import, which every command would wait for.
    from nfops.overfit import judge  # noqa: PLC0415

    ids, net = _matrix(folder)
    if len(ids) < 2 or net.shape[1] < 2:
        return None
    try:
        best, before = int(np.searchsorted(ids, folder.ranked["trial_id"][0])), max(folder.sets_ever - len(ids), 0)
        return judge(net, best, folder.summary["seed"], before)
    except DataError:
        return None


def _matrix(folder: SweepFolder) -> tuple[Int64Array, FloatArray]:
    """Give the trials that may be compared, in order, and their net results ``(P, D)`` on the days that all have."""
    ids = folder.ranked["trial_id"].sort()
    net, there = np.zeros((len(ids), len(folder.dates))), np.zeros(len(folder.dates), np.int64)
    wanted = folder.counted.filter(pl.col("trial_id").is_in(ids.implode())).select("trial_id", "date", "net_paise")
    # In pieces: all rows of many trials and days together take several times the memory of the numbers in them.
    for piece in wanted.collect_batches(chunk_size=PIECE_ROWS, maintain_order=False):
        rows = np.searchsorted(ids.to_numpy(), piece["trial_id"].to_numpy())
        days = np.searchsorted(folder.dates.to_numpy(), piece["date"].to_numpy())
        net[rows, days] = piece["net_paise"].to_numpy() / PAISE
        there += np.bincount(days, minlength=len(there))
    whole = there == len(ids)
    return ids.to_numpy(), net if whole.all() else net[:, whole]


def sentence(found: Judgement) -> str:
    """Say in one sentence what the numbers come to."""
    if found.deflated_correlated is None:
        return "How much of the best trial is luck cannot be said: its days never change, or are too few."
    said = f"Without any edge, the best of {plural(found.trials, 'set')} as alike as these would look as good in "
    said += f"{percent(1.0 - found.deflated_correlated)} of all cases"
    if found.overfitting is not None:
        said += "; the set that is best on one half of the days is below the median on the other in "
        said += f"{percent(found.overfitting)} of all halves"
    if found.ever > found.trials and found.deflated_ever is not None:
        said += f"; knowing that {plural(found.ever, 'set')} were ever tried in this study, as if no two were alike, "
        said += f"the chance that the best has no edge is {percent(1.0 - found.deflated_ever)}"
    return f"{said}."


def luck_table(found: Judgement) -> Table:
    """List every statistic of the judgement with what it means."""
    low, high = found.sharpe_interval or (None, None)
    rows = [
        ("Sharpe ratio, yearly", ratio(found.sharpe), f"95 % interval {ratio(low)} to {ratio(high)}, before choosing"),
        ("probabilistic Sharpe ratio", percent(found.probabilistic), "that it has an edge, had it been the only try"),
        ("deflated Sharpe ratio", percent(found.deflated), f"that it has one, given {plural(found.trials, 'set')}"),
        (
            "deflated, by ledger", percent(found.deflated_ever),
            f"that it has one, given {plural(found.ever, 'set')} ever tried in this study",
        ),
        (
            "deflated, by ideas", percent(found.deflated_effective),
            f"that it has one, given {plural(found.effective_trials, 'different idea')} among them",
        ),
        (
            "deflated, by correlation", percent(found.deflated_correlated),
            f"that luck does worse with sets as alike as these, as with {ratio(found.independent_trials)} unlike ones",
        ),
        ("probability of overfitting", percent(found.overfitting), "best on half the days, below median on the rest"),
        ("probability of loss", percent(found.loss), "best on half the days, losing on the rest"),
        ("reality check", _p(found.reality_check), "p-value of: no try earns anything (White)"),
        ("superior ability", _p(found.superior), "p-value of the same, hopeless tries aside (Hansen)"),
        (
            "years needed", ratio(found.years_needed) if found.years_needed < 1000 else UNKNOWN,
            f"for such a ratio not to be expected by luck; there are {ratio(found.years)}",
        ),
    ]  # fmt: skip
    caption = f"How much may be luck, from {plural(found.days, 'day')}"
    if found.compared < found.trials:
        caption += f"; the tests of the search looked at {plural(found.compared, 'different set')}"
    ordered = tuple((name, meaning, value) for name, value, meaning in rows)
    return Table(caption, ("statistic", "what it says", "value"), ordered, words=2)


def _p(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"
