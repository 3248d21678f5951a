"""The same sweep by Ray with one and with two workers: what spreading costs in time and memory."""

from __future__ import annotations

import gc
import os
import statistics
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import ray

from sweeps.adapters.flights import size
from sweeps.adapters.local_executor import LocalExecutor
from sweeps.adapters.ray_executor import RayExecutor
from sweeps.days import Days
from tests.bench.board import Board, Target
from tests.bench.composing import configured, overrides
from tests.bench.span import Span
from tests.bench.sweeping import AXES, Run, sweep
from tests.bench.timing import compared

LEAST_GAIN: Final = 1.8
MOST_BYTES: Final = 1.1
SETTLED_S: Final = 2.0
"""Ray says what its store holds about once a second."""
LOCAL: Final = "this process"
WALKED: Final = 960
REENTRY: Final = ("strategy.exit.reentry=asap", "strategy.exit.max_reentries=2")
"""Sets that are walked second by second, so that trading takes most of the time, not collecting."""


@dataclass(frozen=True)
class Held:
    """What a sweep left in memory, bytes."""

    store: int
    private: list[int]
    """Of each worker, apart from the days it shares."""
    shared: list[int]


def bench(span: Span, rounds: int, count: int) -> list[Board]:
    """Measure a sweep that mostly collects, and one that mostly computes: the second shows what a worker adds."""
    collecting = _board("ray", f"Evaluation of {count:,} sets", span, rounds, count)
    computing = _board("walked", f"Evaluation of {min(count, WALKED):,} sets that are walked", span, rounds,
                       min(count, WALKED), *REENTRY)  # fmt: skip
    return [collecting, replace(computing, targets=computing.targets[:1])]


def _board(key: str, title: str, span: Span, rounds: int, count: int, *more: str) -> Board:
    """Day-backtests per second of wall time from the first task to the last outcome, start of Ray apart."""
    (config,) = configured(overrides(span, AXES[count], "executor=ray", *more))
    span.store.build(span.dates)
    rates: dict[str, list[float]] = {}
    runs: dict[str, list[Run]] = {}
    held: dict[str, Held] = {}
    for _ in range(rounds):
        for name, workers in {LOCAL: 0, "Ray, 1 worker": 1, "Ray, 2 workers": 2}.items():
            gc.collect()
            with closing(RayExecutor(workers, None) if workers else LocalExecutor()) as executor:
                sweep(span, config, executor)  # workers load what they need, and the days go to the store
                run = sweep(span, config, executor)
                if workers:
                    held[name] = _held()
            runs.setdefault(name, []).append(run)
            rates.setdefault(name, []).append(count * len(span.dates) / run.evaluation)
    found = compared(rates)
    gains = [one.evaluation / two.evaluation for one, two in zip(*list(runs.values())[1:], strict=True)]
    distinct = sum(map(size, map(Days(config).load, span.dates)))
    two = held["Ray, 2 workers"]
    return Board(
        key,
        f"{title} on {len(span.dates)} simulated days",
        "day-backtests per second of wall time",
        found,
        targets=(
            Target(f"{title}: two workers, in times of one", LEAST_GAIN, statistics.median(gains)),
            Target(
                "bytes in the object store, in those of distinct days", MOST_BYTES, two.store / distinct, at_most=True
            ),
        ),
        notes=tuple(_told(name, runs[name], held.get(name)) for name in runs),
    )


def _told(name: str, runs: list[Run], held: Held | None) -> str:
    wall, evaluation = (statistics.median(getattr(run, what) for run in runs) for what in ("wall", "evaluation"))
    said = f"{name}: {evaluation:.2f} s evaluation, {wall:.2f} s in all"
    if held is None:
        return said
    workers = " and ".join(f"{own / 1e6:.0f} MB + {shared / 1e6:.0f} MB shared" for own, shared in
                           zip(held.private, held.shared, strict=True))  # fmt: skip
    return f"{said}; object store {held.store / 1e6:.1f} MB; workers {workers}"


def _held() -> Held:
    stats = [_memory(folder) for folder in Path("/proc").glob("[0-9]*") if _is_ours(folder)]
    time.sleep(SETTLED_S)
    free, whole = (known()["object_store_memory"] for known in (ray.available_resources, ray.cluster_resources))
    return Held(
        int(whole - free),
        [one["RssAnon"] for one in stats],
        [one["RssShmem"] for one in stats],
    )


def _is_ours(folder: Path) -> bool:
    """Whether a process is a worker that this process' own Ray started."""
    try:
        if not (folder / "cmdline").read_bytes().startswith((b"ray::IDLE", b"ray::_evaluate")):
            return False
        parents = [_parent(folder)]
        while parents[-1] > 1:
            parents.append(_parent(Path("/proc") / str(parents[-1])))
    except OSError:
        return False  # it is gone
    return os.getpid() in parents


def _parent(folder: Path) -> int:
    return int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])


def _memory(folder: Path) -> dict[str, int]:
    lines = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return {name: int(lines[name].split()[0]) * 1024 for name in ("RssAnon", "RssShmem")}
