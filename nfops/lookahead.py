"""Whether a strategy looks ahead, asked of the user's own days by changing the future and watching the past.

A day is built from its packed rows and traded; then everything after some second is rewritten (prices, trades, open
interest, quotes, which rows there are at all), and the day is built and traded again. What was filled up to that
second, and every exit decided up to it, must be the same. Rows are changed, not arrays, so that building is put to the
test too. Of two indices each is rewritten alone, and both together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import polars as pl

from nfops.costs.margin import PARAMS as MARGIN
from nfops.daycache import ChainDay, Companion, DayRows, build_day, day_rows
from nfops.engine import fill_table, past_of, run_day
from nfops.errors import ConfigError, DataError
from nfops.market import DayFacts, Market, Session
from nfops.packing.stamps import wall_clock
from nfops.params import Param, ParamBlock, Value
from nfops.strategies import Strategy
from nfops.types import FloatArray, sealed

KEPT: Final = 0.7
"""Share of the later rows that the other future has as well."""

PAST_DAYS: Final = 40
"""Days of a past that is drawn: at least as many as any parameter set here looks back on."""

Past: TypeAlias = Mapping[tuple[int, ...], FloatArray]

_DECIDED: Final = (
    "trial_id",
    "position",
    "leg",
    "symbol",
    "expiry",
    "right",
    "strike",
    "side",
    "lots",
    "decision_s",
    "reason",
    "kind",
)
_FILLED: Final = (*_DECIDED, "fill_s", "price_paise", "age_s")


@dataclass(frozen=True, slots=True)
class Dependency:
    """A fill or decision that changed although it lies before the change."""

    date: dt.date
    rewritten: tuple[str, ...]
    """Indices whose market was."""
    changed_after: str
    """Wall clock; everything later was rewritten."""
    trial: int
    setting: dict[str, Value]
    """Parameters of the trial that are not the strategy's defaults."""
    before: str
    after: str
    """The first different row, or that there is none."""


@dataclass(frozen=True, slots=True)
class LookaheadReport:
    """What was compared, and what was found."""

    days: int
    changes: int
    compared: int
    """Fills and decisions that were the same both times or should have been."""
    dependencies: tuple[Dependency, ...]
    """The first of each day and change, if any."""


def indices(strategy: Strategy, symbol: str) -> tuple[str, ...]:
    """Name what a strategy trades that starts from an index: that index, and its companion if it has one.

    Raises
    ------
    ConfigError
        When it trades two indices, but none with this one as the first.
    """
    pairs = strategy.entry.companion
    if not pairs:
        return (symbol,)
    if symbol not in pairs:
        raise ConfigError(f"{strategy.name} starts from {', '.join(pairs)}, not from {symbol}")
    return symbol, pairs[symbol]


def look_ahead(
    root: Path,
    symbol: str,
    market: Market,
    strategy: Strategy,
    dates: Sequence[dt.date],
    *,
    changes: int = 4,
    sets: int = 16,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> LookaheadReport:
    """Check a strategy on packed days.

    Parameters
    ----------
    dates
        Days with packed option rows of every index that is traded, ascending.
    changes
        Seconds of each day after which the market is rewritten, spread at random over the session.
    sets
        Parameter sets: the defaults, and others drawn around them.

    Raises
    ------
    ConfigError
        When a strategy of two indices does not start from this one.
    """
    symbols = indices(strategy, symbol)
    rng = np.random.default_rng(seed)
    block = varied(strategy, rng, sets)
    compared, tried, found = 0, 0, []
    days = zip(*(day_rows(root, name, dates, market) for name in symbols), strict=True)
    for done, given in enumerate(days, start=1):
        rows, facts = [of for _, of in given], [market.facts(name, given[0][0]) for name in symbols]
        known = [_built(*one) for one in zip(rows, facts, strict=True)]
        past = _drawn_past(known, facts, block, rng)
        before = _traded(known, facts, past, strategy, block)
        for after, which, other in _futures(rows, known, facts, changes, rng):
            same, different = _first_difference(before, _traded(other, facts, past, strategy, block), after)
            compared, tried = compared + same, tried + 1
            if different is not None:
                names = tuple(symbols[at] for at in which)
                found.append(_told(facts[0].session, names, after, different, strategy, block))
        if progress is not None:
            progress(done, len(dates))
    return LookaheadReport(len(dates), tried, compared, tuple(found))


def _futures(
    rows: Sequence[DayRows],
    known: Sequence[ChainDay | None],
    facts: Sequence[DayFacts],
    changes: int,
    rng: np.random.Generator,
) -> Iterator[tuple[int, tuple[int, ...], list[ChainDay | None]]]:
    """Give seconds, which of the indices are rewritten after them, each alone and all together, and the days then."""
    session, every = facts[0].session, range(len(facts))
    for after in np.sort(rng.integers(session.seconds // 20, session.seconds, changes)).tolist():
        other = [_built(rewritten(of, session, after, rng), facts[at]) for at, of in enumerate(rows)]
        for size in range(1, len(facts) + 1):
            for which in combinations(every, size):
                yield after, which, [(other if at in which else known)[at] for at in every]


def rewritten(rows: DayRows, session: Session, after: int, rng: np.random.Generator) -> DayRows:
    """Give the same rows up to second ``after``, and another market behind it."""
    return DayRows(*(None if frame is None else _other(frame, session, after, rng) for frame in rows))  # type: ignore[arg-type]


def _other(frame: pl.DataFrame, session: Session, after: int, rng: np.random.Generator) -> pl.DataFrame:
    moment = wall_clock(frame.schema["timestamp"])
    second = (moment - moment.dt.truncate("1d")).dt.total_seconds() - session.open
    factor = pl.Series(np.exp(rng.normal(0.0, 0.3, frame.height)))
    stays = pl.Series(rng.random(frame.height) < KEPT)
    later = second > after
    prices = [name for name in ("close", "bid", "ask") if name in frame.columns]
    counts = [name for name in ("vol_delta", "oi") if name in frame.columns]
    changed = frame.with_columns(
        *(pl.when(later).then(((pl.col(name) * factor * 20).round() / 20).clip(0.05)).otherwise(name).alias(name)
          for name in prices),
        *(pl.when(later).then((pl.col(name) * factor).cast(frame.schema[name])).otherwise(name).alias(name)
          for name in counts),
    )  # fmt: skip
    return changed.filter(~later | stays)


def varied(strategy: Strategy, rng: np.random.Generator, count: int) -> ParamBlock:
    """Draw a block of parameter sets around the defaults; the first row is the defaults."""
    rows = [strategy.schema.row({})]
    # How capital is counted decides nothing, so it stays as it is.
    drawn = [param for param in strategy.schema.params if param not in MARGIN]
    rows += [strategy.schema.row({p.path: _drawn(p, rng) for p in drawn}) for _ in range(count - 1)]
    return ParamBlock(strategy.schema, sealed(np.array(rows, np.int64)))


def _drawn(param: Param, rng: np.random.Generator) -> Value:
    """Draw one value of a parameter: half the time its default, else one near it; filters stay as they are.

    Drawn at random they would refuse most days, and what looks back needs days that are not built here.
    """
    if param.path.startswith("strategy.filters."):
        return param.default
    if rng.random() < 0.5 or param.kind in {"clocks", "flag"} or param.path.startswith(("data.", "costs")):
        return param.default
    if param.nullable and rng.random() < 0.3:
        return None
    if param.kind == "choice":
        return param.choices[int(rng.integers(min(len(param.choices), 3)))]
    if param.kind == "clock":
        minute = int(rng.integers(9 * 60 + 20, 15 * 60))
        return f"{minute // 60:02d}:{minute % 60:02d}"
    base = param.default if isinstance(param.default, (int, float)) and param.default else 10 * param.step
    steps = round(float(base) * float(rng.uniform(0.5, 2.0)) / param.step)
    return min(max(steps * param.step, param.low), param.high)


def _built(rows: DayRows, facts: DayFacts) -> ChainDay | None:
    """Build an index's day, if its rows make one."""
    try:
        return build_day(facts.symbol, facts.session, *rows, data_hash="")
    except DataError:
        return None


def _joined(days: Sequence[ChainDay | None], facts: Sequence[DayFacts], past: Past) -> ChainDay | None:
    """Give the first index's day, with the other's as its companion; none when one is lacking."""
    home, other = days[0], days[-1]
    if home is None or other is None:
        return None
    return home if other is home else replace(home, companion=Companion(other, facts[1], past))


def _drawn_past(
    days: Sequence[ChainDay | None], facts: Sequence[DayFacts], block: ParamBlock, rng: np.random.Generator
) -> Past:
    """Draw what two indices look back on: volatilities that hardly differed, so that today's distance is a signal.

    The days before are no future, so that any will do; the user's own would all have to be built.
    """
    day = _joined(days, facts, {})
    if day is None or day.companion is None:
        return {}
    volatilities = rng.normal(0.2, 0.002, (PAST_DAYS, len(days)))
    return dict.fromkeys(past_of(day, facts[0], block), volatilities)


def _traded(
    days: Sequence[ChainDay | None], facts: Sequence[DayFacts], past: Past, strategy: Strategy, block: ParamBlock
) -> pl.DataFrame:
    """Trade a day; one on which nothing can be built trades nothing."""
    day = _joined(days, facts, past)
    if day is None:
        return pl.DataFrame(schema=dict.fromkeys(_FILLED, pl.Int64))
    return fill_table(run_day(day, strategy, block, facts[0]), day, facts[0], np.arange(len(block)))


def _first_difference(
    known: pl.DataFrame, other: pl.DataFrame, after: int
) -> tuple[int, tuple[dict[str, object] | None, dict[str, object] | None] | None]:
    """Count what lies before the change, and give the first row that differs: as it was and as it is."""
    compared = 0
    for columns, early in ((_FILLED, pl.col("fill_s") <= after), (_DECIDED, _decided(after))):
        one, two = (frame.filter(early).select(columns).rows(named=True) for frame in (known, other))
        compared += len(one)
        for at in range(max(len(one), len(two))):
            was, now = (rows[at] if at < len(rows) else None for rows in (one, two))
            if was != now:
                return compared, (was, now)
    return compared, None


def _decided(after: int) -> pl.Expr:
    """Select exits decided up to a second; whether an entry is made also hangs on the price at its fill."""
    return (pl.col("kind") == "exit") & (pl.col("decision_s") <= after)


def _told(
    session: Session,
    names: tuple[str, ...],
    after: int,
    different: tuple[dict[str, object] | None, dict[str, object] | None],
    strategy: Strategy,
    block: ParamBlock,
) -> Dependency:
    clock = session.open + after
    trial = int(str((different[0] or different[1] or {})["trial_id"]))
    mine = block.decoded(trial)
    setting = {p.path: mine[p.path] for p in strategy.schema.params if mine[p.path] != p.default}
    before, now = ("nothing" if row is None else " ".join(map(str, row.values())) for row in different)
    moment = f"{clock // 3600:02d}:{clock // 60 % 60:02d}:{clock % 60:02d}"
    return Dependency(session.date, names, moment, trial, setting, before, now)
