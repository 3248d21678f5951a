"""The page of one day: what is held, what it is worth, and a picture that shows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from nfops.engine import BLOTTER
from nfops.report.day import day_picture, held, result_of, write_day
from tests.days import DATE, MARKET, day

CALLS = [(0, 21_500, "CE", 100.0), (40, 21_500, "CE", 90.0), (60, 21_500, "CE", 95.0)]
PUTS = [(0, 21_500, "PE", 80.0)]
SOLD_S, BOUGHT_S = 31, 51


def fills() -> pl.DataFrame:
    """A call sold at 99.95 and bought back at 90.05, one lot of 50; the charges are made up."""
    common = {
        "trial_id": 0, "date": DATE, "position": 0, "leg": 0, "symbol": "NIFTY", "right": "CE", "strike": 21_500,
        "expiry": MARKET.expiry("NIFTY", DATE, "0"), "lots": 1, "lot_size": 50, "age_s": 0,
    }  # fmt: skip
    charges = {name: 100 for name in BLOTTER if name.endswith("_paise") and name != "price_paise"}
    rows = [
        {"side": -1, "fill_s": SOLD_S, "time": "09:15:31", "price_paise": 9_995, "reason": "entry", "kind": "entry"},
        {"side": 1, "fill_s": BOUGHT_S, "time": "09:15:51", "price_paise": 9_005, "reason": "target", "kind": "exit"},
    ]
    full = [{**common, **row, "decision_s": row["fill_s"], **charges} for row in rows]
    return pl.DataFrame(full, schema=BLOTTER)


def test_a_position_is_worth_what_was_taken_less_what_it_costs_to_leave() -> None:
    (leg,) = held(day([*CALLS, *PUTS], [(0, 21_490.0)]), fills())
    assert leg.name == f"21500 CE {MARKET.expiry('NIFTY', DATE, '0')}"
    units, worth = leg.units(), leg.worth()
    assert [units[at] for at in (SOLD_S - 1, SOLD_S, BOUGHT_S - 1, BOUGHT_S)] == [0, -50, -50, 0]
    # 50 (99.95 - 100), then 50 (99.95 - 90) once the price is 90, then 50 (99.95 - 90.05) for good.
    seconds = [SOLD_S - 1, SOLD_S, 39, 40, BOUGHT_S, len(worth) - 1]
    assert np.allclose(worth[seconds], [0.0, -2.5, -2.5, 497.5, 495.0, 495.0])
    assert result_of(fills()) == (495.0, 14.0)


def test_a_day_without_trades_or_index_is_drawn_too() -> None:
    drawn = day_picture(day([*CALLS, *PUTS], None), fills().clear())
    assert "not packed on this day" in drawn.svg
    assert drawn.png.startswith(b"\x89PNG")


def test_the_page_names_every_fill_and_the_result(tmp_path: Path) -> None:
    page = write_day(tmp_path, day([*CALLS, *PUTS], [(0, 21_490.0)]), fills())
    text = page.read_text(encoding="utf-8")
    assert "gross ₹495, charges ₹14, net ₹481." in text
    assert "09:15:31" in text
    assert "21500 CE" in text
    assert (tmp_path / "figures" / "day.png").stat().st_size > 10_000
