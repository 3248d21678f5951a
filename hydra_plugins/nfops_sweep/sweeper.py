"""Hydra's side of a sweep: lists of values become axes of one sweep instead of one job each.

Hydra's own sweeper composes a configuration for every combination, at a tenth of a second each. Here one is composed
per choice that changes its structure (strategy, symbol, experiment, ...), and the axes travel in it as plain values.
"""

from __future__ import annotations

import itertools
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

VALUES = ("strategy.", "fills.", "costs.", "margin.", "data.")
"""Prefixes of parameters; a list of their values is an axis."""

MODELS = ("fills", "costs", "margin")
"""Groups that are a parameter themselves: their choices differ in the model alone."""


ConfigStore.instance().store(
    group="hydra/sweeper",
    name="nfops",
    node={"_target_": "hydra_plugins.nfops_sweep.sweeper.NfopsSweeper"},
    provider="nfops",
)


class NfopsSweeper(Sweeper):
    """Runs one task per structural choice."""

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra hands over."""
        self.hydra_context, self.config, self._task = hydra_context, config, task_function

    def sweep(self, arguments: list[str]) -> list[Any]:
        """Split overrides into axes and the rest; compose and run each structural choice."""
        assert self.hydra_context is not None  # noqa: S101 - Hydra calls setup first
        assert self.config is not None  # noqa: S101
        loader = self.hydra_context.config_loader
        overrides = OverridesParser.create(config_loader=loader).parse_overrides(arguments)
        axes = {key(o): values(o) for o in overrides if is_axis(o)}
        said = {key(o) for o in overrides}
        rest: list[list[str]] = [
            [f"{key(o)}={value}" for value in values(o)] if o.is_sweep_override() else [str(o.input_line)]
            for o in overrides
            if not is_axis(o)
        ]
        results = []
        for choice in itertools.product(*rest):
            job = loader.load_sweep_config(master_config=self.config, sweep_overrides=list(choice))
            with open_dict(job):
                # What the command line says beats the axes of an experiment.
                job.axes = {**{path: of for path, of in job.axes.items() if path not in said}, **axes}
                job.pop("hydra", None)
            results.append(self._task(job))
        return results


def key(override: Override) -> str:
    """Dotted path or group of an override."""
    return str(override.get_key_element())


def values(override: Override) -> list[Any]:
    """Plain values of a list, a ``range()`` or a ``choice()``."""
    if not override.is_discrete_sweep():
        # An interval is no grid; passed on as it is written, it is told with everything else that is wrong.
        return [str(override.input_line).partition("=")[2]]
    return [_plain(value) for value in override.sweep_iterator()]


def _plain(value: Any) -> Any:
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, list):
        return [_plain(element) for element in value]
    # A range of decimals is counted in binary floats; its tenth digit is noise.
    return float(f"{value:.10g}") if isinstance(value, float) else value


def is_axis(override: Override) -> bool:
    """Whether an override is a list of values of a parameter."""
    name = key(override)
    return override.is_sweep_override() and (name.startswith(VALUES) or name in MODELS)
