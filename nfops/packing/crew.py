"""Who packs: one process at a time in a data root, by itself or with workers."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from nfops.errors import ConfigError, NfopsError
from nfops.market import Market
from nfops.packing.bhavcopy import FOLDER
from nfops.packing.plan import Job
from nfops.packing.spool import SPOOLS
from nfops.packing.work import JobResult, pack_job
from nfops.processes import Lease, spawned

PATIENCE_S: Final = 2.0
"""How long a packing waits for another to end; workers of one that was killed need a moment."""


@contextmanager
def alone(root: Path) -> Iterator[Lease]:
    """Keep a second packing out of a data root, and clear away what one that was killed has left.

    The lock is on an open file, which workers hold open as well: the root is free when the last of them has ended.

    Raises
    ------
    ConfigError
        When another packing runs there.
    """
    path = root / "meta" / ".packing"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        _lock(lock, root)
        lock.seek(0)
        if lock.read():
            _clear(root)
        lock.truncate(0)
        lock.write("a packing began here and has not ended")
        lock.flush()
        yield Lease(lock.fileno())
        lock.truncate(0)


def _lock(lock: IO[str], root: Path) -> None:
    late = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > late:
                raise ConfigError(f"nothing was packed: another packing runs in {root}") from None
            time.sleep(0.05)
        else:
            return


def _clear(root: Path) -> None:
    """Remove halves of packed files (they have names of their own) and spooled rows."""
    halves = [path for part in ("packed", FOLDER) for path in (root / part).rglob(".*.part")]
    for path in (*halves, *(root / "meta").glob(".packed_*.part")):
        path.unlink(missing_ok=True)
    for folder in (root / "meta").glob(f"{SPOOLS}*"):
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Crew:
    """Processes that pack."""

    workers: int
    lease: Lease

    def results(self, jobs: Sequence[Job], market: Market) -> Iterator[JobResult]:
        """Do all jobs; results come as they are done."""
        if self.workers == 1 or len(jobs) <= 1:
            for job in jobs:
                yield from pack_job(job, market)
            return
        with spawned(min(self.workers, len(jobs)), _take_on, market, self.lease) as pool:
            waiting: list[Future[list[JobResult]]] = [pool.submit(_do, job) for job in jobs]
            try:
                for future in as_completed(waiting):
                    yield from future.result()
            except BrokenProcessPool:
                raise NfopsError(
                    f"a worker was ended from outside, perhaps for want of memory: {self.workers} workers need up to "
                    "2 GiB each. The same command goes on where it stopped; --workers says with how many"
                ) from None


_worker: dict[str, object] = {}
"""What a worker process keeps for all its jobs."""


def _take_on(market: Market, lease: Lease) -> None:
    _worker.update(market=market, lease=lease)


def _do(job: Job) -> list[JobResult]:
    market = _worker["market"]
    assert isinstance(market, Market)  # noqa: S101 - taken on at the start
    return pack_job(job, market)
