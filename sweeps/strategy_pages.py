"""The pages of ``docs/strategies/`` that are written from the registries and the catalogue: ``make docs``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from nfops.costs import PARAMS as COST_PARAMS
from nfops.costs.margin import PARAMS as MARGIN_PARAMS
from nfops.files import write_text
from nfops.params import Param, Value
from nfops.strategies import ENTRY_RULES, LEG_RULES, REGISTRY, Strategy
from nfops.strategies.exits import PARAMS as EXIT_PARAMS
from nfops.strategies.filters import FILTERS
from nfops.strategies.hedge import PARAMS as HEDGE_PARAMS
from nfops.strategies.legs import LegRule
from nfops.strategies.signals import EntryRule
from nfops.strategies.spec import COMMON
from sweeps.catalogue import Family, Variant, catalogue

NOTE: Final = "<!-- Written by `make docs` from the registries and conf/catalogue.toml; change those. -->\n"


def pages() -> dict[str, str]:
    """Give the text of every page by its path below ``docs/strategies/``."""
    found = {
        "catalogue.md": _index(),
        "entries.md": _parts("Entry rules", "When an entry is decided, and which way.", ENTRY_RULES.values()),
        "legs.md": _parts("Leg rules", "What is traded.", LEG_RULES.values()),
        "filters.md": _parts(
            "Filters", "Conditions on entries, each by the name of its skip, with what it refuses.", FILTERS.values()
        ),
        "exits.md": _common(),
    }
    found |= {f"families/{family.name}.md": _family(family) for family in catalogue()}
    found |= {f"registered/{strategy.name}.md": _strategy(strategy) for strategy in REGISTRY.values()}
    return {path: NOTE + text for path, text in found.items()}


def written(value: Value) -> str:
    """Write a value as on the command line."""
    if value is None:
        return "null"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def command(variant: Variant) -> str:
    """Give the command that runs a variant."""
    return f"nfops sweep {'-m ' if variant.run.startswith('experiment') else ''}{variant.run}"


def _index() -> str:
    families = [
        f"| [{family.title}](families/{family.name}.md) | {family.idea} | {_share(family)} |" for family in catalogue()
    ]
    registered = [
        f"| [`{name}`](registered/{name}.md) | {_entry(strategy)} | {_legs(strategy)} | {strategy.doc} |"
        for name, strategy in REGISTRY.items()
    ]
    variants = sum(len(family.variants) for family in catalogue())
    runnable = sum(family.runnable for family in catalogue())
    return "\n".join(
        [
            "# The catalogue",
            "",
            f"{len(catalogue())} families with {variants} variants: {runnable} are a named configuration,",
            "the others say why the data or the scope cannot bear them. The catalogue that this follows told many of",
            "its variants in prose only: what they are called and where one ends is a choice made here.",
            "",
            "| family | idea | can be run |",
            "|---|---|---|",
            *families,
            "",
            "## Registered strategies",
            "",
            "| strategy | entry | legs | what it does |",
            "|---|---|---|---|",
            *registered,
            "",
        ]
    )


def _share(family: Family) -> str:
    return f"{family.runnable} of {len(family.variants)}"


def _family(family: Family) -> str:
    rows = [
        f"| `{one.name}` | {one.idea} | `{command(one)}` | [file](../../../conf/{one.file.as_posix()}) |"
        for one in family.variants
        if one.file is not None
    ]
    lacking = [f"| `{one.name}` | {one.lacks} |" for one in family.variants if one.lacks]
    text = [f"# {family.title}", "", family.idea, ""]
    if rows:
        text += ["| variant | what it does | command | |", "|---|---|---|---|", *rows, ""]
    if lacking:
        text += ["| variant | why it cannot be run |", "|---|---|", *lacking, ""]
    return "\n".join([*text, "[All families](../catalogue.md)", ""])


def _strategy(strategy: Strategy) -> str:
    own = {param.path for param in (*strategy.entry.params, *strategy.legs.params)}
    params = [param for param in strategy.schema.params if param.path in own]
    set_here = [param for param in strategy.schema.params if param.path in strategy.defaults and param.path not in own]
    return "\n".join(
        [
            f"# {strategy.name}",
            "",
            strategy.doc,
            "",
            f"Entry {_entry(strategy, '../')}: {strategy.entry.doc}.",
            f"Legs {_legs(strategy, '../')}: {strategy.legs.doc}.",
            "",
            *_table(params),
            "",
            "Of what every strategy has, this strategy sets:",
            "",
            *_table(set_here),
            "",
            "Everything else is as on [the page of exits](../exits.md), and no [filter](../filters.md) is on.",
            "",
            "```sh",
            f"nfops sweep strategy={strategy.name}{_symbol(strategy)} span.start=2024-01-01 span.end=2024-01-31",
            "```",
            "",
        ]
    )  # fmt: skip


def _symbol(strategy: Strategy) -> str:
    """Name the index that a strategy of two must start from."""
    return f" symbol={next(iter(strategy.entry.companion))}" if strategy.entry.companion else ""


def _entry(strategy: Strategy, up: str = "") -> str:
    return f"[`{strategy.entry.name}`]({up}entries.md#{strategy.entry.name})"


def _legs(strategy: Strategy, up: str = "") -> str:
    return f"[`{strategy.legs.name}`]({up}legs.md#{strategy.legs.name})"


def _parts(title: str, idea: str, parts: Iterable[Any]) -> str:
    text = [f"# {title}", "", idea, ""]
    for part in parts:
        text += [
            f"## {part.name}",
            "",
            f"{part.doc[0].upper()}{part.doc[1:]}.{_deal(part)}",
            "",
            *_table(part.params),
            "",
        ]
    return "\n".join(text)


def _deal(part: Any) -> str:
    """Say what an entry rule gives, or a leg rule wants, beside the second of a signal."""
    if isinstance(part, EntryRule) and part.gives:
        return f" Its signals carry a {part.gives}."
    return f" It wants a signal with a {part.wants}." if isinstance(part, LegRule) and part.wants else ""


def _common() -> str:
    text = ["# Exits, hedge, and what every strategy has", ""]
    for title, params in (
        ("Exits", EXIT_PARAMS),
        ("Hedge", HEDGE_PARAMS),
        ("Run, fills and data", COMMON),
        ("Costs", COST_PARAMS),
        ("Capital", MARGIN_PARAMS),
    ):
        text += [f"## {title}", "", *_table(params), ""]
    return "\n".join(text)


def _table(params: Iterable[Param]) -> Iterator[str]:
    heading = ["| parameter | default | values | meaning |", "|---|---|---|---|"]
    rows = [f"| `{param.path}` | `{written(param.default)}` | {param.law} | {_cell(param.doc)} |" for param in params]
    yield from [*heading, *rows] if rows else ["No parameters."]


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def write(folder: Path) -> None:
    """Write every page below ``folder``, and remove those that no registry has any more."""
    wanted = pages()
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in wanted and path.read_text(encoding="utf-8").startswith(NOTE):
            path.unlink()
    for name, text in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_text(folder / name, text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
