"""What tests of the tools around a sweep share."""

from __future__ import annotations

import pytest

from tests.recorded import Recorded


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("mlflow"))
