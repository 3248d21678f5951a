"""From the words of a command line to the rows that kernels read, a combination of a large grid."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from nfops.params import Value
from nfops.strategies import strategy
from sweeps import run
from sweeps.config import SweepConfig, build_all
from tests.bench.board import Board, Target
from tests.bench.span import SYMBOL, Span
from tests.bench.timing import Contender, race

COUNT: Final = 100_000
MOST_MS: Final = 0.2
ONE_BY_ONE: Final = 500
"""Combinations that the baseline encodes: a plain loop over the product."""

AXES: Final[dict[str, list[Value]]] = {
    "strategy.entry.at": [f"{9 + at // 4:02d}:{at % 4 * 15:02d}" for at in range(2, 27)],
    "strategy.exit.leg_stop_pct": list(range(5, 45)),
    "strategy.exit.target_pct": list(range(5, 105, 5)),
    "strategy.exit.exit_at": ["15:05", "15:10", "15:15", "15:20", "15:25"],
}
LOOP: Final = "one by one, encoding alone"
WHOLE: Final = "nfops, overrides to rows"


def bench(span: Span, rounds: int) -> Board:
    """Combinations per CPU second, from Hydra's overrides to int64 rows, checks of the configuration included."""
    words = overrides(span, AXES)

    def compose() -> None:
        (config,) = configured(words)
        assert config.grid.block(0, len(config.grid)).values.shape[0] == COUNT

    def loop() -> None:
        schema = strategy("short_straddle").schema
        sets = itertools.islice(itertools.product(*AXES.values()), ONE_BY_ONE)
        assert len(np.array([schema.row(dict(zip(AXES, one, strict=True))) for one in sets])) == ONE_BY_ONE

    rates = race({LOOP: Contender(ONE_BY_ONE, loop), WHOLE: Contender(COUNT, compose)}, rounds)
    wanted = Target("overrides to rows: milliseconds a combination", MOST_MS, 1e3 / rates[WHOLE].rate, at_most=True)
    title = f"Composing a grid of {COUNT:,} combinations"
    return Board("compose", title, "combinations per second of CPU", rates, targets=(wanted,))


def overrides(span: Span, axes: Mapping[str, Sequence[Value]], *more: str) -> list[str]:
    """Give the words that sweep a straddle over ``axes`` on a span."""
    return [
        "-m",
        f"symbol={SYMBOL}",
        f"span.start={span.dates[0]}",
        f"span.end={span.dates[-1]}",
        f"paths.data={span.root.resolve()}",
        f"paths.sweep={span.root.resolve() / 'sweep'}",
        "strategy=short_straddle",
        "strategy.exit.stop_pct=null",
        "record=none",
        "record.fills=none",
        *(f"{path}={','.join(map(str, values))}" for path, values in axes.items()),
        *more,
    ]


def configured(words: Sequence[str]) -> list[SweepConfig]:
    """Take these words as far as checked configurations, as the command line does, and stop there."""
    with _stopping() as composed:
        assert run.main(list(words)) == run.DONE
    return build_all(composed)


@contextmanager
def _stopping() -> Iterator[list[dict[str, Any]]]:
    """Catch what would be run."""
    caught: list[dict[str, Any]] = []

    def keep(plains: list[dict[str, Any]], *_: object, **__: object) -> int:
        caught.extend(plains)
        return run.DONE

    with patch.object(run, "execute", keep):
        yield caught
