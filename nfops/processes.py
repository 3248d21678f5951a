"""Worker processes for work that Polars takes part in."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager


@contextmanager
def spawned(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes in which Polars uses one thread, unless the user decided otherwise.

    They are spawned, never forked: Polars' threads do not survive a fork.
    """
    decided = "POLARS_MAX_THREADS" in os.environ
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            yield pool
    finally:
        if not decided:
            del os.environ["POLARS_MAX_THREADS"]
