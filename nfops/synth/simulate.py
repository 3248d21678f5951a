"""Writing a span of the simulated market as raw ``nfopslab`` files, with the quirks the real ones have.

Work is divided by expiry; the spot and the near future are one job each. Every random number is drawn from a generator
seeded by seed, symbol, date and contract, so neither the number of workers nor the span changes a contract's day.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from nfops.errors import ConfigError
from nfops.files import replacing
from nfops.market import Market
from nfops.market.tickers import option_name
from nfops.synth.options import forward, on_grid, value
from nfops.synth.path import OVERNIGHT, code, day_path, variance_years
from nfops.synth.ticks import Instrument, day_ticks
from nfops.types import YEAR_DAYS

STRIKES_EACH_WAY: Final = 12
WEEKLIES: Final = 1
BUSIEST_ROWS: Final = 2_500
QUIETEST_ROWS: Final = 60
FAR_EXPIRY: Final = 0.35
"""Activity of an expiry relative to the one before it."""

NIGHT_S: Final = 63_900
"""From a usual close to the next day's open."""

SPOT_ROWS: Final = 1_000_000
MICROSECOND_YEARS: Final = range(2019, 2022)
"""Files of these years carry time stamps in microseconds, later ones in nanoseconds."""


@dataclass(frozen=True, slots=True)
class SynthReport:
    """What was written, and which quirks were planted how often."""

    files: int
    rows: int
    planted: Counter[str]


@dataclass(frozen=True, slots=True)
class Job:
    """An expiry to simulate, or the spot or future (``expiry`` None)."""

    what: str
    expiry: dt.date | None


def synthesize(
    symbol: str,
    start: dt.date,
    end: dt.date,
    out: Path,
    *,
    seed: int = 7,
    market: Market,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> SynthReport:
    """Write raw files of every trading day of a span.

    Raises
    ------
    ConfigError
        When the symbol is unknown or no trading day lies in the span.
    """
    if symbol not in market.symbols:
        raise ConfigError(f"{symbol!r} is no known index; known: {', '.join(market.symbols)}")
    dates = market.trading_days(start, end)
    if not dates:
        raise ConfigError(f"no trading day lies between {start} and {end}")
    expiries = sorted({expiry for date in dates for expiry in listed(market, symbol, date)})
    jobs = [Job("spot", None), Job("futures", None), *(Job("options", expiry) for expiry in expiries)]
    files, rows, planted = 0, 0, Counter[str]()
    for done, (wrote, counted, quirks) in enumerate(_results(jobs, symbol, dates, out, seed, market, workers), start=1):
        files, rows, planted = files + wrote, rows + counted, planted + quirks
        if progress is not None:
            progress(done, len(jobs))
    spoiled = _spoil(out, symbol, dates[0])
    return SynthReport(files + sum(spoiled.values()), rows, planted + spoiled)


def listed(market: Market, symbol: str, date: dt.date) -> list[dt.date]:
    """Expiries that trade on a day: the nearest ones and the monthly."""
    return sorted({*market.expiries(symbol, date, WEEKLIES), market.expiry(symbol, date, "monthly")})


def _results(
    jobs: list[Job], symbol: str, dates: Sequence[dt.date], out: Path, seed: int, market: Market, workers: int
) -> Iterator[tuple[int, int, Counter[str]]]:
    if workers <= 1:
        yield from (run_job(job, symbol, dates, out, seed, market) for job in jobs)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        submitted = [pool.submit(run_job, job, symbol, dates, out, seed, market) for job in jobs]
        yield from (future.result() for future in as_completed(submitted))


def run_job(
    job: Job, symbol: str, dates: Sequence[dt.date], out: Path, seed: int, market: Market
) -> tuple[int, int, Counter[str]]:
    """Simulate one job; return files, rows and quirks."""
    if job.expiry is not None:
        return _options(symbol, job.expiry, dates, out, seed, market)
    return (_spot if job.what == "spot" else _future)(symbol, dates, out, seed, market)


def _options(
    symbol: str, expiry: dt.date, dates: Sequence[dt.date], out: Path, seed: int, market: Market
) -> tuple[int, int, Counter[str]]:
    step, lot = market.strike_step(symbol) // 100, market.lot_size(symbol, expiry)
    close = market.session(expiry).close
    pieces: dict[tuple[int, str], list[pl.DataFrame]] = {}
    planted: Counter[str] = Counter()
    for date in dates:
        if date > expiry or expiry not in listed(market, symbol, date):
            continue
        path = day_path(symbol, date, seed, market)
        busy = BUSIEST_ROWS * FAR_EXPIRY ** listed(market, symbol, date).index(expiry)
        whole = (expiry - date).days * 86_400 + close - path.session.open
        ahead = forward(path.spot, np.arange(whole, whole - path.session.seconds, -1, dtype=np.float64))
        before = forward(np.array([path.previous_close]), np.array([whole + NIGHT_S], np.float64))
        years = variance_years(path.session.seconds, len(market.trading_days(date + dt.timedelta(days=1), expiry)))
        middle = round(path.spot[0] / step)
        for strike in range((middle - STRIKES_EACH_WAY) * step, (middle + STRIKES_EACH_WAY + 1) * step, step):
            steps = abs(strike / step - path.spot[0] / step)
            for right in ("CE", "PE"):
                rng = np.random.default_rng(
                    [seed, code(symbol), date.toordinal(), expiry.toordinal(), strike, right == "PE"]
                )
                fair = value(ahead, path.implied, float(strike), years, right)
                kind = Instrument(lot, steps / STRIKES_EACH_WAY, QUIETEST_ROWS + busy * np.exp(-((steps / 5.0) ** 2)),
                                  int(rng.integers(200, 20_000)))  # fmt: skip
                yesterday = value(before, path.implied[:1], float(strike), years[:1] + OVERNIGHT / YEAR_DAYS, right)
                rows, quirks = day_ticks(path, fair, kind, float(on_grid(yesterday)[0]), rng)
                pieces.setdefault((strike, right), []).append(rows)
                planted.update(quirks)
    total, written = 0, 0
    kind_of = market.expiry_kind(symbol, expiry)
    for (strike, right), days in sorted(pieces.items()):
        name = option_name(symbol, expiry, kind_of, strike, right).lower()
        rows = pl.concat(days).with_columns(
            pl.lit(symbol).alias("symbol"),
            pl.lit(right).alias("opt_type"),
            pl.lit(strike).alias("strike"),
            pl.lit(expiry.year).alias("year"),
            pl.lit(expiry.month).alias("month"),
        )
        rng = np.random.default_rng([seed, expiry.toordinal(), strike, right == "PE"])
        if rng.random() < 0.5:
            rows = _epoch_first(rows)
            planted["epoch_first_row"] += 1
        total, written = total + _write(out / f"{name}.parquet", _unit(rows, expiry)), written + 1
        if rng.random() < 0.03:
            again = rows.tail(min(200, rows.height // 2))
            total, written = total + _write(out / "part2" / f"{name}.parquet", _unit(again, expiry)), written + 1
            planted["repeated_rows"] += again.height
    return written, total, planted


def _epoch_first(rows: pl.DataFrame) -> pl.DataFrame:
    """Stamp the first row 1970, as if no time had been set; its time stays in ``ts``."""
    first = pl.int_range(pl.len()) == 0
    epoch = pl.lit(dt.datetime(1970, 1, 1, 5, 30)).cast(pl.Datetime("us"))  # noqa: DTZ001 - vendor files carry no zone
    return rows.with_columns(pl.when(first).then(epoch).otherwise(pl.col("timestamp")).alias("timestamp"))


def _unit(rows: pl.DataFrame, expiry: dt.date) -> pl.DataFrame:
    unit = "us" if expiry.year in MICROSECOND_YEARS else "ns"
    return rows.with_columns(pl.col("timestamp", "ts", "lastTradeTime").cast(pl.Datetime(unit)))  # type: ignore[arg-type]


def _spot(symbol: str, dates: Sequence[dt.date], out: Path, seed: int, market: Market) -> tuple[int, int, Counter[str]]:
    days = []
    for date in dates:
        path = day_path(symbol, date, seed, market)
        rng = np.random.default_rng([seed, code(symbol), date.toordinal(), 1])
        seen = np.flatnonzero(rng.random(path.session.seconds) < 0.85)
        stamp = np.datetime64(date, "ns") + (path.session.open + seen).astype("timedelta64[s]")
        days.append(pl.DataFrame({"timestamp": stamp, "price": path.spot[seen]}))
    rows = pl.concat(days)
    parts = list(rows.iter_slices(SPOT_ROWS))
    for at, part in enumerate(parts, start=1):
        _write(out / f"{symbol.lower()}_spot_part_{at:03d}.parquet", part)
    return len(parts), rows.height, Counter()


def _future(
    symbol: str, dates: Sequence[dt.date], out: Path, seed: int, market: Market
) -> tuple[int, int, Counter[str]]:
    """Near-month futures in one file; the contract is known by the date alone."""
    days, planted = [], Counter[str]()
    for date in dates:
        path = day_path(symbol, date, seed, market)
        expiry = market.expiry(symbol, date, "monthly")
        rng = np.random.default_rng([seed, code(symbol), date.toordinal(), 2])
        whole = (expiry - date).days * 86_400 + market.session(expiry).close - path.session.open
        fair = forward(path.spot, np.arange(whole, whole - path.session.seconds, -1, dtype=np.float64))
        kind = Instrument(market.lot_size(symbol, expiry), 0.0, 12_000.0, int(rng.integers(100_000, 200_000)))
        rows, quirks = day_ticks(path, fair, kind, float(on_grid(np.array([path.previous_close]))[0]), rng)
        days.append(rows)
        planted.update(quirks)
    rows = pl.concat(days).with_columns(
        pl.lit(symbol).alias("symbol"), pl.lit("futures").alias("data_type"), pl.lit("2025-08-01").alias("processed_at")
    )
    return 1, _write(out / f"{symbol.lower()}_futures.parquet", rows), planted


def _spoil(out: Path, symbol: str, first: dt.date) -> Counter[str]:
    """Add files that cannot be used: empty ones and one whose name says nothing."""
    name = symbol.lower()
    empty = pl.DataFrame(schema={"timestamp": pl.Datetime("ns"), "price": pl.Float64})
    for strike in (100, 200, 300):
        _write(out / f"{name}{first.year % 100:02d}jan{strike}00ce.parquet", empty)
    _write(out / f"{name}_unknown_{first:%Y%m}.parquet", empty)
    return Counter(empty_file=3, misnamed_file=1)


def _write(path: Path, rows: pl.DataFrame) -> int:
    with replacing(path) as part:
        rows.write_parquet(part, compression="zstd", compression_level=1)
    return rows.height
