"""Sweeps on real days, packed here from the vendors' files, equal an independent implementation to the paisa."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nfops.market import Market
from nfops.packing import pack
from sweeps import run
from tests.golden.conftest import META, Packed
from tests.shared import shared

RUNS = (
    "chain15_2019.NIFTY.straddle_levels",
    "chain15_2019.NIFTY.straddle_gap",
    "chain15_2019.BANKNIFTY.straddle_trail",
    "chain15_2019.NIFTY.strangle_reentry",
    "chain15_2019.BANKNIFTY.strangle_premium",
    "chain15_2019.NIFTY.strangle_delta",
    "chain15_2019.BANKNIFTY.strangle_pct",
    "chain15_2019.NIFTY.condor_quote",
    "chain15_2019.BANKNIFTY.crush_settle",
    "chain15_2019.NIFTY.gamma_spot",
    "chain15_2019.NIFTY.iv_rv",
    "chain15_2019.BANKNIFTY.orb",
    "chain15_2019.NIFTY.vwap_mr",
    "chain15_2019.NIFTY.oi_shift",
    "chain15_2019.NIFTY.burst",
    "chain15_2019.BANKNIFTY.calendar_quote",
    "kite1m_2021.NIFTY.straddle_fills",
    "kite1m_2021.NIFTY.strangle_reentry",
    "kite1m_2021.NIFTY.gamma_spot",
    "kite1m_2021.NIFTY.burst",
    "kite1m_tickspot_2021.NIFTY.momentum_ticks",
    "kite1m_tickspot_2021.NIFTY.orb_ticks",
    "kite1m_tickspot_2021.NIFTY.vol_spike_ticks",
    "trademarkk_2024.NIFTY.straddle",
    "trademarkk_2024.NIFTY.momentum",
    "kite_ticks_2021.BANKNIFTY.parity_straddle",
    "kite_ticks_2021.BANKNIFTY.parity_burst",
    "kite_ticks_2021.BANKNIFTY.parity_momentum",
    "chain5_2026.NIFTY.straddle",
    "chain5_2026.NIFTY.crush",
    "chain5_2026.BANKNIFTY.oi_shift",
)
"""All runs that trade one index."""


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_sweep_on_real_days_is_equal_to_the_paisa(
    name: str, packed: Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = json.loads(shared("expected", "manifest.json").read_text())
    words = next(row["sweep"] for row in manifest["runs"] if row["run"] == name).split()
    dataset, symbol = name.split(".")[:2]
    out = tmp_path / "sweep"
    paths = [f"paths.data={packed(dataset, symbol)}", f"paths.sweep={out}"]

    code = run.main(["-m", *words, *paths, "executor=local", "record=none", "record.fills=all"])

    assert code in {run.DONE, run.PARTIAL}
    compare = shared("expected", "compare.py")
    told = subprocess.run(
        [sys.executable, str(compare), str(compare.parent / name), str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.strip() == "equal", told.stdout


@pytest.mark.slow
def test_every_drop_of_the_2019_chains_is_the_independent_one(tmp_path: Path) -> None:
    market, totals = Market.load(META), dict[str, int]()
    for symbol in ("NIFTY", "BANKNIFTY"):
        source = shared("data", "nse", "option_chain_15min_2019", symbol)
        pack([shared("data", "nse", "index_1min_2012_2021")], "index_1min_csv", symbol, tmp_path, market, workers=2)
        report = pack([source], "nse_chain_csv", symbol, tmp_path, market, workers=2)
        assert report.balanced
        assert [str(date) for date in report.refused_days if date.month == 6] == ["2019-06-05"]
        for what in ("dropped", "noted", "refused"):
            for reason, count in report.total(what).items():
                totals[reason] = totals.get(reason, 0) + count
        totals["option_rows_kept"] = totals.get("option_rows_kept", 0) + report.packed
    # Counted by an independent implementation; its outside_session also holds 106 index bars.
    assert totals == {
        "empty_poll": 2322,
        "frozen_snapshot": 80_596,
        "no_trade_today": 197_975,
        "not_a_trading_day": 42_452,
        "option_rows_kept": 300_806,
        "outside_session": 36_792 - 106,
        "spot_mismatch": 3592,
        "volume_reset": 61,
    }
