"""Sweeps that go on when the terminal is closed."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Sequence
from typing import Final

from sweeps.config import SweepConfig
from sweeps.console import Console
from sweeps.files import write_summary
from sweeps.sweep import new_folder, summary_name, summary_of

LOG: Final = "sweep.log"


def detach(configs: Sequence[SweepConfig], console: Console) -> None:
    """Queue sweeps in their folders, and start a process of its own that runs them one after the other."""
    started = dt.datetime.now(dt.UTC)
    folders = [config.paths.sweep or new_folder(config, started) for config in configs]
    for config, folder in zip(configs, folders, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        write_summary(folder, {**summary_of(config, started), "status": "queued"}, summary_name(config))
    words = [sys.executable, "-m", "sweeps", "resume", *map(str, folders)]
    log = (os.POSIX_SPAWN_OPEN, 1, str(folders[0] / LOG), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    actions = [nothing, log, (os.POSIX_SPAWN_DUP2, 1, 2)]
    os.posix_spawn(sys.executable, words, os.environ, file_actions=actions, setsid=True)
    for folder in folders:
        console.terminal.print(f"queued: {folder}", soft_wrap=True)
    console.terminal.print(f"log:    {folders[0] / LOG}", soft_wrap=True)
    console.terminal.print(f"follow: nfops status --watch 2 {folders[0].parent}", soft_wrap=True)
    console.terminal.print(f"stop:   nfops cancel {folders[0]}", soft_wrap=True)
