"""What ``nfops pack --list`` prints: every layout, from what it declares."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape

from nfops.packing import LAYOUTS
from nfops.packing.layouts.base import Layout

_KINDS = {"1hz": "tick of exactly every second"}

_HOW = """\
nfops pack SRC... --layout NAME --symbol NIFTY    packs files of one layout
nfops pack SRC... --layout auto --symbol NIFTY    packs each file by the one layout that fits it, refuses the others
nfops pack --list --layout NAME                   shows one layout
A new vendor is a file of less than 60 lines: docs/add-a-vendor.md"""


def described(only: str = "") -> Iterator[str]:
    """Yield a block of text for each layout, or for the one called ``only``, and how to go on."""
    for layout in LAYOUTS.values():
        if only in {"", layout.name}:
            lines = [f"  {name:<7} {escape(text)}" for name, text in _facts(layout)]
            yield "\n".join([f"[bold]{layout.name}[/]", *lines])
    if not only:
        yield _HOW


def _facts(layout: Layout) -> Iterator[tuple[str, str]]:
    yield "reads", layout.vendor
    order = "rows in any order" if layout.rows == "any" else f"the {layout.rows}"
    yield "gives", f"{', '.join(layout.segments)}; a row is a {_KINDS.get(layout.rank) or layout.kind}; {order}"
    place = "fields" if layout.form in {"json", "lines"} else "columns"
    yield "files", f"{layout.form} ({', '.join(layout.suffixes)}) with the {place} {', '.join(layout.columns)}"
    yield "time", str(layout.clock)
    yield "volume", str(layout.volume or "none")
    yield "price", layout.price
    yield "names", str(layout.names)
    if layout.none:
        yield "means", "; ".join(f"{sign}: {meaning}" for sign, meaning in layout.none.items())
