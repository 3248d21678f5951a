"""The filters of docs/strategies: what refuses a day, or an entry at a second, and under which reason."""

from __future__ import annotations

import csv
import datetime as dt
import math
from fractions import Fraction
from pathlib import Path
from statistics import stdev

from nfops.market import DayFacts
from nfops.params import Value
from tests.days import MARKET
from tests.naive.market_view import MarketView
from tests.naive.signals import Scene, Signal, grid_second, straddle_volatility

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVENTS = Path(__file__).parents[2] / "meta" / "events.csv"


def day_refusal(view: MarketView, facts: DayFacts, params: dict[str, Value]) -> str:
    """Why no entry is looked for on the whole day, or nothing."""
    of = {path.removeprefix("strategy.filters."): value for path, value in params.items()}
    date = view.session.date
    if of["weekdays"] is not None and NAMES[date.weekday()] not in of["weekdays"]:
        return "filter_weekday"
    left = len([day for day in MARKET.session_rows if date < day <= facts.expiry(params["strategy.expiry"])])
    if not _between(left, of["dte_min"], of["dte_max"]):
        return "filter_days_to_expiry"
    if of["event"] is not None:
        near = any(-of["event_after"] <= away <= of["event_before"] for away in _events(date, of["event"]))
        if near == (of["event_window"] == "never"):
            return "filter_event"
    return _gap_refusal(view, params, of)


def _gap_refusal(view: MarketView, params: dict[str, Value], of: dict[str, Value]) -> str:
    if of["gap_min"] is None and of["gap_max"] is None:
        return ""
    if view.previous_close is None:
        return "no_history"
    opened = _first(view, params, view.seconds - 1)
    if opened is None:
        return "no_reference"
    gap = Fraction(100 * (opened - view.previous_close), view.previous_close)
    return "" if _between(gap, of["gap_min"], of["gap_max"]) else "filter_gap"


def refusal(scene: Scene, signal: Signal, second: int) -> str:
    """Why an entry is not made at a second, or nothing."""
    view, params = scene.view, scene.params
    of = {path.removeprefix("strategy.filters."): value for path, value in params.items()}
    return (
        _rank_refusal(scene, second, of)
        or _volatility_refusal(scene, second, of)
        or _trend_refusal(view, params, second, of)
        or _way_refusal(signal, params, of)
    )


def _rank_refusal(scene: Scene, second: int, of: dict[str, Value]) -> str:
    if of["iv_rank_min"] is None and of["iv_rank_max"] is None:
        return ""
    at = grid_second(of["iv_rank_at"], scene.view)
    today = straddle_volatility(scene, at) if scene.view.trades(at) else None
    if second < at or today is None:
        return "no_iv"
    known = [one for one in scene.view.past_volatilities[-of["iv_rank_days"] :] if not math.isnan(one)]
    if len(known) < of["iv_rank_days"] / 2:
        return "no_history"
    rank = Fraction(100 * len([one for one in known if one < today]), len(known))
    return "" if _between(rank, of["iv_rank_min"], of["iv_rank_max"]) else "filter_iv_rank"


def _volatility_refusal(scene: Scene, second: int, of: dict[str, Value]) -> str:
    if of["rv_min"] is None and of["rv_max"] is None:
        return ""
    step = of["rv_step_s"]
    pairs = [(scene.ref(end - step), scene.ref(end)) for end in range(second, step - 1, -step)]
    returns = [math.log(after / before) for before, after in pairs if before is not None and after is not None]
    if len(returns) < 2:
        return "no_rv"
    realised = stdev(returns) * math.sqrt(252 * 22_500 / step)
    within = (of["rv_min"] is None or realised >= of["rv_min"]) and (of["rv_max"] is None or realised <= of["rv_max"])
    return "" if within else "filter_volatility"


def _trend_refusal(view: MarketView, params: dict[str, Value], second: int, of: dict[str, Value]) -> str:
    opened, now = _first(view, params, second), view.reference(second, params["fills.max_age_s"])
    moved = Fraction(100 * (now[0] - opened), opened)
    if not _between(moved, of["trend_min"], of["trend_max"]):
        return "filter_trend"
    return "" if _between(abs(moved), of["move_min"], of["move_max"]) else "filter_move"


def _way_refusal(signal: Signal, params: dict[str, Value], of: dict[str, Value]) -> str:
    # The way of a flow is that of the side on which interest was built, whether it is followed or not.
    way = signal.way if params.get("strategy.legs.with_flow", True) else -signal.way
    return "filter_direction" if (of["direction"], way) in {("up", -1), ("down", 1)} else ""


def _between(value: Fraction | int, low: Value, high: Value) -> bool:
    return (low is None or value >= Fraction(str(low))) and (high is None or value <= Fraction(str(high)))


def _first(view: MarketView, params: dict[str, Value], until: int) -> int | None:
    """First known price of the index."""
    for second in range(until + 1):
        seen = view.reference(second, params["fills.max_age_s"])
        if seen is not None:
            return seen[0]
    return None


def _events(date: dt.date, kind: Value) -> list[int]:
    """Trading days from a date to each event; one on a closed day belongs to the next trading day."""
    days = sorted(MARKET.session_rows)
    with EVENTS.open(newline="", encoding="utf-8") as lines:
        told = [row for row in csv.DictReader(lines) if kind in {"any", row["kind"]}]
    on = [next(day for day in days if day >= dt.date.fromisoformat(row["date"])) for row in told]
    return [days.index(day) - days.index(date) for day in on]
