"""How many different parameter sets were ever tried on a symbol in a study."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from nfops.tries.keys import Keys
from nfops.tries.parts import Part, Parts, read_parts, write_part

SETS: Final = "set_key"


@dataclass(frozen=True, slots=True)
class Standing:
    """What was tried on a symbol in a study, by all runs together."""

    symbol: str
    study: str
    sets: int
    """Different parameter sets."""
    runs: int
    """Sweeps and walk-forwards, each counted by its folder, however often it was resumed."""
    first_day: str
    last_day: str
    """ISO dates of the first and the last day that any of them asked for."""
    since: str
    latest: str
    """ISO dates on which the first and the last of them were recorded."""
    damaged: int
    """Parts that cannot be read: with any, ``sets`` is only the least there can be."""


class Ledger:
    """The ledger of a data root."""

    def __init__(self, root: Path) -> None:
        self._root = root / "ledger" / "trials"

    def add(
        self, symbol: str, study: str, run: str, keys: Keys, span: tuple[dt.date, dt.date], when: dt.datetime
    ) -> int:
        """Record the sets that a run computed; return how many of them nobody had tried before.

        Parameters
        ----------
        run
            Folder of the run.
        keys
            ``(n,)`` uint64, see :func:`nfops.tries.set_keys`.
        span
            First and last day that the run asked for.
        """
        folder = self._root / symbol / study
        known, sets = read_parts(folder), np.unique(keys)
        said = {"symbol": symbol, "study": study, "run": run, "first": str(span[0]), "last": str(span[1])}
        if len(sets) and not any(_same(part, said, sets) for part in known.whole):
            write_part(folder, {**said, "when": when.isoformat()}, pl.DataFrame({SETS: sets}))
        return len(np.setdiff1d(sets, _union(known.whole)))

    def standing(self, symbol: str, study: str) -> Standing | None:
        """Sum up one study; None when nothing was ever tried in it."""
        return _standing(symbol, study, read_parts(self._root / symbol / study))

    def standings(self) -> list[Standing]:
        """Sum up every study, in order of symbol and study."""
        folders = {path.parent.relative_to(self._root).parts for path in self._root.rglob("*.parquet")}
        found = [self.standing(symbol, "/".join(study)) for symbol, *study in sorted(folders)]
        return [one for one in found if one is not None]


def _same(part: Part, said: dict[str, str], sets: Keys) -> bool:
    return all(part.said[name] == value for name, value in said.items()) and np.array_equal(_sets(part), sets)


def _standing(symbol: str, study: str, parts: Parts) -> Standing | None:
    said = [part.said for part in parts.whole]
    if not said and not parts.damaged:
        return None
    return Standing(
        symbol,
        study,
        sets=len(_union(parts.whole)),
        runs=len({one["run"] for one in said}),
        first_day=min((one["first"] for one in said), default=""),
        last_day=max((one["last"] for one in said), default=""),
        since=min((one["when"] for one in said), default="")[:10],
        latest=max((one["when"] for one in said), default="")[:10],
        damaged=len(parts.damaged),
    )


def _union(parts: Sequence[Part]) -> Keys:
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *map(_sets, parts)]))


def _sets(part: Part) -> Keys:
    return part.table[SETS].to_numpy()
