"""One judgement of a search: how likely its best trial is luck."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from scipy.special import ndtr
from scipy.stats import kurtosis, skew

from nfops.errors import DataError
from nfops.overfit.clusters import clusters
from nfops.overfit.correlated import best_by_luck, independent_trials
from nfops.overfit.cscv import BLOCKS, cscv
from nfops.overfit.selection import FEWEST, interval, selection
from nfops.overfit.sharpe import daily_sharpe, deflated_sharpe, minimum_backtest_years, probabilistic_sharpe
from nfops.types import YEAR_DAYS, FloatArray, Int64Array

MOST: Final = 2_000
"""Different trials that the slow tests look at; of more, as many in equal steps of their Sharpe ratio, and the best."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of the best trial; None where there are too few days or trials to say it."""

    trials: int
    """Trials of this search."""
    ever: int
    """Trials that were tried, also those before this search."""
    compared: int
    """Different trials that the tests of the whole search looked at."""
    days: int
    sharpe: float
    """Yearly Sharpe ratio of the best trial."""
    sharpe_interval: tuple[float, float] | None
    """In which it lies with 95 %, before any choosing."""
    probabilistic: float | None
    """Probability that the best trial has an edge, had it been the only one tried."""
    deflated: float | None
    """The same, knowing how many were tried in this search."""
    deflated_ever: float | None
    """The same, knowing how many were ever tried."""
    effective_trials: int
    """Different ideas among the trials."""
    deflated_effective: float | None
    """The same, knowing how many different ideas were tried."""
    independent_trials: float | None
    """Independent trials of which as good a best is expected by luck as of the trials, which are alike."""
    deflated_correlated: float | None
    """Probability that the best of trials without an edge, as correlated as these, looks worse."""
    overfitting: float | None
    """Probability that the best of one half of the days is below the median on the other (PBO)."""
    loss: float | None
    """Probability that it loses money there."""
    reality_check: float | None
    superior: float | None
    """P-values of White's and Hansen's tests that no trial earns anything."""
    years: float
    years_needed: float
    """Length of this backtest, and of one in which the best of all ever tried is not expected to do as well by luck."""


def judge(net: FloatArray, best: int, seed: int, tried_before: int = 0) -> Judgement:
    """Judge a search by the daily results of all its trials.

    Parameters
    ----------
    net
        (P, D) daily results in one unit, over the same D days in order.
    best
        Row of the trial that was chosen.
    seed
        For the bootstraps; the same seed gives the same judgement.
    tried_before
        Trials of earlier searches on the same market; their Sharpe ratios are taken to vary as those of ``net``.

    Raises
    ------
    DataError
        With reason ``too_few`` when there are fewer than two days.
    """
    trials, days = net.shape
    if days < 2:
        raise DataError(f"a judgement needs two days with results, got {days}", "too_few")
    ratios, ever = daily_sharpe(net), trials + tried_before
    shown = net[_looked_at(net, ratios, best)]
    labels = clusters(shown)
    ideas = np.stack([shown[labels == label].mean(axis=0) for label in range(int(labels.max()) + 1)])
    yearly = float(ratios[best]) * math.sqrt(YEAR_DAYS)
    return Judgement(
        trials=trials,
        ever=ever,
        compared=len(shown),
        days=days,
        sharpe=yearly,
        sharpe_interval=interval(net[best], _yearly, seed) if net[best].std() > 0.0 and days >= FEWEST else None,
        effective_trials=len(ideas),
        **_edge(net, best, ideas, ever, seed),
        **_tests(shown, seed),
        years=days / YEAR_DAYS,
        years_needed=minimum_backtest_years(ever, yearly),
    )


def _edge(net: FloatArray, best: int, ideas: FloatArray, ever: int, seed: int) -> dict[str, float | None]:
    """Ask whether the best trial has an edge, for each way to count what was tried."""
    row, ratios = net[best], daily_sharpe(net)
    shape = float(ratios[best]), len(row), float(skew(row)), float(kurtosis(row))
    alone, luck = probabilistic_sharpe(*shape), best_by_luck(net, seed)
    found = {
        "probabilistic": alone,
        "deflated": deflated_sharpe(*shape, _variance(ratios), len(net)),
        "deflated_ever": deflated_sharpe(*shape, _variance(ratios), ever),
        "deflated_effective": deflated_sharpe(*shape, _variance(daily_sharpe(ideas)), len(ideas)),
        "independent_trials": independent_trials(float(luck.mean())),
        "deflated_correlated": math.nan if math.isnan(alone) else float((ndtr(luck) < alone).mean()),
    }
    return {name: _known(value) for name, value in found.items()}


def _tests(shown: FloatArray, seed: int) -> dict[str, float | None]:
    """Test the whole search, where there is enough for them."""
    found: dict[str, float | None] = dict.fromkeys(("overfitting", "loss", "reality_check", "superior"))
    trials, days = shown.shape
    if trials >= 2 and days >= 2 * BLOCKS:
        validated = cscv(shown)
        found |= {"overfitting": validated.probability, "loss": validated.loss}
    if days >= FEWEST and shown.std(axis=1).any():
        tested = selection(shown, seed)
        found |= {"reality_check": tested.reality_check, "superior": tested.superior}
    return found


def _looked_at(net: FloatArray, ratios: FloatArray, best: int) -> Int64Array:
    """Rows of different trials, the best among them, at most MOST and in order."""
    # By names of rows, because to sort the rows themselves takes several times their memory.
    names: dict[bytes, int] = {}
    for at, row in enumerate(net):
        names.setdefault(_name(row), at)
    names[_name(net[best])] = best
    first = np.sort([*names.values()])
    if len(first) > MOST:
        order = first[np.argsort(ratios[first], kind="stable")]
        first = np.append(order[np.linspace(0, len(order) - 1, MOST).astype(np.int64)], best)
    return np.unique(first)


def _name(row: FloatArray) -> bytes:
    """Name what a row holds; 0 is also -0."""
    return blake2b((row + 0.0).tobytes(), digest_size=16).digest()


def _yearly(days: FloatArray) -> float:
    return float(daily_sharpe(days[None, :])[0]) * math.sqrt(YEAR_DAYS)


def _variance(ratios: FloatArray) -> float:
    return float(ratios.var(ddof=1)) if len(ratios) > 1 else 0.0


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
