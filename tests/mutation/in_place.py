"""Mutants of kernels without importing anything anew: the code of plain functions is exchanged where it stands.

Days, the twin's answers and the tests are there before the first mutant, so that a mutant takes as long as its first
check that fails. All happens in one process; that nothing of a mutant stays behind is seen when the checks pass again
at the end.
"""

from __future__ import annotations

import inspect
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FunctionType
from typing import Any

import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.trial import KILLED, LATE, SURVIVED

Check = Callable[[], Any]


class Keeper:
    """Keeps the tests of a run as functions of nothing, and how long each took."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {}
        self.took: dict[str, float] = {}

    def pytest_runtest_call(self, item: pytest.Function) -> None:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        assert set(item.fixturenames) <= {*params, "request"}, f"{item.name} asks for more than its parameters"
        self.checks[item.nodeid] = partial(item.obj, **params)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.took[report.nodeid] = report.duration


def checks_of(tests: Sequence[str]) -> list[Check]:
    """Run ``tests`` on the code as it is and give them, the quickest first."""
    keeper = Keeper()
    pytest.main(["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *tests], plugins=[keeper])
    return [keeper.checks[name] for name in sorted(keeper.took, key=lambda name: keeper.took[name])]


def fate_of(mutant: Mutant | None, checks: Sequence[Check], seconds: int) -> str:
    """Run checks against a mutant until one fails; None: against the code as it is."""
    try:
        with put_in_place(mutant), ending_after(seconds):
            for check in checks:
                check()
    except TimeoutError:
        return LATE
    except Exception:  # noqa: BLE001  whatever a wrong line leads to
        return KILLED
    return SURVIVED


@contextmanager
def ending_after(seconds: int) -> Iterator[None]:
    """Raise TimeoutError after a time: loops of plain Python can be left anywhere."""

    def leave(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, leave)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@contextmanager
def put_in_place(mutant: Mutant | None) -> Iterator[None]:
    """Exchange what a mutant changes of a module: the code of functions, and constants wherever they are imported."""
    undo: list[Callable[[], None]] = []
    try:
        forget()
        if mutant is not None:
            undo += exchange(mutant)
        yield
    finally:
        for back in undo:
            back()
        forget()


def exchange(mutant: Mutant) -> list[Callable[[], None]]:
    """Do so, and say how it is undone."""
    module = sys.modules[mutant.module]
    made: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(mutant.text, str(mutant.file), "exec"), made)
    undo = []
    for name, new in made.items():
        old = getattr(module, name, None)
        if isinstance(old, FunctionType):
            function = inspect.unwrap(old)
            undo.append(partial(setattr, function, "__code__", function.__code__))
            function.__code__ = inspect.unwrap(new).__code__
        elif isinstance(old, (int, tuple)) and old != new:
            for user in [user for user in sys.modules.values() if vars(user).get(name) is old]:
                undo.append(partial(setattr, user, name, old))
                setattr(user, name, new)
    return undo


def forget() -> None:
    """Let what was found of days and blocks be found again."""
    from nfops.engine import ground, study  # noqa: PLC0415  kernels are imported once they are plain

    ground._KNOWN.clear()
    study._STUDIED.clear()
