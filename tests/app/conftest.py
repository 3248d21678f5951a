"""What tests of the application share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nfops.market import Market
from nfops.packing import pack
from nfops.synth import synthesize
from sweeps import cli, run
from sweeps.home import folder
from tests.simulated import FIRST, LAST
from tests.sweeping import digests, words


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with six simulated days."""
    made, market = tmp_path_factory.mktemp("packed"), Market.load(folder("meta"))
    synthesize("NIFTY", FIRST, LAST, made / "raw", market=market)
    pack([made / "raw"], "nfopslab", "NIFTY", made, market)
    return made


@pytest.fixture
def root(packed: Path) -> Path:
    """The same, with no result known."""
    shutil.rmtree(packed / "cache" / "results", ignore_errors=True)
    return packed


@pytest.fixture
def unseen(packed: Path) -> None:
    """Forget which of its days sweeps have shown, as other tests' sweeps may have."""
    shutil.rmtree(packed / "ledger" / "shown", ignore_errors=True)


@pytest.fixture
def own(packed: Path, tmp_path: Path) -> Path:
    """A copy of its packed files, to be damaged; nothing is built."""
    for name in ("packed", "meta"):
        shutil.copytree(packed / name, tmp_path / "own" / name)  # with its time stamps: nothing seems to be changed
    return tmp_path / "own"


@pytest.fixture(scope="session")
def undisturbed(packed: Path) -> dict[str, str]:
    """Hashes of the tables of a sweep that nobody touched."""
    assert run.main(words(packed, packed / "undisturbed")) == run.DONE
    trials = pl.read_parquet(packed / "undisturbed" / "trials.parquet")
    assert trials["n_trades"].sum() > 100
    assert trials["total"].n_unique() > 10
    return digests(packed / "undisturbed")


@pytest.fixture
def nfops(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Call the command with words; return its exit code."""

    def call(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["nfops", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return int(left.value.code or 0)

    return call
