"""What is told of strategies, on pages and in the terminal, is what the registries and the catalogue say."""

from __future__ import annotations

import re
import types
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from nfops.engine import fill_table, run_day
from nfops.errors import ConfigError
from nfops.strategies import ENTRY_RULES, LEG_RULES, REGISTRY, compose
from nfops.strategies.filters import FILTERS
from sweeps.catalogue import catalogue
from sweeps.strategy_commands import described
from sweeps.strategy_pages import NOTE, pages, write
from tests.days import day, facts

HOME = Path(__file__).parents[2]
PAGES = HOME / "docs" / "strategies"
GUIDE = (HOME / "docs" / "add-an-entry-rule.md").read_text(encoding="utf-8")


def test_the_committed_pages_are_those_that_are_written() -> None:
    """Run `make docs` when this fails."""
    committed = {path.relative_to(PAGES).as_posix(): path.read_text(encoding="utf-8") for path in PAGES.rglob("*.md")}
    assert committed.pop("README.md")
    assert committed == pages()


def test_pages_that_no_registry_has_any_more_are_removed(tmp_path: Path) -> None:
    (tmp_path / "registered").mkdir()
    (tmp_path / "registered" / "gone.md").write_text(NOTE + "# gone\n", encoding="utf-8")
    (tmp_path / "mine.md").write_text("# by hand\n", encoding="utf-8")
    write(tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.md")}
    assert found == {"mine.md", *pages()}


def test_every_part_and_every_parameter_is_on_a_page() -> None:
    text = "\n".join(pages().values())
    for part in (*ENTRY_RULES, *LEG_RULES, *FILTERS):
        assert f"\n## {part}\n" in text
    for strategy in REGISTRY.values():
        assert all(f"`{path}`" in text for path in strategy.schema.paths if path.startswith("strategy."))


def test_the_catalogue_has_its_families_and_variants() -> None:
    """28 families with 74 variants; what cannot be run says why, what can is a file that says what it does."""
    variants = [variant for family in catalogue() for variant in family.variants]
    assert (len(catalogue()), len(variants)) == (28, 74)
    assert len({variant.name for variant in variants}) == 74
    for variant in variants:
        assert bool(variant.run) != bool(variant.lacks)
        assert len(variant.idea) > 20
        if variant.file is not None:
            assert (HOME / "conf" / variant.file).is_file()
    assert sum(bool(variant.run) for variant in variants) == 60


def test_every_file_of_the_catalogue_is_in_it_and_says_only_what_differs() -> None:
    files = {variant.file for family in catalogue() for variant in family.variants}
    for path in sorted((HOME / "conf" / "strategy" / "catalogue").glob("*.yaml")):
        assert path.relative_to(HOME / "conf") in files
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert plain["name"] == path.stem
        assert len(path.read_text(encoding="utf-8").splitlines()) < 25


@pytest.mark.parametrize(
    "name", ["orb", "atm_volume_ultra", "theta_windows", "clock", "collar", "filter_gap", "closing_auction"]
)
def test_every_kind_of_name_is_told(name: str) -> None:
    assert described(name)


def test_a_wrong_name_is_told_its_neighbours() -> None:
    with pytest.raises(ConfigError, match="did you mean short_straddle"):
        described("short_stradle")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
    assert found, f"the guide lost its {language} block"
    return found[1]


def test_the_rule_of_the_guide_trades_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour before 11:00 the index stood 30 lower, or higher: a call spread, or a put spread."""
    module = types.ModuleType("drift")
    exec(compile(block("python"), "add-an-entry-rule.md", "exec"), module.__dict__)
    monkeypatch.setitem(ENTRY_RULES, "drift", module.DRIFT)  # type: ignore[arg-type]
    plain = yaml.safe_load(block("yaml"))
    strategy = compose(plain["name"], plain["parts"]["entry"], plain["parts"]["legs"])
    fixed = {f"strategy.entry.{name}": value for name, value in plain["entry"].items()}
    rights = []
    for before in (21_470.0, 21_530.0, 21_500.0):
        strikes = range(21_400, 21_601, 50)
        rows = [(s, strike, right, 60.0) for s in (6_290, 6_301) for strike in strikes for right in ("CE", "PE")]
        today = day(rows, [(0, 22_000.0), (4_500, before), (6_300, 21_500.0)])
        grid = strategy.schema.grid({}, fixed)
        table = fill_table(run_day(today, strategy, grid.block(0, 1), facts()), today, facts(), np.array([0]))
        rights.append(table.filter(pl.col("kind") == "entry")["right"].to_list() if table.height else [])
    assert rights == [["CE", "CE"], ["PE", "PE"], []]
