"""Raw files are found in folders, globs and archives, each once, in order of their paths."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from nfops.errors import ConfigError
from nfops.packing.sources import expand


def names(root: Path, *sources: Path) -> list[str]:
    return [file.name.removeprefix(f"{root}/") for file in expand(sources, (".csv",))]


def test_folders_are_searched_and_other_files_left_alone(tmp_path: Path) -> None:
    for name in ("b/two.csv", "b/c/one.csv.gz", "b/notes.md", "a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path, tmp_path / "b", tmp_path / "b" / "two.csv") == ["b/c/one.csv.gz", "b/two.csv"]
    assert names(tmp_path, tmp_path / "**" / "*.csv") == ["a.csv", "b/two.csv"]
    assert names(tmp_path, tmp_path / "b" / "notes.md") == ["b/notes.md"]  # named by hand: tried, whatever its ending


@pytest.mark.parametrize("archive", ["days.tar.gz", "days.zip"])
def test_members_of_archives_are_files_of_their_own(tmp_path: Path, archive: str) -> None:
    members = {"NIFTY/b.csv": b"2", "NIFTY/a.csv.gz": gzip.compress(b"1"), "readme.txt": b"?"}
    path = tmp_path / archive
    if archive.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as out:
            for name, content in members.items():
                out.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as out:
            for name, content in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                out.addfile(entry, io.BytesIO(content))

    found = expand([tmp_path], (".csv",))

    assert [(file.member, file.stem, file.read()) for file in found] == [
        ("NIFTY/a.csv.gz", "a", b"1"),
        ("NIFTY/b.csv", "b", b"2"),
    ]


def test_a_gz_file_is_read_unpacked(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"rows"))
    assert [file.read() for file in expand([tmp_path], (".csv",))] == [b"rows"]


def test_every_source_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)gone does not exist.*\*\.parquet does not exist"):
        expand([tmp_path / "gone", tmp_path / "*.parquet"], (".csv",))
