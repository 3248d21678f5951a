"""From what the user names to raw files: files, folders, globs, and members of .gz, .zip and .tar.gz archives."""

from __future__ import annotations

import functools
import glob
import gzip
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nfops.errors import ConfigError

_TAR: Final = (".tar.gz", ".tgz", ".tar")

DAMAGED: Final = (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile)
"""What reading a damaged file or archive can raise."""


@dataclass(frozen=True, slots=True, order=True)
class RawFile:
    """One raw file, or one member of an archive; ordered by path, then member."""

    path: Path
    member: str = ""

    def place(self) -> tuple[tuple[str, ...], str]:
        """Sort key, the same order as that of raw files and ten times as quick."""
        return self.path.parts, self.member

    @property
    def name(self) -> str:
        """Path and member, for messages and for layouts that read facts off the name."""
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    @property
    def base(self) -> str:
        """Last part of the name, without ``.gz``."""
        return self.name.rsplit("/", 1)[-1].removesuffix(".gz")

    @property
    def stem(self) -> str:
        """Last part of the name without any ending."""
        return self.base.rsplit(".", 1)[0]

    def read(self) -> bytes:
        """Give the bytes, unpacked."""
        if self.member:
            return _members(self.path)[self.member]
        return gzip.decompress(self.path.read_bytes()) if self.path.suffix == ".gz" else self.path.read_bytes()


def expand(sources: Iterable[Path], suffixes: Sequence[str]) -> list[RawFile]:
    """List the raw files that ``sources`` mean, sorted by path, each once.

    Raises
    ------
    ConfigError
        Naming every source that does not exist.
    """
    files: set[RawFile] = set()
    missing = []
    for source in sources:
        matches = [source] if source.exists() else [Path(match) for match in glob.glob(str(source), recursive=True)]  # noqa: PTH207 - the pattern may be absolute
        if not matches:
            missing.append(f"{source} does not exist and matches no file")
        for match in matches:
            if match.is_dir():
                files.update(file for path in _below(match.resolve()) for file in _files(path, suffixes, named=False))
            else:
                files.update(_files(match.resolve(), suffixes, named=True))
    if missing:
        raise ConfigError.collect(missing, "nothing was packed:")
    return sorted(files, key=RawFile.place)


def _below(folder: Path) -> Iterator[Path]:
    """Give the files below a folder; of tens of thousands only links are worth resolving one by one."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118 - a Path for what is no file would cost as much as the rest
            if os.path.isfile(path):  # noqa: PTH113
                yield Path(path).resolve() if os.path.islink(path) else Path(path)  # noqa: PTH114


def _files(path: Path, suffixes: Sequence[str], *, named: bool) -> list[RawFile]:
    if _is_archive(path):
        try:
            members = _members(path)
        except DAMAGED:
            return [RawFile(path)]  # whoever reads it will say why it cannot be read
        return [RawFile(path, member) for member in members if member.removesuffix(".gz").endswith(tuple(suffixes))]
    fits = path.name.removesuffix(".gz").endswith(tuple(suffixes))
    return [RawFile(path)] if fits or named else []


def _is_archive(path: Path) -> bool:
    return path.name.endswith((*_TAR, ".zip"))


@functools.lru_cache(maxsize=2)
def _members(path: Path) -> dict[str, bytes]:
    """Unpack a whole archive once: a compressed tar can only be read from its beginning."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: _plain(name, archive.read(name)) for name in archive.namelist() if not name.endswith("/")}
    unpacked = {}
    with tarfile.open(path) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                unpacked[member.name] = _plain(member.name, stream.read())
    return unpacked


def _plain(name: str, content: bytes) -> bytes:
    return gzip.decompress(content) if name.endswith(".gz") else content
