"""How tests are spread over processes: those that share something costly stay together, and begin first."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent

TOGETHER: Final = {
    "golden": "packed real data",
    "app/test_catalogue.py": "one run of each configuration",
    "contracts/test_naive_twin.py": "days traded by the twin",
    "app/test_same_bytes.py": "a packed real day",
    "unit/sweeps/test_mlflow_recorder.py": "a recorded sweep",
    "unit/sweeps/test_ui.py": "a recorded sweep",
}
"""Places below tests/, and what their tests share."""

SLOW: Final = "contracts"
"""Every strategy under every law takes minutes, so this folder is left out of ``make test-fast``."""

FIRST: Final = ("golden", "contracts", "app")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups and pytest the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for place, shared in TOGETHER.items():
            if item.path.is_relative_to(TESTS / place):
                item.add_marker(pytest.mark.xdist_group(shared))
        if item.path.is_relative_to(TESTS / SLOW):
            item.add_marker(pytest.mark.slow)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(TESTS).parts[0]
    return FIRST.index(folder) if folder in FIRST else len(FIRST)
