"""The configuration of a sweep as frozen values; every fault of it is told in one message."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nfops.daycache import DayStore
from nfops.errors import ConfigError, MetaError
from nfops.market import Market
from nfops.market.market import EVENTS
from nfops.metrics import OBJECTIVES
from nfops.params import Param, ParamGrid, Value
from nfops.strategies import Strategy, filters
from nfops.walkforward import Scheme
from sweeps.charged import unknown_charges
from sweeps.earlier import Earlier, earlier_of
from sweeps.home import folder
from sweeps.parameters import composed, parameters, steps
from sweeps.search import Search
from sweeps.walk_scheme import read_scheme

EXECUTORS: Final = ("ray", "local")
RECORDERS: Final = ("mlflow", "none")
FILLS: Final = ("all", "top", "none")
OPTIONAL: Final = ("executor.workers", "executor.patience_s", "record.runs")
"""Whole numbers that may be null, or absent from the configuration of an older sweep."""


@dataclass(frozen=True)
class Paths:
    """Root folders."""

    data: Path
    meta: Path
    mlruns: Path
    sweep: Path | None


@dataclass(frozen=True)
class SweepConfig:
    """One sweep, checked: what to run, on which days, how, and where the results go."""

    symbol: str
    start: dt.date
    end: dt.date
    strategy: Strategy
    grid: ParamGrid
    axes: Mapping[str, Sequence[Value]]
    objective: str
    study: str
    search: Search
    earlier: Sequence[Earlier]
    """Sweeps that the search is told before it begins."""
    seed: int
    block_size: int
    executor: str
    workers: int | None
    address: str | None
    runtime_env: Mapping[str, Any] | None
    patience_s: int | None
    """A cluster none of whose nodes has a core is given up after so long; None: never."""
    record: str
    record_fills: str
    record_top: int
    paths: Paths
    market: Market
    scheme: Scheme | None
    """How days are cut into windows; None: a sweep of all days."""
    resolved: Mapping[str, Any]
    """The plain configuration it was built from."""


def build(plain: Mapping[str, Any]) -> SweepConfig:
    """Check a resolved configuration.

    Raises
    ------
    ConfigError
        Naming everything that is wrong with it.
    """
    faults: list[str] = []
    paths = _paths(plain["paths"])
    try:
        market = Market.load(paths.meta)
    except MetaError as fault:
        raise ConfigError(str(fault)) from None
    start, end = (_date(plain["span"][edge], f"span.{edge}", faults) for edge in ("start", "end"))
    faults += _choice("symbol", plain["symbol"], market.symbols)
    faults += _choice("executor.name", plain["executor"]["name"], EXECUTORS)
    faults += _choice("record.name", plain["record"]["name"], RECORDERS)
    faults += _choice("record.fills", plain["record"]["fills"], FILLS)
    faults += _choice("objective", plain["objective"], tuple(OBJECTIVES))
    if start and end and start > end:
        faults.append(f"span.start {start} lies after span.end {end}")
    elif start and end and plain["symbol"] in market.symbols:
        faults += _no_days(market, plain["symbol"], start, end, paths)
    faults += _unwritable(paths, plain["record"]["name"])
    search = _search(plain, faults)
    scheme = None
    if plain.get("walkforward") and start and end:
        scheme = read_scheme(plain["walkforward"], market.trading_days(start, end), faults)
    for name in ("block_size", "record.top", *OPTIONAL):
        faults += _positive(name, plain)
    strategy = composed(plain["strategy"], faults)
    if strategy is not None:
        faults += _no_companion(strategy, plain["symbol"])
    axes, fixed = parameters(plain)
    if strategy is not None:
        axes = {path: steps(strategy.schema.by_path.get(path), values, faults) for path, values in axes.items()}
        wrong = strategy.schema.faults({**{path: [value] for path, value in fixed.items()}, **axes})
        faults += wrong
        known = strategy.schema.by_path
        faults += [fault for path, found in axes.items() if path in known for fault in _twice(known[path], found)]
        values = {**{path: [value] for path, value in fixed.items()}, **axes}
        faults += filters.faults(values)
        if not market.events and any(value is not None for value in values.get(filters.EVENT_PATH, ())):
            faults.append(f"{filters.EVENT_PATH} wants dated events, and {paths.meta / EVENTS} has none")
    if faults or strategy is None or start is None or end is None or search is None:
        raise ConfigError.collect(faults, "the sweep cannot start:")
    grid = strategy.schema.grid(axes, {path: value for path, value in fixed.items() if path not in axes})
    search.check(grid)
    return SweepConfig(
        symbol=plain["symbol"],
        start=start,
        end=end,
        strategy=strategy,
        grid=grid,
        axes={path: values for path, values in axes.items() if len(values) > 1},
        objective=plain["objective"],
        study=plain["study"] or strategy.name,
        search=search,
        earlier=earlier_of(plain["symbol"], strategy, grid, search),
        seed=plain["seed"],
        block_size=plain["block_size"],
        executor=plain["executor"]["name"],
        workers=plain["executor"]["workers"],
        address=plain["executor"]["address"],
        runtime_env=plain["executor"].get("runtime_env"),
        patience_s=plain["executor"].get("patience_s"),
        record=plain["record"]["name"],
        record_fills=plain["record"]["fills"],
        record_top=plain["record"]["top"],
        paths=paths,
        market=market,
        scheme=scheme,
        resolved={**plain, "search": search.kept(plain["search"])},
    )


def build_all(plains: Sequence[Mapping[str, Any]], found: Sequence[str] = ()) -> list[SweepConfig]:
    """Check all sweeps of one call before any starts; one ConfigError tells their faults and those ``found`` before."""
    configs, faults = [], list(found)
    for plain in plains:
        try:
            configs.append(build(plain))
        except ConfigError as fault:
            faults.append(str(fault))
    folders = [config.paths.sweep for config in configs if config.paths.sweep]
    if len(set(folders)) < len(folders):
        faults.append(
            f"paths.sweep={folders[0]} is one folder, but {len(configs)} sweeps would write to it; leave it out"
        )
    if faults:
        raise ConfigError("\n".join(dict.fromkeys(faults)))
    return configs


def _search(plain: Mapping[str, Any], faults: list[str]) -> Search | None:
    search = Search.read(plain["search"], plain["objective"], faults)
    if search and plain.get("walkforward"):
        faults += search.unfit_for_windows()
    return search


def _paths(plain: Mapping[str, Any]) -> Paths:
    return Paths(
        data=Path(plain["data"]).expanduser().resolve(),
        meta=Path(plain["meta"]).expanduser().resolve() if plain["meta"] else folder("meta"),
        mlruns=Path(plain["mlruns"]).expanduser().resolve(),
        sweep=Path(plain["sweep"]).expanduser().resolve() if plain["sweep"] else None,
    )


def _twice(param: Param, values: Sequence[Value]) -> list[str]:
    """Say which values mean the same as an earlier one, however they are written (10 and 10.0, 10:00 and 10:00:00)."""
    seen: dict[tuple[int, ...], Value] = {}
    faults = []
    for value in values:
        try:
            code = param.codes(value)
        except ConfigError:
            continue  # the schema tells it
        if code in seen:
            faults.append(f"{param.path} has the same value twice: {seen[code]!r} and {value!r}")
        seen[code] = value
    return faults


def _no_days(market: Market, symbol: str, start: dt.date, end: dt.date, paths: Paths) -> list[str]:
    """Say why no day of the span can be run."""
    dates = market.trading_days(start, end)
    if not dates:
        return [f"no trading day lies in {start} to {end}: {market.why_closed(start)}"]
    if packed := DayStore(paths.data, symbol, market).keys(dates):
        return unknown_charges(market, symbol, sorted(packed), paths.meta)
    where = f"no option row of {symbol} is packed for {start} to {end} under {paths.data}"
    return [f"{where}; pack raw files first (nfops pack --help), or name the data root with paths.data="]


def _unwritable(paths: Paths, record: object) -> list[str]:
    """Say where the sweep is to write and cannot, before anything is computed."""
    wanted = {"paths.data": paths.data / "cache" / "results", "paths.sweep": paths.sweep or paths.data / "sweeps"}
    if record == "mlflow":
        wanted["paths.mlruns"] = paths.mlruns
    faults = []
    for name, path in wanted.items():
        nearest = next(place for place in (path, *path.parents) if place.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
            faults.append(f"{name}: {path} cannot be written, because {nearest} is no folder, or not yours to write")
    return faults


def _no_companion(strategy: Strategy, symbol: str) -> list[str]:
    """Say that a strategy of two indices does not start from this one."""
    first = strategy.entry.companion
    if not first or symbol in first:
        return []
    pairs = ", ".join(f"symbol={one} with {other}" for one, other in first.items())
    return [f"{strategy.name} trades {pairs}, got symbol={symbol}"]


def _choice(name: str, value: object, choices: Sequence[str]) -> list[str]:
    return [] if value in choices else [f"{name} must be one of {', '.join(choices)}, got {value!r}"]


def _positive(name: str, plain: Mapping[str, Any]) -> list[str]:
    value: Any = plain
    for key in name.split("."):
        value = value.get(key) if name in OPTIONAL else value[key]
    optional = name in OPTIONAL
    if (value is None and optional) or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return []
    return [f"{name} must be a whole number of at least 1{' or null' if optional else ''}, got {value!r}"]


def _date(value: object, name: str, faults: list[str]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        faults.append(f"{name} must be a date YYYY-MM-DD, got {value!r}")
        return None
