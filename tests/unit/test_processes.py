"""Worker processes know nothing of the program that started them, and end with it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]

UNGUARDED = """
print("main")
from nfops.processes import spawned
with spawned(2) as pool:
    print(sorted(pool.map(abs, [-1, 2])))
"""

FILELESS = """
import __main__
from nfops.processes import spawned
with spawned(1) as pool:
    pool.submit(abs, -1).result()
print(hasattr(__main__, "__file__"), __main__.__spec__)
"""

WAITING = """
import os, time
from nfops.processes import spawned
with spawned(2) as pool:
    first, second = pool.submit(os.getpid), pool.submit(time.sleep, 60)
    print(*pool._processes, flush=True)
    second.result()
"""


def started(tmp_path: Path, script: str) -> subprocess.Popen[str]:
    path = tmp_path / "program.py"
    path.write_text(script)
    return subprocess.Popen(
        [sys.executable, str(path)], env={"PYTHONPATH": str(HOME)}, stdout=subprocess.PIPE, text=True
    )


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_a_program_without_a_guard_is_not_run_again_by_its_workers(tmp_path: Path) -> None:
    assert started(tmp_path, UNGUARDED).communicate()[0] == "main\n[1, 2]\n"


@pytest.mark.slow
def test_a_notebook_has_no_file_afterwards_either() -> None:
    code = [sys.executable, "-c", FILELESS]
    done = subprocess.run(code, env={"PYTHONPATH": str(HOME)}, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "False None\n"


@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = started(tmp_path, WAITING)
    assert parent.stdout is not None
    workers = [int(word) for word in parent.stdout.readline().split()]
    assert len(workers) == 2
    assert all(alive(worker) for worker in workers)
    parent.kill()
    parent.communicate()
    late = time.monotonic() + 30
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < late
        time.sleep(0.05)
