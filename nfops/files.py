"""Writing files so that nobody ever reads half of one, and naming content by its hash."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nfops.errors import StorageError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; rename it to ``path`` when the block ends well, drop it otherwise.

    The data is on disk before the rename, so after a crash ``path`` is either the old file or the whole new one.

    Raises
    ------
    StorageError
        When there is no room for the file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        part = Path(name)
        try:
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.chmod(0o644)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except Exception as fault:
        if not _no_room(fault):
            raise
        raise StorageError(
            f"{path} was not written: its disk is full, or a quota is used up; make room there"
        ) from fault


def _no_room(fault: Exception) -> bool:
    """Whether a disk is full; Polars says so only in the text of its own error."""
    full = f"(os error {errno.ENOSPC})", f"(os error {errno.EDQUOT})"
    return getattr(fault, "errno", None) in _FULL or str(fault).endswith(full)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` atomically, as UTF-8."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def content_hash(path: Path) -> str:
    """Return the BLAKE2b hash (128 bits, hex) of the bytes of ``path``, read in pieces."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock named ``path`` while the block runs, waiting for other processes that hold it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Give True and hold the lock named ``path`` while the block runs, or give False when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def is_claimed(path: Path) -> bool:
    """Whether some process holds the lock named ``path``."""
    if not path.exists():
        return False
    with claimed(path) as free:
        return not free
