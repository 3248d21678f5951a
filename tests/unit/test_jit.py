"""Compiled code is found again only while nothing has changed that it was made of."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

from nfops.jit import HOME, kernel_sources


def test_whatever_kernels_are_made_of_is_among_the_sources_that_are_hashed() -> None:
    hashed, looked_at = set(kernel_sources()), 0
    for file in sorted(HOME.rglob("*.py")):
        imports = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ImportFrom)]
        if any(node.module == "nfops.jit" for node in imports):
            assert file in hashed, f"{file} has kernels and is not hashed"
            for node in imports:
                looked_at += 1
                for name in node.names:
                    assert _is_hashed(str(node.module), name.name, hashed), f"{file}: {node.module}.{name.name}"
    assert looked_at > 50


def _is_hashed(module: str, name: str, hashed: set[Path]) -> bool:
    """Whether what is imported cannot be compiled in (no constant of ours, no function) or is hashed."""
    if not module.startswith("nfops.") or not name.isupper():
        return True
    source = importlib.import_module(module).__file__
    return source is not None and Path(source) in hashed


def test_the_folder_of_compiled_code_is_of_these_sources_alone() -> None:
    names = {str(source.relative_to(HOME)) for source in kernel_sources()}
    assert {"jit.py", "types.py", "engine/kernels.py", "pricing/black76.py"} <= names
    assert not any(name.startswith(("packing", "report", "overfit")) for name in names)
