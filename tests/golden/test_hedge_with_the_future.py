"""A delta hedge with the near future on real option rows: it trades what is packed of the future, and nothing else.

The vendors' samples have no day with both options of a strike and an index future. So the future is fifty real minutes
of a NIFTY future of 2026 under the date of the options, 2021-06-11: its prices are far above the index of that day, so
a hedge made with anything but these rows cannot be mistaken for it.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from nfops.market import Market
from nfops.packing import pack
from sweeps import run
from tests.golden.conftest import META
from tests.shared import shared

pytestmark = pytest.mark.slow

DATE, EXPIRY, TICK, OPEN = "2021-06-11", "2021-06-24", 5, 33_300


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of a hedged straddle, bought at 09:30 and sold at 10:00, on a data root of its own."""
    options = shared("data", "nse", "options_1min_kite_2021")
    future = shared("data", "nse", "optionvault_samples", "derivatives", "futures", "NIFTY25JAN18FUT.csv")
    root, market = tmp_path_factory.mktemp("hedged"), Market.load(META)
    moved = root / "raw" / future.name
    moved.parent.mkdir()
    moved.write_text(future.read_text().replace("2026-07-17", DATE).replace("2026-09-29", EXPIRY))
    for source, layout in ((options, "kite_bars_csv"), (moved, "optionvault_csv")):
        report = pack([source], layout, "NIFTY", root, market, workers=1)
        assert report.balanced
        assert report.packed > 0
    words = [
        "symbol=NIFTY", f"span.start={DATE}", f"span.end={DATE}", "strategy=gamma_scalp", "executor=local",
        "record=none", "strategy.entry.anchors=[09:30]", "strategy.exit.exit_at=10:00", "strategy.exit.stop_pct=null",
        "strategy.exit.target_pct=null", "strategy.hedge.hedge_s=60,120", "strategy.hedge.band=0.01", "strategy.lots=2",
        "record.fills=all", f"paths.data={root}", f"paths.sweep={root / 'sweep'}",
    ]  # fmt: skip
    assert run.main(["-m", *words]) == run.DONE
    return root


def test_hedges_are_filled_at_the_packed_prices_of_the_near_future(swept: Path) -> None:
    fills = pl.read_parquet(swept / "sweep" / "fills.parquet")
    hedges = fills.filter(pl.col("kind") == "hedge")
    packed = pl.read_parquet(swept / "packed/futures/NIFTY/202106" / f"exp={EXPIRY}" / "ticks.parquet")
    clock = pl.col("timestamp").dt.replace_time_zone(None).dt.epoch("s") % 86_400 - OPEN
    rows = packed.select(second=clock, paise=(pl.col("close") * 100).round().cast(pl.Int64)).sort("second")

    assert hedges.group_by("trial_id").len().height == 2
    assert hedges.height >= 10
    assert hedges["right"].unique().to_list() == ["FUT"]
    assert [str(expiry) for expiry in hedges["expiry"].unique()] == [EXPIRY]
    assert hedges["reason"].unique().sort().to_list() == ["hedge", "time"]
    made = hedges.select("side", "price_paise", second=pl.col("fill_s").cast(pl.Int64)).sort("second")
    joined = made.join_asof(rows, on="second", strategy="backward")
    assert joined["paise"].null_count() == 0
    assert (joined["price_paise"] == joined["paise"] + TICK * joined["side"]).all()
    # Far from the index of the day, which stood below 15,850: no fill was made with it.
    assert hedges["price_paise"].min() > 24_000_00
    # Each trial is flat in the future at the end.
    assert hedges.group_by("trial_id").agg((pl.col("side") * pl.col("lots")).sum())["side"].to_list() == [0, 0]


def test_hedges_pay_the_charges_of_futures(swept: Path) -> None:
    hedges = pl.read_parquet(swept / "sweep" / "fills.parquet").filter(pl.col("kind") == "hedge")
    turnover = hedges["price_paise"] * hedges["lots"] * hedges["lot_size"]
    # June 2021: STT 0.01 % of what is sold, stamp 0.002 % of what is bought, rounded half-up.
    sold, bought = hedges["side"] < 0, hedges["side"] > 0
    assert sold.any() and bought.any()  # noqa: PT018
    assert (hedges["stt_paise"] == ((2 * turnover + 10_000) // 20_000) * sold.cast(pl.Int64)).all()
    assert (hedges["stamp_paise"] == ((4 * turnover + 100_000) // 200_000) * bought.cast(pl.Int64)).all()


def test_the_hedged_result_is_explained_to_the_paisa(swept: Path) -> None:
    parts = pl.read_parquet(swept / "sweep" / "attribution.parquet")
    daily = pl.read_parquet(swept / "sweep" / "daily.parquet")
    (trial,) = parts["trial_id"].unique()
    assert parts["net_paise"].sum() == daily.filter(pl.col("trial_id") == trial)["net_paise"].sum()
    assert parts["hedge_paise"].sum() != 0
