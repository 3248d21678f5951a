"""Which rows of parameters are alike."""

from __future__ import annotations

import numpy as np

from nfops.types import Int64Array


def distinct(values: Int64Array) -> tuple[Int64Array, Int64Array]:
    """Tell which rows of ``values`` (P, F) are alike; distinct ones are numbered in ascending order.

    What ``numpy.unique`` tells of rows, found column by column, which takes a tenth of the time: parameters have few
    values each.

    Returns
    -------
    The first row of each ``(K,)``, and for each row which one it is ``(P,)``.
    """
    which = np.zeros(len(values), np.int64)
    for column in values.T:
        if (column != column[:1]).any():
            codes = _ranks(column)
            which = _ranks(which * (codes.max() + 1) + codes)
    heads = np.zeros(which.max(initial=-1) + 1, np.int64)
    heads[which[::-1]] = np.arange(len(values))[::-1]  # of what is written to one place, the last stays
    return heads, which


def _ranks(numbers: Int64Array) -> Int64Array:
    """Give the place of each of ``numbers`` (P,) among their distinct values."""
    least = numbers.min()
    reach = int(numbers.max() - least) + 1
    if reach > 4 * len(numbers) + 1_000:
        return np.unique(numbers, return_inverse=True)[1].astype(np.int64)
    there = np.zeros(reach, np.int64)
    there[numbers - least] = 1
    ranks: Int64Array = (np.cumsum(there) - 1)[numbers - least]
    return ranks
