"""Looks after a cluster while nothing comes back from it: whether its head is there, and any node has a core.

Ray itself waits for both without a word: a minute for a head that is lost, and then it ends the process; for ever for a
node that has a core.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Final

from nfops.errors import NfopsError

ANSWER_S: Final = 10.0
"""A head that does not take a connection within so long is not there."""

LOST_S: Final = 20.0
"""A head that was there and does not answer for so long is lost. Less than the minute after which Ray ends us."""

AGAIN_S: Final = 1.0
"""It is tried again so often."""


class Watch:
    """What is known of a cluster.

    Parameters
    ----------
    head
        Its address, as ``host:port``.
    cores
        Counts the cores there are now; asked only of a head that answers.
    patience_s
        A cluster without any core is given up after so long; None: never.
    say
        Takes lines for whoever waits.
    """

    def __init__(
        self, head: str, cores: Callable[[], int], patience_s: float | None, say: Callable[[list[str]], None]
    ) -> None:
        self._head, self._cores, self._patience_s, self._say = head, cores, patience_s, say
        self._idle_since: float | None = None
        """When it was first seen that no node has a core."""

    def look(self) -> None:
        """Look once; say when the last core is gone, and when there is one again.

        Raises
        ------
        NfopsError
            When the head is lost, or no node has had a core for as long as patience lasts.
        """
        self.must_answer()
        if self._cores():
            if self._idle_since is not None:
                self._say(["a node has joined the cluster; the sweep goes on"])
            self._idle_since = None
            return
        now = time.monotonic()
        if self._idle_since is None:
            self._idle_since = now
            until = "" if self._patience_s is None else f" for {self._patience_s:,.0f} s (executor.patience_s)"
            self._say([f"no node of the Ray cluster at {self._head} has a core; waiting for one{until}"])
        elif self._patience_s is not None and now - self._idle_since > self._patience_s:
            raise NfopsError(
                f"no node of the Ray cluster at {self._head} has had a core for {self._patience_s:,.0f} s "
                "(executor.patience_s); start a node, or go on with --executor local"
            )

    def must_answer(self) -> None:
        """Return as soon as the head answers; raise NfopsError when it does not for LOST_S."""
        began = time.monotonic()
        while True:
            try:
                return answers(self._head, AGAIN_S)
            except OSError as fault:
                if time.monotonic() - began > LOST_S:
                    raise NfopsError(
                        f"the head of the Ray cluster at {self._head} is lost ({fault}); start a cluster and name it "
                        "with --address, or go on with --executor local"
                    ) from fault
            time.sleep(AGAIN_S)


def answers(address: str | None, within_s: float = ANSWER_S) -> None:
    """Try the port of a cluster, where one is named; OSError when nothing is there."""
    host, colon, port = (address or "").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.rpartition("/")[2].strip("[]"), int(port)), timeout=within_s).close()
