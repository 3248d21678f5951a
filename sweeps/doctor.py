"""`nfops doctor`: what on this machine would make nfops slow or wrong."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sysconfig
from importlib.metadata import version
from pathlib import Path

from rich import box
from rich.table import Table

from sweeps.console import Console
from sweeps.home import folder
from sweeps.ui import PORT

TOOLS = ("ray", "polars", "pyarrow", "numba", "numpy", "hydra-core", "mlflow")
STORE_GB = 2.0
"""Shared memory below this makes Ray's object store fall back to disk."""


def examine(data: Path, console: Console) -> int:
    """Print what was found; return 0, or 1 when something wants attention."""
    table = Table("what", "found", "advice", box=box.SIMPLE_HEAD)
    attention = 0
    for what, found, advice in [*_machine(), *_install(), *_folders(data), _port()]:
        attention += bool(advice)
        table.add_row(what, found, advice)
    console.terminal.print(table)
    return 1 if attention else 0


def _machine() -> list[tuple[str, str, str]]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    shared = shutil.disk_usage("/dev/shm").free / 1e9 if Path("/dev/shm").exists() else 0.0  # noqa: S108 - only its size
    low = "Ray's object store would lie on disk; with Docker use --shm-size=4g" if shared < STORE_GB else ""
    return [
        ("Python", platform.python_version(), ""),
        ("cores", str(os.cpu_count()), ""),
        ("memory", f"{memory:.1f} GB", ""),
        ("shared memory free", f"{shared:.1f} GB", low),
    ]


def _install() -> list[tuple[str, str, str]]:
    compiled = any(Path(sysconfig.get_paths()["purelib"]).glob("ray/__pycache__/*.pyc"))
    advice = "" if compiled else "Ray starts twice as fast with byte-code: python -m compileall -q " + "site-packages"
    return [
        *((name, version(name), "") for name in TOOLS),
        ("byte-code of ray", "compiled" if compiled else "missing", advice),
        ("conf and meta", f"{folder('conf')}, {folder('meta')}", ""),
    ]


def _folders(data: Path) -> list[tuple[str, str, str]]:
    root = data.resolve()
    nearest = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(nearest).free / 1e9
    writable = os.access(nearest, os.W_OK)
    return [("data root", f"{root}, {free:.0f} GB free", "" if writable else f"{nearest} cannot be written")]


def _port() -> tuple[str, str, str]:
    """Say whether ``nfops ui`` would find its usual port free; taken, it is a choice and no fault."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", PORT)) == 0
    return "port of nfops ui", f"{PORT} is taken; nfops ui --port takes another" if taken else f"{PORT} is free", ""
