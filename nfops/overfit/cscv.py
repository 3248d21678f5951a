"""Probability of backtest overfitting, by combinatorially symmetric cross-validation.

Days are cut into blocks of equal length; for every way to take half of them, the best trial of that half is looked up
on the other half. If it lies below the median there, the choice was overfitted.

D. Bailey, J. Borwein, M. Lopez de Prado and Q. Zhu, "The probability of backtest overfitting", Journal of Computational
Finance 20 (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from nfops.errors import DataError
from nfops.types import FloatArray, Int64Array

BLOCKS: Final = 16
_CELLS: Final = 4_000_000
"""Sharpe ratios held at a time."""


@dataclass(frozen=True, eq=False)
class Overfitting:
    """What became of the best trial of each half on the other one; C = binomial(blocks, blocks / 2) halves."""

    logits: FloatArray
    """(C,) ln(w / (1 - w)) of the relative rank w of the chosen trial; at most 0: below the median."""
    chosen: Int64Array
    """(C,) row of the trial that was best in the sample."""
    inside: FloatArray
    outside: FloatArray
    """(C,) its Sharpe ratio per day in the sample and out of it."""

    @property
    def probability(self) -> float:
        """Share of halves on whose other half the chosen trial is no better than the median."""
        return float((self.logits <= 0.0).mean())

    @property
    def loss(self) -> float:
        """Share of halves on whose other half the chosen trial loses money."""
        return float((self.outside < 0.0).mean())


def cscv(net: FloatArray, blocks: int = BLOCKS) -> Overfitting:
    """Cross-validate the choice of the best Sharpe ratio among trials.

    Parameters
    ----------
    net
        (P, D) daily results in any unit, of P >= 2 trials over the same days in order; D >= 2 * blocks. Nothing is
        missing. Days that are left over make some blocks one day longer.
    blocks
        Even number of blocks.

    Raises
    ------
    DataError
        With reason ``too_few`` when there is not enough to cut.
    """
    trials, days = net.shape
    if trials < 2 or blocks < 2 or blocks % 2 or days < 2 * blocks:
        raise DataError(
            f"cross-validation needs two trials, an even number of blocks and two days a block; got {trials} trials, "
            f"{blocks} blocks, {days} days", "too_few",
        )  # fmt: skip
    parts = np.array_split(np.arange(days), blocks)
    counts = np.array([len(part) for part in parts], np.float64)
    sums = np.stack([net[:, part].sum(axis=1) for part in parts])
    squares = np.stack([np.square(net[:, part]).sum(axis=1) for part in parts])
    halves = np.zeros((len(list(combinations(range(blocks), blocks // 2))), blocks))
    for row, half in zip(halves, combinations(range(blocks), blocks // 2), strict=True):
        row[list(half)] = 1.0
    step = max(_CELLS // trials, 1)
    found = [_judged(halves[at : at + step], counts, sums, squares) for at in range(0, len(halves), step)]
    return Overfitting(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _judged(
    half: FloatArray, counts: FloatArray, sums: FloatArray, squares: FloatArray
) -> tuple[FloatArray, Int64Array, FloatArray, FloatArray]:
    """Choose on each half and rank on the other one."""
    inside, outside = (_sharpe(side, counts, sums, squares) for side in (half, 1.0 - half))
    chosen = inside.argmax(axis=1)
    at = np.arange(len(half))
    met = outside[at, chosen]
    below, equal = (outside < met[:, None]).sum(axis=1), (outside == met[:, None]).sum(axis=1)
    rank = below + (equal + 1) / 2.0  # equals share the middle of their ranks
    relative = rank / (outside.shape[1] + 1)
    return np.log(relative / (1.0 - relative)), chosen, inside[at, chosen], met


def _sharpe(side: FloatArray, counts: FloatArray, sums: FloatArray, squares: FloatArray) -> FloatArray:
    """Sharpe ratio per day (halves, P) on the blocks of each half, from sums over blocks."""
    days = (side @ counts)[:, None]
    mean = side @ sums / days
    variance = np.maximum(side @ squares - days * mean**2, 0.0) / (days - 1.0)
    # What is left of a constant row by rounding is no deviation.
    real = variance > 1e-12 * mean**2
    return np.divide(mean, np.sqrt(variance), out=np.zeros_like(mean), where=real)
