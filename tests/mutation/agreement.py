"""Engine and twin, as in tests/contracts/test_naive_twin.py, with few parameter sets: plain Python is slow."""

from __future__ import annotations

import pytest

from tests.contracts.test_naive_twin import QUICK, assert_equal


@pytest.mark.parametrize(("name", "scene"), [("short_strangle", QUICK[0]), ("short_straddle", QUICK[4])])
def test_engine_and_twin_agree(name: str, scene: object) -> None:
    assert assert_equal(scene, name, 5) >= 2
