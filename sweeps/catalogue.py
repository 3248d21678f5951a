"""The catalogue (``conf/catalogue.toml``): families of strategies, and what each of their variants is run by."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sweeps.home import folder


@dataclass(frozen=True)
class Variant:
    """One variant: the words that run it, or the reason why nothing does."""

    name: str
    run: str = ""
    lacks: str = ""

    @property
    def file(self) -> Path | None:
        """Path of its configuration below ``conf/``."""
        if not self.run:
            return None
        group, _, choice = self.run.split()[0].partition("=")
        return Path(group) / f"{choice}.yaml"

    @property
    def idea(self) -> str:
        """What it does, which is the first comment of its configuration; else the reason why there is none."""
        if self.file is None:
            return self.lacks
        lines = (folder("conf") / self.file).read_text(encoding="utf-8").splitlines()
        told = [line.removeprefix("# ") for line in lines if line.startswith("# ") and "@package" not in line]
        return told[0]


@dataclass(frozen=True)
class Family:
    """Variants of one idea."""

    name: str
    title: str
    idea: str
    variants: tuple[Variant, ...]

    @property
    def runnable(self) -> int:
        """Variants that are a configuration."""
        return sum(1 for variant in self.variants if variant.run)


@cache
def catalogue() -> tuple[Family, ...]:
    """Read the catalogue."""
    with (folder("conf") / "catalogue.toml").open("rb") as file:
        read = tomllib.load(file)["family"]
    return tuple(
        Family(row["name"], row["title"], row["idea"], tuple(Variant(**variant) for variant in row["variants"]))
        for row in read
    )
