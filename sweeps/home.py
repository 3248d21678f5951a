"""Where conf/ and meta/ are: beside the packages in a checkout, inside them in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from nfops.errors import ConfigError

_HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """Return the folder ``conf`` or ``meta``, from whatever folder nfops is called."""
    choices = (_HERE / "_shipped" / name, _HERE.parent / name)
    for choice in choices:
        if choice.is_dir():
            return choice
    raise ConfigError(f"the folder {name}/ is in none of {', '.join(map(str, choices))}; install nfops again")
