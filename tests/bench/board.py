"""What one measurement found: a table of rates, and targets that it was held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.timing import Rate


@dataclass(frozen=True)
class Target:
    """Something that was wanted, in words, and what was found; both in the same unit."""

    text: str
    wanted: float
    found: float
    at_most: bool = False
    """Less is better."""

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted

    @property
    def verdict(self) -> str:
        """Say it in words."""
        said = f"{self.text}: {self.found:.3g}, wanted {'at most' if self.at_most else 'at least'} {self.wanted:g}"
        if self.met:
            return f"met     {said}"
        return f"missed  {said} ({self.found / self.wanted if self.at_most else self.wanted / self.found:.2g} x off)"


@dataclass(frozen=True)
class Board:
    """Rates against the first one, the baseline."""

    key: str
    title: str
    unit: str
    rates: Mapping[str, Rate]
    floor: str | None = None
    """Name of the contender that does only what no program can leave out."""
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()

    def of_floor(self, name: str) -> float | None:
        """Rate of a contender in parts of the floor's."""
        return self.rates[name].rate / self.rates[self.floor].rate if self.floor else None
