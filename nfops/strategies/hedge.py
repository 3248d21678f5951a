"""The parameters of the delta hedge (SPEC 7)."""

from __future__ import annotations

from typing import Final

from nfops.params import Param

PARAMS: Final = (
    Param(
        "strategy.hedge.hedge_s",
        "seconds",
        None,
        "seconds between looks at the delta; null: no hedge",
        low=1,
        high=86_400,
        nullable=True,
    ),
    Param("strategy.hedge.band", "fraction", 0.05, "net delta per unit that is left alone", high=100),
)
EVERY, BAND = (param.path for param in PARAMS)
