"""Which windows of a walk-forward were looked at before: with other settings, or by a plain sweep of their days."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from nfops.tries import Look, Seen, Shown, burnt_by, first_look, seen_by, set_keys
from nfops.walkforward import Window
from sweeps.config import SweepConfig
from sweeps.evaluation import parts_of

NAMED: Final = 3
"""Sweeps that wf.json names for a window; of more it says how many."""


def look_of(config: SweepConfig, window: Window) -> Look:
    """Describe a window by everything that decides its result but data and code."""
    search = config.search
    # A grid has no seed and no generations.
    way = (search.name, search.n_trials, search.constraints) if search.name == "grid" else search
    said = (
        set_keys(config.symbol, " ".join(parts_of(config)), config.grid.block(0, 1)).tolist(),
        sorted((path, codes) for path, codes in config.grid.axes.items() if len(codes) > 1),
        config.objective,
        way,
        [[str(date) for date in days] for days in (window.train, window.test)],
    )
    settings = hashlib.blake2b(repr(said).encode(), digest_size=16).hexdigest()
    return Look(settings, window.test[0], window.test[-1])


def burnt_windows(config: SweepConfig, seen: Sequence[Seen], windows: Sequence[Window]) -> list[dict[str, Any]]:
    """List the windows whose test days were looked at with other settings, and by which runs, for wf.json."""
    found = []
    for window in windows:
        look = look_of(config, window)
        if earlier := burnt_by(look, seen):
            by = [
                {"run": one.run, "when": one.when, "first": str(one.look.first), "last": str(one.look.last)}
                for one in earlier
            ]
            found.append({"window": window.number, "first": str(look.first), "last": str(look.last), "by": by})
    return found


def seen_windows(
    config: SweepConfig, seen: Sequence[Seen], shown: Sequence[Shown], windows: Sequence[Window]
) -> list[dict[str, Any]]:
    """List the windows of which plain sweeps have shown test days, and the first of these sweeps, for wf.json."""
    found = []
    for window in windows:
        look = look_of(config, window)
        if earlier := seen_by(window.test, shown, first_look(look, seen)):
            by = [
                {"run": one.run, "when": one.when, "first": str(min(one.days)), "last": str(max(one.days))}
                for one in earlier[:NAMED]
            ]
            days = {"first": str(look.first), "last": str(look.last)}
            found.append({"window": window.number, **days, "by": by, "sweeps": len(earlier)})
    return found
