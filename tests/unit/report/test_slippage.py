from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from nfops.report import SweepFolder
from nfops.report.slippage import breaks_even, net_at, slippage_table, used_ticks
from nfops.report.tables import CHARGES
from tests.sweep_folder import make_sweep

ITEMS = dict.fromkeys(CHARGES, 0)


def order(side: int, paise: int, reason: str = "entry", **charges: int) -> dict[str, object]:
    return {"side": side, "lots": 1, "lot_size": 50, "price_paise": paise, "reason": reason, **ITEMS, **charges}


def test_a_tick_costs_five_paise_a_unit_either_way() -> None:
    fills = pl.DataFrame([order(-1, 11_000), order(1, 10_000)])
    # 50 units: 1,000 paise each won; each tick takes 5 paise of each fill.
    assert [net_at(fills, 1, ticks) for ticks in (0, 1, 2, 3)] == [505.0, 500.0, 495.0, 490.0]
    assert breaks_even(fills, 1) == pytest.approx(101.0)


def test_charges_on_the_turnover_move_with_it_and_brokerage_stays() -> None:
    # STT 100, exchange 200, brokerage 2,000, GST 18 % of 2,200 = 396; at twice the price 200, 400, 2,000, 432.
    fills = pl.DataFrame([order(1, 100, stt_paise=100, exchange_txn_paise=200, brokerage_paise=2_000, gst_paise=396)])
    assert net_at(fills, 0, 20) == pytest.approx(-(50 * 200 + 200 + 400 + 2_000 + 432) / 100)


def test_a_sale_never_fills_below_a_tick_and_a_settlement_does_not_move() -> None:
    assert net_at(pl.DataFrame([order(-1, 10)]), 0, 5) == 50 * 5 / 100
    assert net_at(pl.DataFrame([order(-1, 1_000, "settlement")]), 0, 5) == 500.0


def test_what_loses_nothing_by_ticks_or_has_lost_anyway_has_no_end() -> None:
    assert breaks_even(pl.DataFrame([order(-1, 1_000), order(1, 1_100)]), 1) is None
    assert breaks_even(pl.DataFrame([order(-1, 1_000, "settlement")]), 0) is None


def test_the_table_starts_from_what_was_used(tmp_path: Path) -> None:
    axes = {"fills": ["last", "quote"], "fills.slippage_ticks": [1, 2]}
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep", axes=axes, days=6))
    rows = {row["trial_id"]: row for row in folder.trials.iter_rows(named=True)}
    assert [used_ticks(folder, rows[trial]) for trial in range(4)] == [1, 2, 0, 0]
    table = slippage_table(folder)
    assert len(table.rows) == 4
    for trial, used, *nets, _, _ in table.rows:
        net = folder.fills_of(int(trial)).select(
            (-pl.col("side") * pl.col("lots") * pl.col("lot_size") * pl.col("price_paise")
             - pl.sum_horizontal(*CHARGES)).sum() / 100
        ).item()  # fmt: skip
        assert float(nets[int(used)].replace("₹", "").replace(",", "")) == pytest.approx(net, abs=0.51)
    none = SweepFolder(folder.path, folder.summary, folder.trials, folder.daily, pl.DataFrame(), folder.status)
    assert slippage_table(none).rows == ()
