"""Sweeps on real days, packed here from the vendors' files, equal an independent implementation to the paisa."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nfops.strategies import strategy
from sweeps import run
from tests.golden.conftest import Packed
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
    "chain15_2019.BANKNIFTY.dispersion",
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
"""All there are."""


def name_of(words: list[str]) -> str:
    """Strategy of a run."""
    return next(word.partition("=")[2] for word in words if word.startswith("strategy="))


@pytest.mark.slow
def test_no_run_is_left_out() -> None:
    manifest = json.loads(shared("expected", "manifest.json").read_text())
    assert sorted(RUNS) == sorted(row["run"] for row in manifest["runs"])


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_sweep_on_real_days_is_equal_to_the_paisa(
    name: str, packed: Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = json.loads(shared("expected", "manifest.json").read_text())
    words = next(row["sweep"] for row in manifest["runs"] if row["run"] == name).split()
    dataset, symbol = name.split(".")[:2]
    if other := strategy(name_of(words)).entry.companion.get(symbol):
        packed(dataset, other)
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
