"""Whether the best of all trials is better than nothing, given that all of them were looked at, and how surely.

White's reality check and Hansen's test for superior predictive ability, and intervals by the stationary bootstrap of
days, which keeps runs of good and bad days together. Hansen's test compares means over their deviations, so that a wild
trial does not drown a steady one; ``SPA`` of the package ``arch`` 8 compares the means themselves. Each draw is held
against its own deviation: with that of the sample, few days with long tails make luck look like an edge (docs/luck.md).

H. White, "A reality check for data snooping", Econometrica 68 (2000); P. Hansen, "A test for superior predictive
ability", Journal of Business and Economic Statistics 23 (2005); D. Politis and J. Romano, "The stationary bootstrap",
Journal of the American Statistical Association 89 (1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from arch.bootstrap import StationaryBootstrap, optimal_block_length

from nfops.errors import DataError
from nfops.types import FloatArray

REPETITIONS: Final = 1_000
FEWEST: Final = 20
"""Days, below which a bootstrap of days says nothing."""

LEAST: Final = 0.5
"""Share of a trial's deviation below which that of a draw does not fall: a draw may miss its only bad day."""


@dataclass(frozen=True, slots=True)
class Selection:
    """P-values of "no trial has a positive mean"."""

    reality_check: float
    """White's, which is careful: many bad trials make it larger."""
    superior: float
    """Hansen's, consistent: trials that are surely bad do not count."""
    block: int
    """Mean length of the bootstrap's blocks, in days."""


def selection(net: FloatArray, seed: int, repetitions: int = REPETITIONS) -> Selection:
    """Test the best of P trials against earning nothing.

    Parameters
    ----------
    net
        (P, D) daily results in order of days; rows that never change are left out.
    seed
        The same seed gives the same p-values.

    Raises
    ------
    DataError
        With reason ``too_few`` when there are fewer than FEWEST days, or no row changes.
    """
    moving = net[net.std(axis=1) > 0.0]
    if net.shape[1] < FEWEST or not len(moving):
        raise DataError(f"a bootstrap of days needs {FEWEST} days and a trial that trades; got {net.shape}", "too_few")
    days, mean, deviation = moving.shape[1], moving.mean(axis=1), moving.std(axis=1)
    block, around = block_length(moving[mean.argmax()]), moving - mean[:, None]
    times = _drawn(days, block, repetitions, seed)
    drawn = times @ around.T / days
    own = np.sqrt(np.maximum(times @ np.square(around).T / days - np.square(drawn), 0.0))
    # Hansen's threshold: below it a trial is bad beyond doubt, and is left where it is instead of moved to 0.
    hopeless = mean < -deviation * math.sqrt(2.0 * math.log(math.log(days)) / days)
    scaled = (drawn + np.where(hopeless, mean, 0.0)) / np.maximum(own, LEAST * deviation)
    return Selection(
        float((drawn.max(axis=1) >= mean.max()).mean()),
        float((np.maximum(scaled.max(axis=1), 0.0) >= max(float((mean / deviation).max()), 0.0)).mean()),
        block,
    )


def _drawn(days: int, block: int, repetitions: int, seed: int) -> FloatArray:
    """How often each day is drawn by each stationary bootstrap ``(R, D)``."""
    bootstrap = StationaryBootstrap(block, np.arange(days), seed=seed)
    drawn = (np.bincount(data[0], minlength=days) for data, _ in bootstrap.bootstrap(repetitions))
    return np.array(list(drawn), np.float64)


def block_length(days: FloatArray) -> int:
    """Mean block length for the stationary bootstrap of ``days`` (D,), at least 1 (Politis and White, 2004).

    Days of which all but a few are the same have no memory to speak of, and a length of 1.
    """
    with np.errstate(all="ignore"):
        found = float(optimal_block_length(days)["stationary"].iloc[0])
    return max(round(found), 1) if np.isfinite(found) else 1


def interval(
    days: FloatArray,
    statistic: Callable[[FloatArray], float],
    seed: int,
    *,
    level: float = 0.95,
    repetitions: int = REPETITIONS,
) -> tuple[float, float]:
    """Percentile interval of a statistic of daily results (D,), by the stationary bootstrap.

    Raises
    ------
    DataError
        With reason ``too_few`` when there are fewer than FEWEST days.
    """
    drawn = np.array([statistic(again) for again in resampled(days, seed, repetitions)])
    low, high = np.nanquantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return float(low), float(high)


def resampled(days: FloatArray, seed: int, repetitions: int = REPETITIONS) -> FloatArray:
    """Draw daily results ``(repetitions, D)`` anew from those of ``days`` (D,), by the stationary bootstrap.

    Raises
    ------
    DataError
        With reason ``too_few`` when there are fewer than FEWEST days.
    """
    if len(days) < FEWEST:
        raise DataError(f"a bootstrap of days needs {FEWEST} days, got {len(days)}", "too_few")
    bootstrap = StationaryBootstrap(block_length(days), days, seed=seed)
    return np.array([data[0][0] for data in bootstrap.bootstrap(repetitions)])
