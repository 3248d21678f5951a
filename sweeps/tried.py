"""Telling the ledger which sets a run computed and which days it has shown, and what the ledger then knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from nfops.params import ParamBlock
from nfops.tries import Ledger, ShownDays, set_keys
from sweeps.config import SweepConfig
from sweeps.evaluation import parts_of
from sweeps.plan import Block


def noted(config: SweepConfig, folder: Path, blocks: Iterable[Block]) -> dict[str, Any]:
    """Record the sets of ``blocks`` as tried by the run in ``folder``; give the study's standing, for its summary.

    Sets of an earlier sweep that the search was told have helped to choose, so they count in this study, too.
    Empty when nothing was ever tried.
    """
    ledger, strategy, schema = Ledger(config.paths.data), " ".join(parts_of(config)), config.strategy.schema
    told = [config.grid.rows(one.positions) for one in config.earlier]
    computed = [ParamBlock(schema, block.values) for block in blocks]
    keys = [set_keys(config.symbol, strategy, block) for block in (*computed, *told)]
    every = np.concatenate([np.zeros(0, np.uint64), *keys])
    span, now = (config.start, config.end), dt.datetime.now(dt.UTC)
    new = ledger.add(config.symbol, config.study, str(folder), every, span, now)
    standing = ledger.standing(config.symbol, config.study)
    return {**asdict(standing), "new": new} if standing else {}


def shown(config: SweepConfig, folder: Path, days: Collection[dt.date]) -> None:
    """Record that the sweep in ``folder`` has shown what came of these days."""
    ShownDays(config.paths.data, config.symbol, config.strategy.name).add(str(folder), days, dt.datetime.now(dt.UTC))
