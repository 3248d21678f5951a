from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from nfops.report import SweepFolder
from nfops.report.positions import exit_table, expiry_table, legs, positions
from nfops.report.tables import CHARGES
from tests.sweep_folder import make_sweep


def fill(position: int, leg: int, kind: str, reason: str, side: int, rupees: float, **other: Any) -> dict[str, Any]:
    return {
        "date": dt.date(2024, 1, 1), "position": position, "leg": leg, "kind": kind, "reason": reason, "side": side,
        "lots": 2, "lot_size": 25, "price_paise": round(rupees * 100), "expiry": dt.date(2024, 1, 4),
        **dict.fromkeys(CHARGES, 0), "brokerage_paise": 2_000, **other,
    }  # fmt: skip


# One position: a call sold at 100, bought back at 130 on its stop, sold again at 90, bought back at 60 at the close;
# a put sold at 80 and bought back at 70; a hedge of 50 units of the index bought at 21,500 and sold at 21,501.
FILLS = pl.DataFrame([
    fill(0, 0, "entry", "entry", -1, 100.0),
    fill(0, 1, "entry", "entry", -1, 80.0),
    fill(0, 2, "hedge", "hedge", 1, 21_500.0, expiry=None, lots=50, lot_size=1),
    fill(0, 0, "exit", "leg_stop", 1, 130.0),
    fill(0, 0, "entry", "reentry", -1, 90.0),
    fill(0, 0, "exit", "time", 1, 60.0),
    fill(0, 1, "exit", "time", 1, 70.0),
    fill(0, 2, "hedge", "time", -1, 21_501.0, expiry=None, lots=50, lot_size=1),
])  # fmt: skip


def test_a_leg_that_was_entered_again_counts_twice() -> None:
    # 50 units: 30 lost, 30 won, 10 won a unit, and 20 rupees on each of two fills.
    found = {(reason, net) for reason, net in legs(FILLS).select("reason", "net").iter_rows()}
    assert found == {("leg_stop", -1_540.0), ("time", 1_460.0), ("time", 460.0)}
    assert exit_table(FILLS).rows == (
        ("time", "2", "67 %", "100 %", "₹960", "₹1,920"),
        ("leg stop", "1", "33 %", "0 %", "\N{MINUS SIGN}₹1,540", "\N{MINUS SIGN}₹1,540"),
    )


def test_a_position_has_its_hedge_and_the_days_to_its_nearest_expiry() -> None:
    # -1,540 + 1,460 + 460 of the legs, and 50 less 40 of the hedge.
    assert positions(FILLS).rows() == [(dt.date(2024, 1, 1), 0, 390.0, 3)]
    assert expiry_table(FILLS).rows == (("3 days", "₹390", "1", "100 %", "₹390", "₹390"),)


def test_exits_count_legs(tmp_path: Path) -> None:
    # 28 days with fills, two legs each, three reasons in turn: 10, 9 and 9 days
    folder = SweepFolder.read(make_sweep(tmp_path / "sweep"))
    rows = exit_table(folder.fills_of(35)).rows
    assert [row[:3] for row in rows] == [("target", "20", "36 %"), ("stop", "18", "32 %"), ("time", "18", "32 %")]
    # Sold at 112.50 and bought at 103.50, 50 units, less 30.41 and 27.05 of charges as the fills have them.
    assert positions(folder.fills_of(35))["net"].unique().to_list() == [pytest.approx(2 * (450 - 30.41 - 27.05))]
