"""What the page shows in tables, computed from the files of a sweep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from nfops.report.folder import SweepFolder
from nfops.report.words import UNKNOWN, count, metric, percent, rupees, short

LEADERS: Final = 20
BLOTTER: Final = 400
TIMES: Final = "\N{MULTIPLICATION SIGN}"
SHOWN: Final = (
    "total", "sharpe", "max_drawdown", "win_rate", "profit_factor", "worst_day", "cost_share", "peak_capital",
    "return_on_capital", "n_trades",
)  # fmt: skip
HEADS: Final = {
    "total": "net",
    "sharpe": "Sharpe",
    "max_drawdown": "drawdown",
    "win_rate": "days won",
    "profit_factor": "profit factor",
    "worst_day": "worst day",
    "cost_share": "cost share",
    "peak_capital": "capital (est.)",
    "return_on_capital": "return a year",
    "n_trades": "positions",
}
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHARGES: Final = {
    "brokerage_paise": "brokerage",
    "stt_paise": "STT",
    "exchange_txn_paise": "exchange",
    "sebi_fee_paise": "SEBI fee",
    "ipft_paise": "IPFT",
    "stamp_paise": "stamp duty",
    "gst_paise": "GST",
}


@dataclass(frozen=True)
class Table:
    """Rows of text; the first ``words`` columns are read as words, the others as numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


def leaderboard(folder: SweepFolder) -> Table:
    """Best trials: place, number, swept values, metrics."""
    goal = folder.objective.name
    names = SHOWN if goal in SHOWN else (goal, *SHOWN)
    rows = [
        (str(place), str(row["trial_id"]), *folder.setting(row).values(), *(metric(name, row[name]) for name in names))
        for place, row in enumerate(folder.ranked.head(LEADERS).iter_rows(named=True), start=1)
    ]
    shown, all_trials = len(rows), folder.trials.height
    caption = (
        f"The best {shown} of {all_trials:,} trials by {folder.objective.label}" if all_trials > 1 else "The only trial"
    )
    heads = (HEADS.get(name, folder.objective.label) for name in names)
    return Table(caption, ("place", "trial", *map(short, folder.axes), *heads), tuple(rows), 2 + len(folder.axes))


def months(days: pl.DataFrame) -> Table:
    """Net result of one trial by month; ``days`` are ``date, net, equity``."""
    return _periods("By month", "month", days.with_columns(period=pl.col("date").dt.strftime("%Y-%m")), sort=True)


def calendar(days: pl.DataFrame) -> Table:
    """Net result of one trial by year and month; a month without a day that counts is a dash."""
    sums = days.group_by(pl.col("date").dt.year().alias("year"), pl.col("date").dt.month().alias("month")).agg(
        pl.col("net").sum()
    )
    known = {(year, month): net for year, month, net in sums.iter_rows()}
    rows = []
    for year in sorted({year for year, _ in known}):
        nets = [known.get((year, month)) for month in range(1, 13)]
        rows.append((str(year), *map(rupees, nets), rupees(sum(net for net in nets if net is not None))))
    return Table("Net result by year and month", ("year", *MONTHS, "year"), tuple(rows))


def weekdays(days: pl.DataFrame) -> Table:
    """Net result of one trial by day of the week."""
    named = pl.Series("period", [WEEKDAYS[date.weekday()] for date in days["date"]], dtype=pl.String)
    ordered = days.with_columns(named).sort(pl.col("date").dt.weekday(), "date")
    return _periods("By day of the week", "day", ordered, sort=False)


def _periods(caption: str, head: str, days: pl.DataFrame, *, sort: bool) -> Table:
    grouped = days.group_by("period", maintain_order=True).agg(
        net=pl.col("net").sum(),
        days=pl.len(),
        won=(pl.col("net") > 0).sum(),
        mean=pl.col("net").mean(),
        worst=pl.col("net").min(),
    )
    rows = [
        (
            row["period"],
            rupees(row["net"]),
            count(row["days"]),
            percent(row["won"] / row["days"]),
            *(rupees(row[name]) for name in ("mean", "worst")),
        )
        for row in (grouped.sort("period") if sort else grouped).iter_rows(named=True)
    ]
    return Table(caption, (head, "net", "days", "won", "mean", "worst"), tuple(rows))


def daily(folder: SweepFolder, trial_id: int) -> Table:
    """Every day of one trial, also those that do not count."""
    rows = folder.of(trial_id)
    states = dict(folder.status.select("date", "state").iter_rows())
    return Table(
        "Day by day",
        ("date", "state", "gross", "costs", "net", "positions", "skipped"),
        tuple(
            (
                f"{row['date']:%a} {row['date']}",
                states.get(row["date"], UNKNOWN),
                *(rupees(row[f"{name}_paise"] / 100) for name in ("gross", "cost", "net")),
                count(row["n_positions"]),
                count(row["n_skipped"]),
            )
            for row in rows.iter_rows(named=True)
        ),
        2,
    )


def skips(folder: SweepFolder, trial_id: int) -> Table:
    """Why entries of one trial were not made."""
    row = folder.trials.row(by_predicate=pl.col("trial_id") == trial_id, named=True)
    made = {name.removeprefix("skip_"): row[name] for name in folder.trials.columns if name.startswith("skip_")}
    rows = tuple((reason.replace("_", " "), count(number)) for reason, number in made.items() if number)
    return Table("Entries not made", ("reason", "entries"), rows)


def costs(folder: SweepFolder, trial_id: int, fills: pl.DataFrame) -> Table:
    """From gross to net, with the items of the charges where fills were recorded; ``fills`` of days that count."""
    sums = folder.counted_of(trial_id).select(pl.col("^.*_paise$").sum() / 100).row(0, named=True)
    items: Iterable[tuple[str, float]] = ()
    if len(fills):
        items = [(label, -float(fills[column].sum()) / 100) for column, label in CHARGES.items()]
    lines = (("gross", sums["gross_paise"]), *items, ("all costs", -sums["cost_paise"]), ("net", sums["net_paise"]))
    gross = sums["gross_paise"]
    rows = tuple(
        (label, rupees(amount, 2), percent(amount / abs(gross)) if gross else UNKNOWN) for label, amount in lines
    )
    return Table("From gross to net", ("item", "rupees", "share of gross"), rows)


def troubled(folder: SweepFolder) -> Table:
    """Days that gave no result, or one that does not count."""
    rows = folder.status.filter(pl.col("state") != "ok")
    why = {"incomplete": "the reference fell silent before the close"}
    return Table(
        "Days that are missing, failed or incomplete",
        ("date", "state", "why"),
        tuple(
            (f"{row['date']:%a} {row['date']}", row["state"], row["error"] or why.get(row["state"], UNKNOWN))
            for row in rows.iter_rows(named=True)
        ),
        3,
    )


def blotter(fills: pl.DataFrame) -> Table:
    """List fills of one trial in order of execution, the last ones when there are many."""
    shown = fills.tail(BLOTTER)
    caption = f"All {len(fills):,} fills" if len(shown) == len(fills) else f"The last {BLOTTER} of {len(fills):,} fills"
    rows = []
    for row in shown.iter_rows(named=True):
        charges = sum(row[column] for column in CHARGES)
        contract = " ".join(str(row[name]) for name in ("symbol", "expiry", "strike", "right") if row[name] is not None)
        words = (
            str(row["date"]),
            row["time"],
            row["reason"].replace("_", " "),
            "buy" if row["side"] > 0 else "sell",
            contract,
        )
        numbers = (f"{row['lots']} {TIMES} {row['lot_size']}", rupees(row["price_paise"] / 100, 2), f"{row['age_s']} s")
        rows.append((*words, *numbers, rupees(charges / 100, 2)))
    head = ("date", "time", "why", "side", "contract", f"lots {TIMES} size", "price", "age", "charges")
    return Table(caption, head, tuple(rows), 5)
