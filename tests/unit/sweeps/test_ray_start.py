"""Starting Ray on a machine that has no time for it."""

from __future__ import annotations

from typing import Any

import pytest
import ray

from nfops.errors import NfopsError
from sweeps.adapters import ray_executor
from sweeps.adapters.ray_executor import RayExecutor

SLOW = "The current node timed out during startup. This could happen because some of the raylet failed to startup."


def failing(monkeypatch: pytest.MonkeyPatch, text: str, times: int) -> list[dict[str, Any]]:
    """Let Ray fail so many times with a plain exception, as it does; give the calls."""
    calls: list[dict[str, Any]] = []

    def init(**how: Any) -> None:
        calls.append(how)
        if len(calls) <= times:
            raise Exception(text)  # noqa: TRY002 - what Ray raises

    monkeypatch.setattr(ray, "init", init)
    return calls


def test_ray_that_was_not_ready_in_time_is_started_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = failing(monkeypatch, SLOW, times=1)
    ray_executor._start({"address": "local"})
    assert [call["address"] for call in calls] == ["local", "local"]


@pytest.mark.parametrize(("text", "starts"), [(SLOW, 2), ("no port is free", 1)])
def test_ray_that_cannot_start_is_one_error_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch, text: str, starts: int
) -> None:
    calls = failing(monkeypatch, text, times=9)
    with pytest.raises(NfopsError, match=r"Ray cannot start here \(Exception: .*; executor=local does without"):
        RayExecutor(1, None)
    assert len(calls) == starts


def test_the_error_tells_what_ray_hides_behind_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**how: Any) -> None:
        del how
        try:
            raise RuntimeError("Traceback\n  File\nthe token is incorrect\n")  # noqa: TRY301
        except RuntimeError as cause:
            raise ConnectionError("no") from cause

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(NfopsError, match=r"\(ConnectionError: no, because of the token is incorrect\); executor"):
        RayExecutor(1, "auto")
