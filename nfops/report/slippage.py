"""What would be left of the best trials at worse prices: their own fills, some ticks away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from nfops.report.folder import SweepFolder
from nfops.report.tables import Table
from nfops.report.words import UNKNOWN, ratio, rupees
from nfops.types import PAISE, TICK_PAISE

SHOWN: Final = 5
TICKS: Final = (0, 1, 2, 3)
PATH: Final = "fills.slippage_ticks"
_IN_PROPORTION: Final = ("stt_paise", "exchange_txn_paise", "sebi_fee_paise", "ipft_paise", "stamp_paise")


def net_at(fills: pl.DataFrame, used: int, ticks: int) -> float:
    """Net result, in rupees, of the same fills had each been ``ticks`` instead of ``used`` ticks worse than the market.

    Gross is exact. Charges that are a share of the turnover move with it, GST with what it is taken on, brokerage
    stays: to within a paisa an item, because each was rounded once. A settlement at expiry is no order and stays.
    """
    moved = pl.col("price_paise") + pl.col("side") * (ticks - used) * TICK_PAISE
    price = pl.when(pl.col("reason") == "settlement").then("price_paise").otherwise(moved.clip(TICK_PAISE))
    share = price / pl.col("price_paise")
    before = pl.sum_horizontal("brokerage_paise", *_IN_PROPORTION) - pl.col("stt_paise") - pl.col("stamp_paise")
    turnover = pl.sum_horizontal(*_IN_PROPORTION)
    taxed = before + (before - pl.col("brokerage_paise")) * (share - 1)
    gst = pl.col("gst_paise") * pl.when(before > 0).then(taxed / before).otherwise(1.0)
    gross = -pl.col("side") * pl.col("lots") * pl.col("lot_size") * price
    charges = pl.col("brokerage_paise") + turnover * share + gst
    return float(fills.select((gross - charges).sum()).item()) / PAISE


def breaks_even(fills: pl.DataFrame, used: int) -> float | None:
    """Ticks a fill at which nothing is left, on the straight line from what was used to one more.

    None when nothing is left even without any, or ticks cost nothing.
    """
    now, worse = net_at(fills, used, used), net_at(fills, used, used + 1)
    zero = used + now / (now - worse) if now > worse else 0.0
    return zero if zero > 0 else None


def slippage_table(folder: SweepFolder) -> Table:
    """Net result of the best recorded trials by ticks a fill; no rows where no fills were recorded."""
    counted = folder.dates.implode()
    recorded = set(folder.fills["trial_id"].unique()) if len(folder.fills) else set()
    best = [row for row in folder.ranked.head(SHOWN).iter_rows(named=True) if row["trial_id"] in recorded]
    rows = []
    for row in best:
        fills = folder.fills_of(row["trial_id"]).filter(pl.col("date").is_in(counted))
        used = used_ticks(folder, row)
        zero = breaks_even(fills, used)
        nets = (rupees(net_at(fills, used, ticks)) for ticks in TICKS)
        rows.append((str(row["trial_id"]), str(used), *nets, rupees(net_at(fills, used, used + 1)),
                     UNKNOWN if zero is None else ratio(zero)))  # fmt: skip
    head = ("trial", "ticks used", "none", "1 tick", "2 ticks", "3 ticks", "one more", "nothing left at")
    return Table("Net result by ticks that each fill is worse than the market", head, tuple(rows))


def used_ticks(folder: SweepFolder, row: Mapping[str, Any]) -> int:
    """Ticks that the fills of a trial were worsened by; those at a quote by none."""
    asked = folder.summary["config"]["fills"]
    model = row.get("fills", asked["model"])
    return 0 if model == "quote" else int(row.get(PATH, asked["slippage_ticks"]))
