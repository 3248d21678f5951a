"""A file is whole or absent, whatever happens while it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfops.files import content_hash, replacing, write_text


def break_off(path: Path) -> None:
    with replacing(path) as part:
        part.write_text("half")
        raise RuntimeError("power cut")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    write_text(path, "old")

    with pytest.raises(RuntimeError, match="power cut"):
        break_off(path)

    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.txt"]


def test_a_write_replaces_the_file_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "table.txt"
    write_text(path, "one")
    write_text(path, "two")
    assert path.read_text() == "two"


def test_the_hash_is_of_the_content_alone(tmp_path: Path) -> None:
    for name, text in {"a": "same", "b": "same", "c": "other"}.items():
        write_text(tmp_path / name, text)
    assert content_hash(tmp_path / "a") == content_hash(tmp_path / "b") != content_hash(tmp_path / "c")
