"""Whether the best of all trials is better than nothing, given that all of them were looked at, and how surely.

White's reality check and Hansen's test for superior predictive ability, and intervals by the stationary bootstrap of
days, which keeps runs of good and bad days together. The tests are those of the package ``arch``.

H. White, "A reality check for data snooping", Econometrica 68 (2000); P. Hansen, "A test for superior predictive
ability", Journal of Business and Economic Statistics 23 (2005); D. Politis and J. Romano, "The stationary bootstrap",
Journal of the American Statistical Association 89 (1994).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from arch.bootstrap import SPA, RealityCheck, StationaryBootstrap, optimal_block_length

from nfops.errors import DataError
from nfops.types import FloatArray

REPETITIONS: Final = 1_000
FEWEST: Final = 20
"""Days, below which a bootstrap of days says nothing."""


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
    block = block_length(moving[moving.mean(axis=1).argmax()])
    # Both test losses against a benchmark; a loss is what was not earned, the benchmark earns nothing.
    losses, nothing = -moving.T, np.zeros(net.shape[1])
    found = []
    for test in (RealityCheck, SPA):
        of = test(nothing, losses, block_size=block, reps=repetitions, studentize=test is SPA, seed=seed)
        of.compute()
        found.append(of.pvalues)
    return Selection(float(found[0]["upper"]), float(found[1]["consistent"]), block)


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
