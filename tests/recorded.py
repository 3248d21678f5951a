"""A sweep recorded in a real database: MLflow's migrations take many seconds, so tests share one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from sweeps.adapters.mlflow_recorder import LATEST, MlflowRecorder
from tests.sweep_folder import make_sweep


class Recorded:
    """A sweep, and where it was recorded."""

    def __init__(self, home: Path) -> None:
        self.mlruns = home / "mlruns"
        self.sweep = make_sweep(home / "20240301-090000-abc")
        self.recorder = MlflowRecorder(self.mlruns)
        self.said = self.recorder.record(self.sweep)
        self.latest = json.loads((self.mlruns / LATEST).read_text())
        self.client = cast("Any", self.recorder)._opened.result()
