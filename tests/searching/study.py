"""A search with a twelfth of a grid's trials against the whole grid, on simulated days."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from nfops.market import Market
from nfops.metrics import objective
from nfops.packing import pack
from nfops.synth import synthesize
from nfops.types import FloatArray, Int64Array
from sweeps import run
from sweeps.adapters.tpe_searcher import TpeSearcher
from sweeps.config import SweepConfig, build
from sweeps.evaluation import Evaluation, searcher_of
from sweeps.home import folder
from sweeps.outcome import Collected

SYMBOL = "NIFTY"
AXES = (
    f"strategy.entry.at={','.join(f'{at // 60:02d}:{at % 60:02d}' for at in range(560, 800, 10))}",
    "strategy.exit.stop_pct=interval(5,100)",
    f"strategy.exit.target_pct={','.join(str(at) for at in range(5, 65, 5))}",
    "strategy.exit.exit_at=14:00,14:30,15:00,15:15",
)
"""24 entries x 20 stops x 12 targets x 4 exits = 23,040 sets."""


@dataclass(frozen=True)
class Study:
    """A folder, what of it is swept, and which days."""

    root: Path
    axes: tuple[str, ...]
    first: dt.date
    last: dt.date

    def prepare(self) -> None:
        """Simulate and pack the days, unless that was done before."""
        if (self.root / "packed").exists():
            return
        market = Market.load(folder("meta"))
        synthesize(SYMBOL, self.first, self.last, self.root / "raw", market=market)
        pack([self.root / "raw"], "nfopslab", SYMBOL, self.root, market)
        shutil.rmtree(self.root / "raw")

    def swept(self, name: str, *words: str) -> tuple[dict[str, Any], pl.DataFrame]:
        """Run a sweep into the folder ``name``; give the configuration and the trials."""
        into = self.root / name
        span = (f"symbol={SYMBOL}", f"span.start={self.first}", f"span.end={self.last}", "executor=local")
        kept = ("record=none", "record.fills=none", f"paths.data={self.root}", f"paths.sweep={into}")
        code = run.main(["-m", *span, *kept, *self.axes, *words])
        assert code == run.DONE, f"the sweep ended with {code}"
        summary = yaml.safe_load((into / "sweep.json").read_text())
        return summary["config"], pl.read_parquet(into / "trials.parquet")


def asked(plain: Mapping[str, Any], goal: str, name: str, **given: object) -> SweepConfig:
    """Give the configuration of a grid with another search and objective."""
    group = yaml.safe_load((folder("conf") / "search" / f"{name}.yaml").read_text())
    return build({**plain, "objective": goal, "search": {**group, **given}})


def best_found(config: SweepConfig, trials: pl.DataFrame) -> float:
    """Play a search on the grid's own table of trials; give how near its best comes to the grid's, 1 at the best."""
    searcher, search = searcher_of(config), config.search
    scores, excess, seen = search.scores(trials), search.excess(trials), np.zeros(0, np.int64)
    while (positions := searcher.ask()) is not None:
        searcher.tell(positions, scores[positions], excess[positions])
        seen = np.concatenate([seen, positions])
    assert len(np.unique(seen)) == search.trials(len(config.grid))
    assert objective(config.objective).maximise
    return share(scores[:, 0], seen)


def share(scores: FloatArray, seen: Int64Array) -> float:
    """Give the best score that was seen as a share of the best there is, which must be a gain."""
    most = float(np.nanmax(scores))
    assert most > 0.0
    return float(np.nanmax(scores[seen])) / most


@dataclass
class Clock:
    """Seconds in a searcher, and in the evaluation of its trials with it; writing files is not counted."""

    searching: float = field(default=0.0)
    whole: float = field(default=0.0)

    @property
    def overhead(self) -> float:
        """Share of the time that went into searching."""
        return self.searching / self.whole


def timed(study: Study, name: str, *words: str) -> Clock:
    """Run a sweep of which no result is known, and take the time that its searcher needs."""
    clock = Clock()

    class Timed(TpeSearcher):
        def ask(self) -> Int64Array | None:
            began = time.perf_counter()
            try:
                return super().ask()
            finally:
                clock.searching += time.perf_counter() - began

        def tell(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
            began = time.perf_counter()
            super().tell(positions, scores, excess)
            clock.searching += time.perf_counter() - began

    evaluated = Evaluation.search

    def search(self: Evaluation, *given: Any) -> Collected:
        began = time.perf_counter()
        try:
            return evaluated(self, *given)
        finally:
            clock.whole += time.perf_counter() - began

    shutil.rmtree(study.root / "cache" / "results", ignore_errors=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sweeps.evaluation.TpeSearcher", Timed)
        patched.setattr(Evaluation, "search", search)
        study.swept(name, *words)
    return clock
