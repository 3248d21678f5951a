"""The command `nfops`, also as ``python -m sweeps``.

Imports make half a million objects that live as long as the process. To look for garbage among them took a quarter of
the start and nearly all of the end of every command.
"""

from __future__ import annotations

import gc

from sweeps.adapters.ray_token import offer_token

offer_token()
gc.disable()

from sweeps import cli  # noqa: E402 - what it imports is what nobody shall look through

gc.freeze()
gc.enable()


def main() -> None:
    """Run the command."""
    cli.main()


if __name__ == "__main__":
    main()
