"""Lets Ray show its token to a cluster that is joined by its address.

A head that ``ray start`` made asks for the token since 2.59, but a driver shows one unasked only from 2.61 on; until
then it waits for 20 s, and is turned away.
"""

from __future__ import annotations

import os
from pathlib import Path


def offer_token() -> None:
    """Show the token, where there is one and nobody decided otherwise; before ray is imported, as it looks once."""
    named = any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    if named or (Path.home() / ".ray" / "auth_token").exists():
        os.environ.setdefault("RAY_AUTH_MODE", "token")
