"""``nfops strategies``: what can be traded, in a table; and everything about one of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich import box
from rich.console import RenderableType
from rich.table import Table

from nfops.errors import ConfigError
from nfops.params import Param
from nfops.strategies import ALIASES, ENTRY_RULES, LEG_RULES, REGISTRY, Strategy
from nfops.strategies.filters import FILTERS
from sweeps.catalogue import Family, Variant, catalogue
from sweeps.console import Console
from sweeps.strategy_pages import command, written

HINT = """\
nfops strategies short_straddle       its parameters, with defaults and what they may be
nfops strategies theta_windows        the variants of a family, and the command of each
nfops strategies filter_gap           a part: an entry rule, a leg rule or a filter
A strategy of your own is a file in conf/strategy/: docs/strategies/README.md"""


def strategies_command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A strategy, family, variant or part."),
    ] = None,
) -> None:
    """List the strategies and the families of the catalogue; with NAME, tell everything about one.

    Any of them runs with [bold]nfops sweep strategy=NAME[/]; what its parameters are called there stands in its table.

    Example: nfops strategies orb
    """
    console = Console().terminal
    for block in _everything() if name is None else described(name):
        console.print(block, soft_wrap=isinstance(block, str), highlight=False)


def _everything() -> Iterable[RenderableType]:
    table = Table("strategy", "entry", "legs", "what it does", box=box.SIMPLE_HEAD, title="Registered strategies")
    for strategy in REGISTRY.values():
        table.add_row(strategy.name, *strategy.parts, strategy.doc)
    families = Table("family", "can be run", "idea", box=box.SIMPLE_HEAD, title="The catalogue")
    for family in catalogue():
        families.add_row(family.name, f"{family.runnable} of {len(family.variants)}", family.idea)
    return table, families, f"Filters, for any strategy: {', '.join(FILTERS)}", HINT


def described(name: str) -> list[RenderableType]:
    """Tell about one name.

    Raises
    ------
    ConfigError
        When nothing is called so.
    """
    known = ALIASES.get(name, name)
    variants = {variant.name: variant for family in catalogue() for variant in family.variants}
    found: list[RenderableType] = []
    for family in catalogue():
        if family.name == name:
            found += _family(family)
    if known in REGISTRY:
        found += _strategy(REGISTRY[known])
    elif name in variants:
        found += _variant(variants[name])
    for kind, parts in (("entry rule", ENTRY_RULES), ("leg rule", LEG_RULES), ("filter", FILTERS)):
        if name in parts:
            part: Any = parts[name]
            found += [f"[bold]{name}[/] ({kind}): {part.doc}", _parameters(part.params)]
    if not found:
        every = [*REGISTRY, *ALIASES, *variants, *(f.name for f in catalogue()), *ENTRY_RULES, *LEG_RULES, *FILTERS]
        near = difflib.get_close_matches(name, every, n=3, cutoff=0.5)
        told = f"; did you mean {', '.join(dict.fromkeys(near))}?" if near else "; nfops strategies lists them"
        raise ConfigError(f"nothing is called {name!r}{told}")
    return found


def _family(family: Family) -> list[RenderableType]:
    table = Table("variant", "what it does, or why it cannot be run", "command", box=box.SIMPLE_HEAD)
    for one in family.variants:
        table.add_row(one.name, one.idea, command(one) if one.run else "-")
    return [f"[bold]{family.title}[/] (family): {family.idea}", table]


def _variant(variant: Variant) -> list[RenderableType]:
    if variant.lacks:
        return [f"[bold]{variant.name}[/] cannot be run: {variant.lacks}"]
    return [f"[bold]{variant.name}[/]: {variant.idea}\n{command(variant)}\nfile: conf/{variant.file}"]


def _strategy(strategy: Strategy) -> list[RenderableType]:
    parts = f"entry {strategy.entry.name}: {strategy.entry.doc}\nlegs {strategy.legs.name}: {strategy.legs.doc}"
    return [f"[bold]{strategy.name}[/] (strategy): {strategy.doc}\n{parts}", _parameters(strategy.schema.params)]


def _parameters(params: Iterable[Param]) -> Table:
    table = Table("parameter", "default", "values", "meaning", box=box.SIMPLE_HEAD)
    table.columns[0].no_wrap = True
    for param in params:
        table.add_row(param.path, written(param.default).replace("[", r"\["), param.law.replace("[", r"\["), param.doc)
    return table
