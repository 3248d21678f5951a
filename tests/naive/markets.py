"""Random markets with everything a real file can hold: silence, nulls, zeros, late and dead strikes, odd stamps."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from nfops.daycache import ChainDay, Companion, Earlier, build_day
from nfops.market import DayFacts, Session
from tests.days import MARKET, facts, market_rows, options, spot
from tests.naive.market_view import MarketView

LEVELS = {"NIFTY": 21_500, "BANKNIFTY": 45_500}


@dataclass(frozen=True)
class Scene:
    """What is asked of a random market."""

    name: str
    date: dt.date
    seed: int
    symbol: str = "NIFTY"
    segments: tuple[tuple[int, int], ...] | None = None
    """Hours instead of those of the date."""
    expiries: tuple[str, ...] = ("0", "1")
    with_spot: bool = True
    silent_end: int = 0
    """Seconds before the close in which the index, or without one every option, is silent."""
    grain: float = 0.05
    """Option prices in rupees are multiples of it, those of the index of five of it; a coarse one makes many ties."""
    with_future: bool = False
    kinds: tuple[str, ...] = ("tick", "bar", "snapshot")
    """Of the option rows."""
    width: int = 60
    """Time value of the nearest expiry at the money, in rupees for strikes 50 apart."""

    @property
    def facts(self) -> DayFacts:
        """Dated facts, with the scene's hours."""
        known = MARKET.facts(self.symbol, self.date)
        if self.segments is None:
            return known
        session = Session(self.date, "shortened", self.segments)
        closes = {day: session.close if day == self.date else close for day, close in known.closes.items()}
        return replace(known, session=session, closes=closes)


FIRST, LAST = dt.date(2019, 6, 3), dt.date(2026, 9, 30)
"""Dates of random scenes."""


def random_scene(rng: np.random.Generator, number: int) -> Scene:
    """Draw a date, every third an expiry, and its circumstances; most have forty minutes, one in twenty is whole."""
    dates, symbol = MARKET.trading_days(FIRST, LAST), str(rng.choice(["NIFTY", "BANKNIFTY"]))
    date = dates[int(rng.integers(len(dates)))]
    if rng.random() < 0.33:
        date = MARKET.expiry(symbol, date, "0")
    session = MARKET.session(date)
    start = session.open + 60 * int(rng.integers(max(1, (session.seconds - 3_600) // 60)))
    short = rng.choice(["whole", "one", "two"], p=[0.05, 0.6, 0.35])
    parts = {
        "whole": None,
        "one": ((start, start + 2_400),),
        "two": ((start, start + 1_200), (start + 2_400, start + 3_600)),
    }
    return Scene(
        f"random day {number}",
        date,
        int(rng.integers(1 << 31)),
        symbol=symbol,
        segments=parts[str(short)],
        expiries=(("0",), ("0", "1"), ("0", "1", "monthly"))[int(rng.integers(3))],
        with_spot=bool(rng.random() < 0.8),
        silent_end=700 if rng.random() < 0.2 else 0,
        grain=float(rng.choice([0.05, 0.05, 1, 5])),
        with_future=bool(rng.random() < 0.4),
        kinds=(("tick", "bar", "snapshot"), ("tick",), ("bar", "snapshot"))[int(rng.integers(3))],
        width=int(rng.choice([2, 60, 60, 150])),
    )


@dataclass(frozen=True, eq=False)
class RandomMarket:
    """The same rows as the engine and as the twin see them."""

    facts: DayFacts
    today: ChainDay
    view: MarketView


def random_market(scene: Scene) -> RandomMarket:
    """Draw a market."""
    known, rng = scene.facts, np.random.default_rng(scene.seed)
    session, level = known.session, LEVELS[scene.symbol]
    path = level + np.cumsum(rng.normal(0, level / 18_000, session.seconds))
    chain = _chains(rng, scene, known, path)
    index = _stamped(_index(rng, scene, path, session.seconds - scene.silent_end), session) if scene.with_spot else None
    future = _future(rng, scene, known, path) if scene.with_future else None
    view = MarketView(session, chain, index, future, scene.symbol)
    earlier = _earlier(scene, view)
    today = replace(build_day(scene.symbol, session, chain, index, future, scene.name), earlier=earlier)
    return RandomMarket(known, today, view)


def _earlier(scene: Scene, view: MarketView) -> Earlier:
    """Draw what filters ask of the days before; some scenes have no previous close."""
    rng = np.random.default_rng([scene.seed, 1])
    closes: dict = {}
    if scene.seed % 5 != 4:
        view.previous_close = int(LEVELS[scene.symbol] * (100 + 0.3 * rng.standard_normal()))
        closes = SamePast(past=view.previous_close)
    past = np.where(rng.random(30) < 0.1, np.nan, rng.uniform(0.05, 0.4, 30))
    view.past_volatilities = past.tolist()
    return Earlier(closes, SamePast(past=past))


class SamePast(dict):
    """Numbers of earlier days that are the same whatever is asked for."""

    def get(self, key: object, default: object = None) -> object:
        del key, default
        return self["past"]


def paired_market(scene: Scene) -> RandomMarket:
    """Draw a market and one of another index beside it, with a past."""
    home, rng = random_market(scene), np.random.default_rng(scene.seed + 500)
    symbol = "NIFTY" if scene.symbol == "BANKNIFTY" else "BANKNIFTY"
    other = random_market(replace(scene, symbol=symbol, seed=scene.seed + 1000))
    past = rng.normal(0.2, 0.05, (30, 2))
    today = replace(home.today, companion=Companion(other.today, other.facts, SamePast(past=past)))
    home.view.companion, home.view.companion_facts, home.view.past = other.view, other.facts, past.tolist()
    return RandomMarket(home.facts, today, home.view)


def plain_market(seed: int) -> RandomMarket:
    """The whole day of :func:`tests.days.market_rows`."""
    rows, index = market_rows(seed)
    packed, prices, today = options(rows).sort("timestamp", maintain_order=True), spot(index), facts()
    return RandomMarket(
        today,
        build_day("NIFTY", today.session, packed, prices, None, "plain"),
        MarketView(today.session, packed, prices),
    )


def _stamped(rows: pl.DataFrame, session: Session) -> pl.DataFrame:
    """Packed rows in order of time; a stable sort keeps the order of rows of one stamp."""
    opened = dt.datetime.combine(session.date, dt.time()) + dt.timedelta(seconds=session.open)
    stamp = pl.lit(opened) + pl.duration(milliseconds=(pl.col("at") * 1000).round().cast(pl.Int64))
    return (
        rows.with_columns(stamp.cast(pl.Datetime("ns")).dt.replace_time_zone("Asia/Kolkata").alias("timestamp"))
        .sort("timestamp", maintain_order=True)
        .drop("at")
    )


def _index(rng: np.random.Generator, scene: Scene, path: np.ndarray, quiet: int) -> pl.DataFrame:
    """Rows each few seconds: late at the open, with two silences, and one row before the session."""
    times = np.flatnonzero(rng.random(len(path)) < 0.3)
    keep = (times >= len(path) // 40) & (times < quiet)
    for start in rng.integers(0, len(path), 2):
        keep &= (times < start) | (times >= start + len(path) // 15)
    times = np.append(-30, times[keep])
    grain = 5 * scene.grain
    close = (np.round(path[np.maximum(times, 0)] / grain) * grain).round(2)
    return pl.DataFrame({"at": times + rng.choice([0, 0.25, 0.999], len(times)), "close": close})


def _future(rng: np.random.Generator, scene: Scene, known: DayFacts, path: np.ndarray) -> pl.DataFrame:
    """Rows of the near future, a little above the index."""
    times = np.flatnonzero(rng.random(len(path)) < 0.2)
    rows = _rows(rng, scene, times + 0.0, path[times] + 30)
    return _stamped(rows.with_columns(pl.lit(known.monthly).alias("expiry")), known.session)


def _chains(rng: np.random.Generator, scene: Scene, known: DayFacts, path: np.ndarray) -> pl.DataFrame:
    """Rows of both rights of twenty-one strikes of each expiry."""
    step, level = known.strike_step // 100, LEVELS[scene.symbol]
    rows = []
    for at, expiry in enumerate(sorted({known.expiry(which) for which in scene.expiries})):
        width = (scene.width + 40 * at) * step / 50
        for strike in range(level - 10 * step, level + 11 * step, step):
            for right, sign in (("CE", 1), ("PE", -1)):
                inside = sign * (path - strike)
                worth = (inside + np.sqrt(inside**2 + 4 * width**2)) / 2
                who = {"expiry": pl.lit(expiry), "strike": pl.lit(strike, pl.Int32), "opt_type": pl.lit(right)}
                rows.append(_contract(rng, scene, known.session, worth).with_columns(**who))
    return _stamped(pl.concat(rows), known.session)


def _contract(rng: np.random.Generator, scene: Scene, session: Session, worth: np.ndarray) -> pl.DataFrame:
    """Rows of one contract, which may be busy or hardly traded, begin late, or fall silent early."""
    length = len(worth)
    begins = rng.integers(length // 2) if rng.random() < 0.06 else -20
    ends = rng.integers(length // 2, length) if rng.random() < 0.2 else length + 20
    if not scene.with_spot and scene.silent_end:
        ends = min(ends, length - scene.silent_end)
    often = rng.choice([0.2, 0.06, 0.02, 0.004, 0.0], p=[0.3, 0.4, 0.22, 0.07, 0.01])
    times = np.flatnonzero(rng.random(length + 40) < often) - 20
    # Some rows fall into the second of the row before; one at the very close of a segment belongs to its last second.
    times = np.repeat(times, 1 + (rng.random(len(times)) < 0.1)) + 0.0
    times += np.sort(rng.choice([0, 0.25, 0.999], len(times)))
    closes = [end - session.open for _, end in session.segments] if often else []
    times = np.sort(np.append(times, closes))
    times = times[(times >= begins) & (times < ends)]
    return _rows(rng, scene, times, worth[np.clip(times.astype(int), 0, length - 1)])


def _rows(rng: np.random.Generator, scene: Scene, times: np.ndarray, worth: np.ndarray) -> pl.DataFrame:
    """Prices around what the contract is worth; some rows are quotes only, some tell no volume, some none."""
    count, grain = len(times), scene.grain
    noisy = np.maximum(np.round((worth + rng.normal(0, 1, count)) / grain) * grain, grain).round(2)
    kind = rng.choice(["trade", "quote", "untraded", "unsaid"], count, p=[0.7, 0.1, 0.1, 0.1])
    spread = rng.choice([0.05, 0.5], count)
    # Mostly small trades, now and then a burst of large ones.
    traded = 50.0 * rng.integers(1, 4, count) * np.where(np.arange(count) // 12 % 9 == 4, 20, 1)
    return pl.DataFrame(
        {
            "at": times,
            "close": pl.Series(np.where(kind == "quote", np.nan, noisy)).fill_nan(None),
            "vol_delta": pl.Series(np.select([kind == "trade", kind == "unsaid"], [traded, np.nan], 0.0))
            .fill_nan(None)
            .cast(pl.Int64),
            "oi": pl.Series(np.where(rng.random(count) < 0.3, np.nan, 1000.0 + 50 * rng.integers(0, 40, count)))
            .fill_nan(None)
            .cast(pl.Int64),
            "bid": _some(rng, np.maximum(noisy - spread, 0.05).round(2)),
            "ask": _some(rng, (noisy + spread).round(2)),
            "kind": rng.choice(scene.kinds, count),
        },
        schema_overrides={"at": pl.Float64, "close": pl.Float64, "kind": pl.String},
    )


def _some(rng: np.random.Generator, quotes: np.ndarray) -> pl.Series:
    """Half of the quotes, and some zeros, among nulls."""
    chance = rng.random(len(quotes))
    return pl.Series(np.select([chance < 0.4, chance < 0.5], [np.nan, 0.0], quotes)).fill_nan(None)
