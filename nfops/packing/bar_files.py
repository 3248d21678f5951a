"""Bar files under ``data/bars``, laid out like the packed files they are made from."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from nfops.errors import ConfigError
from nfops.files import replacing
from nfops.market import Market
from nfops.packing.bars import Label, bars_of, interval_seconds
from nfops.packing.layouts.base import Segment
from nfops.packing.store import PackedDays
from nfops.processes import spawned

_MADE_FROM = "nfops.made_from"


@dataclass(frozen=True, slots=True)
class BarsReport:
    """Bar files written, those that were up to date, and bars in those written."""

    written: int
    skipped: int
    bars: int


@dataclass(frozen=True, slots=True)
class _Job:
    source: Path
    target: Path
    made_from: str
    seconds: int
    label: Label
    fill: bool


def bar_path(root: Path, packed: str, interval: str) -> Path:
    """Place of the bars of a packed file, ``packed`` below the root: ``strike=28500/bars_1m.parquet``."""
    below = Path(packed).relative_to("packed")
    folder = below.parent if below.name == "ticks.parquet" else below.with_suffix("")
    return root / "bars" / folder / f"bars_{interval}.parquet"


def write_bars(
    root: Path,
    symbol: str,
    market: Market,
    interval: str,
    segments: Sequence[Segment],
    *,
    label: Label = "start",
    fill: bool = False,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> BarsReport:
    """Write the bars of every packed file of a symbol; files whose source did not change are left as they are.

    Raises
    ------
    ConfigError
        When the interval is none, or nothing is packed.
    """
    seconds = interval_seconds(interval)
    packed = PackedDays.open(root, symbol).manifest.filter(pl.col("segment").is_in(list(segments)))
    if packed.is_empty():
        raise ConfigError(f"no {', '.join(segments)} of {symbol} is packed under {root}")
    jobs = [
        _Job(root / path, bar_path(root, path, interval), f"{content} {seconds} {label} {fill}", seconds, label, fill)
        for path, content in packed.select("path", "content_hash").iter_rows()
    ]
    todo = [job for job in jobs if not _is_current(job)]
    bars = 0
    for done, count in enumerate(_results(todo, market, workers), start=1):
        bars += count
        if progress is not None:
            progress(done, len(todo))
    return BarsReport(len(todo), len(jobs) - len(todo), bars)


def _is_current(job: _Job) -> bool:
    return job.target.exists() and pl.read_parquet_metadata(job.target).get(_MADE_FROM) == job.made_from


def _results(jobs: Sequence[_Job], market: Market, workers: int) -> Iterator[int]:
    if workers == 1 or len(jobs) <= 1:
        yield from (_write(job, market) for job in jobs)
        return
    with spawned(min(workers, len(jobs))) as pool:
        yield from pool.map(functools.partial(_write, market=market), jobs, chunksize=1 + len(jobs) // (16 * workers))


def _write(job: _Job, market: Market) -> int:
    bars = bars_of(pl.read_parquet(job.source, glob=False), market, job.seconds, label=job.label, fill=job.fill)
    with replacing(job.target) as part:
        bars.write_parquet(
            part, compression="zstd", compression_level=3, statistics=True, metadata={_MADE_FROM: job.made_from}
        )
    return bars.height
