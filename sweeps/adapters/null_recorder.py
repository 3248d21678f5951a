"""Keeps nothing: the files of the sweep are the record."""

from __future__ import annotations

from sweeps.finished import Sweep


class NullRecorder:
    """Recorder port for ``record=none``."""

    def record(self, sweep: Sweep) -> str:
        """Point to the folder of the sweep."""
        return str(sweep.folder)
