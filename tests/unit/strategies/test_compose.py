"""Parts that go together, and those that do not: told before anything starts."""

from __future__ import annotations

import itertools

import pytest

from nfops.errors import ConfigError
from nfops.strategies import ENTRY_RULES, LEG_RULES, REGISTRY, compose

PAIRS = list(itertools.product(ENTRY_RULES, LEG_RULES))


@pytest.mark.parametrize(
    ("entry", "legs", "told"),
    [
        ("clock", "directional", "directional wants a direction .* clock gives none; these do: volatility, opening"),
        ("anchors", "pair_by_signal", "pair_by_signal wants a direction"),
        ("opening", "signalled", "signalled wants a contract .* these do: burst"),
        ("opening", "two_pairs", "two_pairs trades two indices; entries of two are: spread"),
    ],
)
def test_a_leg_rule_is_given_what_it_wants(entry: str, legs: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        compose("mine", entry, legs)


def test_every_fault_of_a_pair_is_told() -> None:
    with pytest.raises(ConfigError) as fault:
        compose("mine", "clock", "two_pairs")
    assert len(str(fault.value).splitlines()) == 2


def test_most_parts_go_together_and_those_that_do_have_a_schema() -> None:
    """Twelve legs take any signal; five want a direction, which seven entries give; one wants a contract."""
    composed = 0
    for entry, legs in PAIRS:
        try:
            strategy = compose("mine", entry, legs)
        except ConfigError:
            continue
        composed += 1
        assert len(strategy.schema.row({})) >= len(strategy.schema.paths)
    free = sum(not rule.wants for rule in LEG_RULES.values())
    assert (len(ENTRY_RULES), len(LEG_RULES), free) == (11, 18, 12)
    assert composed == 12 * 11 + 4 * 7 + 1 + 1  # any signal; a direction; a contract; a direction of two indices


def test_the_registered_strategies_are_made_of_parts_that_go_together() -> None:
    for name, strategy in REGISTRY.items():
        assert compose(name, *strategy.parts) is strategy
