"""Where the real market data for tests lies; it is not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HOME = Path(os.environ.get("NFOPS_SHARED", Path(__file__).parents[2] / "shared"))


def shared(*parts: str) -> Path:
    """Return a file or folder of the real data, or skip the calling test with the reason."""
    path = HOME.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real market data is not here: {'/'.join(parts)} (set NFOPS_SHARED to its folder)")
    return path
