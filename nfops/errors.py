"""Every error nfops raises. A message states the law, the value and the choices; faults are collected, raised once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class NfopsError(Exception):
    """Root of the tree: catch this to catch all of nfops."""

    @classmethod
    def collect(cls, faults: Iterable[str], heading: str = "") -> Self:
        """Build one error that lists every fault, one per line.

        Parameters
        ----------
        faults
            What is wrong, one sentence each.
        heading
            What was being done; printed first.
        """
        listed = list(faults)
        lines = [f"  - {fault}" for fault in listed]
        return cls("\n".join([heading or f"{len(listed)} fault(s)", *lines]))


class ConfigError(NfopsError):
    """Wrong use or configuration; nothing was started."""


class MetaError(NfopsError):
    """A table of dated market facts is wrong, or has no row for what was asked."""


class DataError(NfopsError):
    """Market data cannot be used; ``reason`` is the machine-readable word for why."""

    def __init__(self, message: str, reason: str = "bad_data") -> None:
        super().__init__(message)
        self.reason = reason


class CacheError(NfopsError):
    """The day cache holds something that cannot be read back."""


class StorageError(NfopsError):
    """A disk has no room for a file; the file is as it was before."""
