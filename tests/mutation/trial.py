"""One mutant against the tests, in a process of its own that begins with everything slow already imported."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

import pytest

from tests.mutation.mutants import Mutant

SURVIVED, KILLED, LATE = "survived", "killed", "killed by the clock"


class Changed(SourceFileLoader, MetaPathFinder):
    """Gives one module with another text than that of its file, which stays as it is."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.module, str(mutant.file.resolve()))
        self._text = mutant.text

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None

    def get_code(self, _fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec")


def run_tests(mutant: Mutant | None, tests: Sequence[str], seconds: int) -> str:
    """Run ``tests`` until one fails; ``mutant`` None: the code as it is."""
    child = os.fork()
    if not child:
        signal.alarm(seconds)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if mutant is not None:
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            sys.meta_path.insert(0, Changed(mutant))
        code = 3
        try:
            code = int(pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *tests]))
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return LATE
    return KILLED if os.WEXITSTATUS(status) else SURVIVED
