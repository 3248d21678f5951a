"""A strategy is a value: an entry rule, a leg rule and defaults for the exits, each with declared parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from nfops.costs import PARAMS as COST_PARAMS
from nfops.costs.margin import PARAMS as MARGIN_PARAMS
from nfops.params import Param, ParamSchema, Value
from nfops.strategies.exits import PARAMS as EXIT_PARAMS
from nfops.strategies.filters import PARAMS as FILTER_PARAMS
from nfops.strategies.hedge import PARAMS as HEDGE_PARAMS
from nfops.strategies.legs import LegRule
from nfops.strategies.signals import EntryRule

COMMON: Final = (
    Param(
        "strategy.expiry",
        "choice",
        "0",
        "0 the nearest, 1 the next, ..., or monthly",
        choices=(*map(str, range(10)), "monthly"),
    ),
    Param("strategy.lots", "count", 1, "lots per leg", low=1, high=1000),
    Param("strategy.max_open", "count", 1, "positions open at a time", low=1, high=1),
    Param("strategy.max_entries", "count", None, "entries a day; null: the strategy's own", high=1000, nullable=True),
    Param(
        "fills", "choice", "last", "what a fill pays: last trade and slippage, or the quote", choices=("last", "quote")
    ),
    Param("fills.slippage_ticks", "count", 1, "ticks of 5 paise by which a fill on the last price is worse", high=1000),
    Param("fills.latency_s", "seconds", 1, "seconds from a decision to its fill", high=3600),
    Param("fills.max_age_s", "seconds", 60, "oldest price that an entry may rely on", high=86_400),
    Param("data.use_incomplete", "flag", False, "count days whose reference fell silent before the close"),
    Param("data.allow_coarse", "flag", False, "let volume strategies trade on bars and snapshots"),
    Param("data.allow_legacy_close", "flag", False, "read files of the old scripts, whose close may be yesterday's"),
)
"""Parameters every strategy has."""


@dataclass(frozen=True)
class Strategy:
    """A named composition. ``defaults`` override those of the parts and of the exits, by path."""

    name: str
    version: int
    doc: str
    entry: EntryRule
    legs: LegRule
    defaults: Mapping[str, Value] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, str]:
        """Names of the entry rule and of the leg rule."""
        return self.entry.name, self.legs.name

    @property
    def in_money(self) -> bool:
        """Profits are in paise of money instead of paise per unit, because lots differ between indices."""
        return any(leg.market for leg in self.legs.legs)

    @cached_property
    def schema(self) -> ParamSchema:
        """All parameters of a run of this strategy, with its defaults."""
        hedge = () if self.in_money else HEDGE_PARAMS
        own = (*self.entry.params, *self.legs.params, *EXIT_PARAMS, *hedge, *FILTER_PARAMS)
        declared = (*own, *COMMON, *COST_PARAMS, *MARGIN_PARAMS)
        return ParamSchema(tuple(replace(p, default=self.defaults.get(p.path, p.default)) for p in declared))
