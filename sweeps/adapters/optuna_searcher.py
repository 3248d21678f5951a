"""Searches by NSGA-II and CMA-ES, trial after trial, by Optuna.

Generations have a fixed size and are told in the order of their trials, so what is asked does not depend on how many
workers there are or which was first.
"""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from nfops.params import ParamGrid
from nfops.types import FloatArray, Int64Array
from sweeps.adapters.optuna_study import FEWEST, axes_of, directions, told, untried
from sweeps.search import Search

PATIENCE: Final = 3
"""Asked so many times the trials it wants, a sampler that only repeats itself is helped out by random ones."""

GENERATION: Final = "NSGAIISampler:generation"
"""Where Optuna notes the generation of a trial; those that are told before the first one belong to it."""


class OptunaSearcher:
    """NSGA-II or CMA-ES over the positions of a grid."""

    def __init__(self, grid: ParamGrid, search: Search) -> None:
        self._grid, self._search = grid, search
        self._axes = axes_of(grid)
        self._open: dict[int, Trial] = {}
        self._told: dict[int, FrozenTrial] = {}
        self._study = optuna.create_study(directions=directions(search), sampler=_sampler(search))
        self._rng = np.random.default_rng(search.seed)

    def recall(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Begin with what earlier trials came to."""
        self._study.add_trials(told(self._grid, self._search, positions, scores, excess, {GENERATION: 0}))
        self._begin_at_the_known()

    def ask(self) -> Int64Array | None:
        """Give the positions ``(n,)`` of the next generation; None when there are trials enough."""
        most = min(self._search.n_trials or 0, len(self._grid)) - len(self._told)
        wanted = min(self._search.generation, most)
        if wanted <= 0:
            return None
        for _ in range(PATIENCE * wanted):
            self._suggest()
            if len(self._open) == wanted:
                break
        while len(self._open) < wanted:
            self._enqueue_other()
        return np.array(list(self._open), np.int64)

    def tell(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Take the scores of a generation; a trial without a score is one that failed."""
        for at, position in enumerate(positions.tolist()):
            trial = self._open.pop(position)
            if np.isnan(scores[at]).any() or np.isnan(excess[at]).any():
                self._told[position] = self._study.tell(trial, state=TrialState.FAIL)
                continue
            for constraint, beyond in zip(self._search.constraints, excess[at].tolist(), strict=True):
                trial.set_constraint(constraint.name, beyond)
            self._told[position] = self._study.tell(trial, scores[at].tolist())
        self._begin_at_the_known()

    def _begin_at_the_known(self) -> None:
        """Begin CMA-ES, once enough is known to say where: until then trials are random.

        M. Nomura et al., "Warm starting CMA-ES for hyperparameter optimization" (2021): the best tenth of the known
        trials gives its first distribution.
        """
        if self._search.name != "cmaes" or isinstance(self._study.sampler, optuna.samplers.CmaEsSampler):
            return
        scales: dict[str, BaseDistribution]
        scales = {path: axis for path, axis in self._axes.items() if isinstance(axis, IntDistribution)}
        known = [
            create_trial(value=trial.value, params={path: trial.params[path] for path in scales}, distributions=scales)
            for trial in self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
        ]
        if len(known) >= FEWEST:
            self._study.sampler = _cmaes(self._search, known)

    def _suggest(self) -> None:
        """Ask for one trial; one that is known is told at once, one that is under way is left."""
        trial = self._study.ask(self._axes)
        position = int(np.ravel_multi_index([trial.params[path] for path in self._axes], self._grid.shape))
        known = self._told.get(position)
        if known is not None and known.state == TrialState.COMPLETE:
            for name, beyond in known.constraints.items():
                trial.set_constraint(name, beyond)
            self._study.tell(trial, known.values)
        elif known is not None or position in self._open:
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._open[position] = trial

    def _enqueue_other(self) -> None:
        """Take a random position that was never asked."""
        position = untried(self._rng, len(self._grid), self._told, self._open)
        at = np.unravel_index(position, self._grid.shape)
        self._study.enqueue_trial({path: int(index) for path, index in zip(self._axes, at, strict=True)})
        self._suggest()


def _sampler(search: Search) -> optuna.samplers.BaseSampler:
    if search.name == "nsga2":
        return optuna.samplers.NSGAIISampler(population_size=search.generation, seed=search.seed)
    return optuna.samplers.RandomSampler(seed=search.seed)


def _cmaes(search: Search, known: list[FrozenTrial]) -> optuna.samplers.CmaEsSampler:
    """Begin CMA-ES with margin, which never stays on one of whole numbers; axes without an order are left to TPE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.CmaEsSampler(
            seed=search.seed,
            n_startup_trials=0,
            independent_sampler=optuna.samplers.TPESampler(seed=search.seed, multivariate=False),
            warn_independent_sampling=False,
            popsize=search.generation,
            with_margin=True,
            source_trials=known,
        )
