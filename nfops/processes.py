"""Worker processes for work that Polars takes part in."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import reduction
from typing import Any


class Lease:
    """An open file that workers keep open too, so that a lock on it outlives a process that was killed."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def __reduce__(self) -> tuple[Callable[[Any], Lease], tuple[Any]]:
        """Hand the open file itself to a process that is being spawned."""
        return _taken_over, (reduction.DupFd(self.handle),)


def _taken_over(handle: Any) -> Lease:
    return Lease(handle.detach())


@contextmanager
def spawned(workers: int, prepare: Callable[..., None] | None = None, *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes in which Polars uses one thread, unless the user decided otherwise.

    They are spawned, never forked: Polars' threads do not survive a fork. A worker leaves an interrupt to its parent,
    and ends with it, also when that was killed.

    Parameters
    ----------
    prepare, arguments
        Called once in each worker, with what it needs for all its work.
    """
    decided = "POLARS_MAX_THREADS" in os.environ
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, context, _begin, (prepare, *arguments)) as pool:
            with _apart():
                for _ in range(workers):  # as many as there are idle workers: none yet
                    pool.submit(os.getpid)
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        if not decided:
            del os.environ["POLARS_MAX_THREADS"]


@contextmanager
def _apart() -> Iterator[None]:
    """Spare workers that are spawned now the program that was started, and its interrupts.

    A worker would import the program's main module, for nfops all of MLflow and Ray, and needs nothing of it.
    """
    main = sys.modules["__main__"]
    hidden = {name: getattr(main, name) for name in ("__spec__", "__file__") if hasattr(main, name)}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which they take over
    for name in hidden:
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in hidden.items():  # only what was there: a notebook has no file, and Ray asks
            setattr(main, name, value)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _begin(prepare: Callable[..., None] | None, *arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if prepare is not None:
        prepare(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
