"""Searches that ask for everything at once and learn nothing: the whole grid, random draws, a Sobol sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.stats import qmc

from nfops.params import ParamGrid
from nfops.types import FloatArray, Int64Array
from sweeps.search import Search

DENSE: Final = 4
"""A random search over less than so many times its trials is a shuffled grid."""

ROUNDS: Final = 64
"""Draws of a whole design before what is left is taken in order."""


class DesignSearcher:
    """One generation of distinct combinations, in the order of the design."""

    def __init__(self, grid: ParamGrid, search: Search) -> None:
        self._grid, self._search = grid, search
        self._asked = False

    def ask(self) -> Int64Array | None:
        """Give the positions ``(n,)`` in the grid of all trials, once."""
        if self._asked:
            return None
        self._asked = True
        count = len(self._grid)
        wanted = min(self._search.n_trials or count, count)
        if wanted == count:
            return np.arange(count)
        if self._search.name == "grid":
            return np.arange(wanted)
        return self._random(wanted) if self._search.name == "random" else self._sobol(wanted)

    def tell(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Learn nothing."""

    def _random(self, wanted: int) -> Int64Array:
        rng, count = np.random.default_rng(self._search.seed), len(self._grid)
        if count < DENSE * wanted:
            return np.asarray(rng.permutation(count)[:wanted], np.int64)
        return _distinct(lambda: rng.integers(count, size=2 * wanted), wanted, count)

    def _sobol(self, wanted: int) -> Int64Array:
        sizes = self._grid.shape
        sequence = qmc.Sobol(len(sizes), rng=np.random.default_rng(self._search.seed))
        power = max(1, (wanted - 1).bit_length())

        def draw() -> Int64Array:
            at = np.floor(sequence.random(2**power) * sizes).astype(np.int64)
            return np.asarray(np.ravel_multi_index(tuple(at.T), sizes), np.int64)

        return _distinct(draw, wanted, len(self._grid))


def _distinct(draw: Callable[[], Int64Array], wanted: int, count: int) -> Int64Array:
    """Draw until so many positions are distinct; the last ones, if they stay away, are the first of the grid left."""
    found: dict[int, None] = {}
    for _ in range(ROUNDS):
        found |= dict.fromkeys(draw().tolist())
        if len(found) >= wanted:
            break
    else:
        found |= dict.fromkeys(at for at in range(min(count, 2 * wanted)) if at not in found)
    return np.array(list(found)[:wanted], np.int64)
