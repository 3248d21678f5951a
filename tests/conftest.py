"""How tests are spread over processes: those that share costly packed data stay together."""

from __future__ import annotations

from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
FIRST = ("golden", "app")
"""Folders whose tests take longest and so begin first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(GOLDEN):
            item.add_marker(pytest.mark.xdist_group("golden"))
    items.sort(key=lambda item: item.path.parent.name not in FIRST)
