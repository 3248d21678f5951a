"""The command line teaches, and its exit codes can be relied on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Nfops = Callable[..., int]


@pytest.mark.parametrize(
    "command",
    ["demo", "pack", "synth", "cache", "sweep", "walkforward", "ledger", "report", "ui", "doctor", "strategies"],
)
def test_every_command_is_in_the_help(nfops: Nfops, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert nfops("--help") == 0
    assert command in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("pack",),
        ("synth",),
        ("cache", "build"),
        ("report",),
        ("doctor",),
        ("sweep",),
        ("walkforward",),
        ("ledger",),
        ("strategies",),
    ],
)
def test_every_command_explains_itself(nfops: Nfops, words: tuple[str, ...]) -> None:
    assert nfops(*words, "--help") == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("pack", "x", "--layout", "nfopslb", "--symbol", "NIFTY"), "'nfopslb' is no layout"),
        (("cache", "info", "--symbol", "NIFTY", "--start", "2024-01-06", "--end", "2024-01-07"), "no trading day"),
        (("strategies", "short_stradle"), "did you mean short_straddle"),
        (("sweep", "span.start=2024-99-01"), "must be a date YYYY-MM-DD"),
        (("sweep", "-m", "symbol=NIFTI", "strategy.exit.stop_pc=1,2"), "did you mean strategy.exit.stop_pct"),
        (("sweep", "strategy.exit.stop_pc=10", "symbol=NIFTI"), "did you mean strategy.exit.stop_pct"),
        (("sweep", "simbol=NIFTY", "span.start=2024-99-01"), "must be a date YYYY-MM-DD"),
        (("sweep", "strategy.exit.stop_pct=10,20"), "--multirun"),
        (("sweep", "strategy=short_stradle"), "short_straddle"),
        (("walkforward", "walkforward=roling"), "rolling"),
        (("ledger",), "nothing was tried yet"),
    ],
)
def test_wrong_use_is_2_and_nothing_starts(
    nfops: Nfops,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NFOPS_DATA_ROOT", str(tmp_path / "data"))

    assert nfops(*words) == 2

    out, err = capfd.readouterr()
    assert told in out + err
    assert not list(tmp_path.rglob("sweep.json"))


def test_strategies_are_listed_and_told(nfops: Nfops, capsys: pytest.CaptureFixture[str]) -> None:
    assert nfops("strategies") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("short_straddle", "theta_windows", "2 of 2", "filter_gap"))
    assert nfops("strategies", "theta_10_12") == 0
    assert "nfops sweep strategy=catalogue/theta_10_12" in capsys.readouterr().out
