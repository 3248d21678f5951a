"""What tests of the application share."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfops.market import Market
from nfops.packing import pack
from nfops.synth import synthesize
from sweeps.home import folder
from tests.simulated import FIRST, LAST


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with six simulated days."""
    made, market = tmp_path_factory.mktemp("packed"), Market.load(folder("meta"))
    synthesize("NIFTY", FIRST, LAST, made / "raw", market=market)
    pack([made / "raw"], "nfopslab", "NIFTY", made, market)
    return made
