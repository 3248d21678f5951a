"""Indices of the BSE run from raw files to charged fills: its transaction charge, and no levy of the NSE."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest

from sweeps import run
from tests.sweeping import nfops

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DAY = "2024-10-03"


def made(home: Path, symbol: str, day: str = DAY) -> list[str]:
    """Simulate and pack a day; give the words of a sweep of it."""
    assert nfops("synth", "--symbol", symbol, "--start", day, "--end", day, "--out", home / "raw").exit_code == 0
    packed = nfops("pack", home / "raw", "--layout", "nfopslab", "--symbol", symbol, "--data", home)
    assert packed.exit_code == 0, packed.output
    span = (f"symbol={symbol}", f"span.start={day}", f"span.end={day}", "executor=local", "record=none")
    return ["-m", *span, f"paths.data={home}", f"paths.sweep={home / 'sweep'}", "strategy.entry.at=10:00"]


@pytest.mark.parametrize(("symbol", "lot"), [("SENSEX", 10), ("BANKEX", 15)])
def test_a_simulated_day_of_an_index_of_the_bse_is_traded_and_charged(tmp_path: Path, symbol: str, lot: int) -> None:
    assert run.main(made(tmp_path, symbol)) == run.DONE

    fills = pl.read_parquet(tmp_path / "sweep" / "fills.parquet")
    assert fills.height == 4  # a call and a put, in and out
    assert set(fills["ipft_paise"]) == {0}
    for price, size, paid in fills.select("price_paise", "lot_size", "exchange_txn_paise").iter_rows():
        assert size == lot
        # 3,250 rupees a crore of premium, on both sides.
        exact = Decimal(price) * lot * 3250 / 10_000_000
        assert paid == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert fills["exchange_txn_paise"].min() > 0


def test_a_day_before_its_charge_was_one_rate_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = made(tmp_path, "SENSEX", "2024-09-27")
    capsys.readouterr()

    assert run.main(words) == run.WRONG

    told = capsys.readouterr().out
    assert "SENSEX cannot be charged on 2024-09-27" in told
    assert "BSE_OPTIDX exchange_txn: 0 rates on 2024-09-27" in told
    assert "charges.csv" in told
    assert not (tmp_path / "sweep").exists()
