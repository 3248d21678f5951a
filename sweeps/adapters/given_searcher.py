"""A search whose trials are known already: what another search chose."""

from __future__ import annotations

from nfops.types import FloatArray, Int64Array


class GivenSearcher:
    """One generation: the positions ``(n,)`` in the grid it was given."""

    def __init__(self, positions: Int64Array) -> None:
        self._positions: Int64Array | None = positions

    def ask(self) -> Int64Array | None:
        """Give the positions, once."""
        asked, self._positions = self._positions, None
        return asked

    def tell(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Learn nothing."""
