"""The one place where compiler flags of the kernels are chosen.

Kernels are plain loops over typed arrays: they never raise, print or allocate by data; they write into arrays
that the caller gives. Signatures stay lazy, because an explicit one refuses read-only arrays.

Compiled code is kept between runs in a folder whose name contains a hash of all sources a kernel can be made of, the
versions of Numba and NumPy and the CPU: Numba itself only looks at the file of the outermost kernel, and would go on
using yesterday's version of a kernel, or of a constant, that comes from another file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

import llvmlite.binding
import numba
import numpy as np

P = ParamSpec("P")
R = TypeVar("R")

HOME: Final = Path(__file__).parent

KERNEL_SOURCES: Final = (
    "jit.py",
    "params",
    "types.py",
    "costs",
    "daycache",
    "engine",
    "market",
    "pricing",
    "strategies",
)
"""Where kernels and the constants compiled into them are written. A change elsewhere compiles nothing anew."""


def kernel_sources() -> list[Path]:
    """Return the files whose text decides about compiled code, in order."""
    places = [HOME / name for name in KERNEL_SOURCES]
    return sorted(file for place in places for file in ([place] if place.is_file() else place.rglob("*.py")))


@cache
def code_name() -> str:
    """Name of the code that decides about results: of these sources, and of Numba and NumPy."""
    digest = hashlib.blake2b(f"{numba.__version__} {np.__version__}".encode(), digest_size=10)
    for source in kernel_sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path:
    """Folder for compiled kernels of exactly this code on exactly this machine."""
    home = os.environ.get("NFOPS_KERNEL_CACHE") or Path.home() / ".cache" / "nfops" / "kernels"
    return Path(home) / f"{code_name()}-{llvmlite.binding.get_host_cpu_name()}"


# Through the environment, because Numba re-reads its settings from there whenever a NUMBA_ variable changes.
os.environ["NUMBA_CACHE_DIR"] = str(_cache_folder())
numba.core.config.reload_config()  # type: ignore[no-untyped-call]


OPTIONS: Final[dict[str, Any]] = {"cache": True, "nogil": True, "_nrt": False}
"""No fast-math, so that arithmetic stays exact; no reference counts, which cost several times what kernels do between
them: the caller keeps every array alive, and a kernel that allocates is refused by the compiler."""

INNER: Final[dict[str, Any]] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` without the interpreter."""
    return cast("Callable[P, R]", numba.njit(**OPTIONS)(function))


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Likewise for a kernel that only other kernels call: it compiles in half the time without a door from Python."""
    return cast("Callable[P, R]", numba.njit(**OPTIONS, **INNER)(function))
