"""Numbers and findings in plain words, as an options trader in India writes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from nfops.metrics import OBJECTIVES
from nfops.report.folder import SweepFolder
from nfops.types import YEAR_DAYS

UNKNOWN: Final = "\N{EN DASH}"
"""Stands where a number is undefined."""

MINUS: Final = "\N{MINUS SIGN}"
SHARES: Final = frozenset({"win_rate", "cost_share", "return_on_capital"})


def rupees(amount: float | None, decimals: int = 0) -> str:
    """Write an amount with lakh and crore grouping, as in ₹12,34,567."""
    if amount is None:
        return UNKNOWN
    whole, _, rest = f"{abs(amount):.{decimals}f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    text = ",".join([*groups, tail]) + (f".{rest}" if rest else "")
    return f"{MINUS if amount < 0 and float(f'{whole}.{rest or 0}') else ''}₹{text}"


def ratio(value: float | None) -> str:
    """Write a ratio with two decimals."""
    return UNKNOWN if value is None else f"{value:,.2f}".replace("-", MINUS)


def percent(value: float | None) -> str:
    """Write a share as whole percents."""
    return UNKNOWN if value is None else f"{100 * value:,.0f} %".replace("-", MINUS)


def count(value: float | None) -> str:
    """Write a whole number."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def metric(name: str, value: float | None) -> str:
    """Write a metric in its unit."""
    writer: Callable[[float | None], str] = ratio
    if name.startswith("n_"):
        writer = count
    elif name in SHARES:
        writer = percent
    elif OBJECTIVES[name].unit:
        writer = rupees
    return writer(value)


def short(path: str) -> str:
    """Write a parameter's path without the group every strategy parameter is in."""
    return path.removeprefix("strategy.")


def setting(values: Mapping[str, str]) -> str:
    """Write swept values as one phrase."""
    return ", ".join(f"{short(path)} {value}" for path, value in values.items()) or "the only set of parameters"


def plural(number: int, noun: str) -> str:
    """Write a number and what is counted."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def verdict(folder: SweepFolder) -> list[str]:
    """Say what came out, best trial first; one sentence or two a paragraph."""
    best = folder.ranked.row(0, named=True)
    goal = folder.objective
    days = len(folder.dates)
    if best[goal.name] is None:
        few = f"No set has a {goal.label}: {plural(days, 'day')} with results are too few, or nothing was traded."
        return [few, *ever_tried(folder.summary)]
    tried = folder.trials.height
    first = (
        f"Of {plural(tried, 'set')} of parameters tried, the best by {goal.label} is trial {best['trial_id']}: "
        f"{setting(folder.setting(best))}. It {_earned(best['total'])} after costs in {plural(days, 'day')}, "
        f"with a {goal.label} of {metric(goal.name, best[goal.name])} "
        f"and a deepest fall of {rupees(best['max_drawdown'])}."
    )
    return [first, *_crowd(folder), *ever_tried(folder.summary)]


def ever_tried(summary: Mapping[str, Any]) -> list[str]:
    """Say how many sets were ever tried, where somebody counted; ``summary`` is that of a sweep or a walk-forward."""
    ledger = summary.get("ledger")
    if not ledger:
        return []
    least = "at least " if ledger["damaged"] else ""
    sets, runs = plural(ledger["sets"], "different set"), plural(ledger["runs"], "run")
    said = f"On {ledger['symbol']}, the study {ledger['study']} has tried {least}{sets} so far, in {runs} since "
    return [f"{said}{ledger['since']}; {ledger['new']:,} of them were new with this one."]


def caution(folder: SweepFolder) -> list[str]:
    """Say what the numbers cannot bear."""
    tried, days = folder.trials.height, len(folder.dates)
    said = []
    if tried > 1:
        said.append(
            f"The best of {tried:,} tries on the same {plural(days, 'day')} looks better than it is: some set always "
            "comes first, even when none has an edge. Expect less of it on days it has not seen, and trust a setting "
            "more when its neighbours do well too."
        )
    if folder.raced_out:
        said.append(
            f"{plural(folder.raced_out, 'set')} were dropped by the race before they had met all days, so the best of "
            "all may be among them. They count as tried; but how much of the best is luck cannot be told from those "
            "that stayed. A walk-forward tells it."
        )
    daily = folder.ranked["sharpe"][0]
    if daily is not None and days > 1:
        error = math.sqrt((1 + daily**2 / YEAR_DAYS / 2) / days * YEAR_DAYS)
        said.append(
            f"A yearly Sharpe ratio from {plural(days, 'day')} is uncertain by about ±{error:.1f} by chance alone "
            "(one standard error), before any choosing of the best."
        )
    lost = len(folder.days("missing")) + len(folder.days("failed"))
    if lost:
        said.append(
            f"{plural(lost, 'trading day')} of the span gave no result; the days that are left may be the easier ones."
        )
    if folder.summary["config"].get("margin", {}).get("model") == "estimate":
        said.append(
            "Capital, and the return on it, rest on an estimate of the margin from dated fractions, not on the "
            "exchange's SPAN; volatile days ask for more."
        )
    return said


def counts(folder: SweepFolder) -> str:
    """Say how many days there were, and what became of those that do not count."""
    states = dict(folder.status["state"].value_counts().iter_rows())
    said = [f"{plural(folder.status.height, 'trading day')} in the span, {plural(states.get('ok', 0), 'whole one')}"]
    said += [f"{states[state]:,} {state}" for state in ("incomplete", "missing", "failed") if state in states]
    text = ", ".join(said) + "."
    if "incomplete" in states:
        kept = folder.summary["config"]["data"]["use_incomplete"]
        text += f" Incomplete days {'count, as asked for' if kept else 'are shown but do not count'}."
    return text


def headline(folder: SweepFolder) -> list[tuple[str, str]]:
    """Return the best trial's main numbers as (label, text)."""
    best: Mapping[str, Any] = folder.ranked.row(0, named=True)
    names = ("total", "sharpe", "max_drawdown", "win_rate", "profit_factor", "worst_day", "cost_share", "peak_capital",
             "return_on_capital")  # fmt: skip
    named = [(OBJECTIVES[name].label, metric(name, best[name])) for name in names]
    return [*named, ("positions", count(best["n_trades"]))]


def _earned(total: float) -> str:
    return f"made {rupees(total)}" if total >= 0 else f"lost {rupees(-total)}"


def _crowd(folder: SweepFolder) -> list[str]:
    """Say how the other sets did."""
    totals = folder.ranked["total"]
    if len(totals) == 1:
        return []
    winners = int((totals > 0).sum())
    made = {0: "None of the sets", len(totals): "All sets"}.get(winners, f"{winners:,} of the {len(totals):,} sets")
    return [f"{made} made money after costs; the median set {_earned(float(totals.median() or 0))}."]  # type: ignore[arg-type]
