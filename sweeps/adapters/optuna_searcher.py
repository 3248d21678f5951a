"""Searches that learn, by Optuna, which only this file and the one on its studies import.

Generations have a fixed size and are told in the order of their trials, so what is asked does not depend on how many
workers there are or which was first.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from nfops.params import ParamGrid
from nfops.types import FloatArray, Int64Array
from sweeps.adapters.optuna_study import FEWEST, directions
from sweeps.search import Search, is_ordered

PATIENCE: Final = 3
"""Asked so many times the trials it wants, a sampler that only repeats itself is helped out by random ones."""

GENERATION: Final = "NSGAIISampler:generation"
"""Where Optuna notes the generation of a trial; those that are told before the first one belong to it."""

CANDIDATES: Final = 24
"""Combinations that TPE draws for each trial, of which the best is asked: as many as Optuna draws."""

MOST_DRAWN: Final = 8_192
"""Combinations that are drawn for a generation at most: a large one has fewer for each trial."""

Taken: TypeAlias = Callable[[], list[int]]
"""Tells the positions that trials have."""

AT_ONCE: Final = 1_024
"""Candidates that are judged together, which bounds memory."""


class OptunaSearcher:
    """TPE, NSGA-II or CMA-ES over the positions of a grid."""

    def __init__(self, grid: ParamGrid, search: Search) -> None:
        self._grid, self._search = grid, search
        self._axes = {path: _axis(grid, path) for path in grid.axes}
        self._open: dict[int, Trial] = {}
        self._told: dict[int, FrozenTrial] = {}
        sampler = _sampler(search, grid, lambda: [*self._told, *self._open])
        self._study = optuna.create_study(directions=directions(search), sampler=sampler)
        self._rng = np.random.default_rng(search.seed)

    def recall(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Take what earlier trials came to, before the first generation; they may be asked again.

        Parameters
        ----------
        positions
            ``(n,)`` places in the grid.
        scores, excess
            Objectives ``(n, k)`` and constraints ``(n, c)``, all known.
        """
        places = np.stack(np.unravel_index(positions, self._grid.shape), axis=1).tolist()
        self._study.add_trials(
            create_trial(
                values=values,
                params=dict(zip(self._axes, at, strict=True)),
                distributions=dict(self._axes),
                system_attrs={GENERATION: 0},
                constraints={one.name: of for one, of in zip(self._search.constraints, beyond, strict=True)},
            )
            for at, values, beyond in zip(places, scores.tolist(), excess.tolist(), strict=True)
        )
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
        position = int(self._rng.integers(len(self._grid)))
        while position in self._told or position in self._open:
            position = (position + 1) % len(self._grid)
        at = np.unravel_index(position, self._grid.shape)
        self._study.enqueue_trial({path: int(index) for path, index in zip(self._axes, at, strict=True)})
        self._suggest()


class _GenerationTpe(optuna.samplers.TPESampler):
    """TPE that is fitted once a generation and asks each combination once.

    Optuna fits anew for each trial, which takes most of a sweep's time when a generation has hundreds, and the same few
    combinations come again and again. Here each trial of a generation has its own draw from what was good, and takes
    the best of it that no trial has. At most a quarter of a generation, where one metric is improved, is first spent
    on what differs from the best so far on one axis: a model of the good as a whole passes by a narrow top beside it.
    """

    def __init__(self, search: Search, grid: ParamGrid, taken: Taken) -> None:
        self._each = max(1, min(CANDIDATES, MOST_DRAWN // search.generation))
        super().__init__(
            seed=search.seed, n_startup_trials=search.generation, n_ei_candidates=self._each * search.generation,
            multivariate=True, constant_liar=False,
        )  # fmt: skip
        self._grid, self._taken = grid, taken
        self._space = {path: _axis(grid, path) for path, axis in grid.axes.items() if len(axis) > 1}
        self._chosen: list[int] = []
        self._known, self._most_beside = 0, search.generation // 4

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Give the axes that have a choice, which Optuna would gather from all trials each time."""
        del study, trial
        return self._space

    def _sample(self, study: optuna.Study, trial: FrozenTrial, space: dict[str, BaseDistribution]) -> dict[str, Any]:
        """Give the next choice; what was told since the last one decides new ones."""
        known = len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE]))
        if known != self._known or not self._chosen:
            self._known, self._chosen = known, self._beside_the_best(study)
            drawn = super()._sample(study, trial, space)
            if not self._chosen:
                return drawn
        at = np.unravel_index(self._chosen.pop(0), self._grid.shape)
        return {path: int(index) for path, index in zip(self._grid.axes, at, strict=True) if path in space}

    def _beside_the_best(self, study: optuna.Study) -> list[int]:
        """Give positions that no trial has and that differ from the best trial on one axis."""
        if len(study.directions) > 1 or not any(_is_kept(trial) for trial in study.get_trials(deepcopy=False)):
            return []
        best, taken = [study.best_trial.params[path] for path in self._grid.axes], set(self._taken())
        moved = [
            [*best[:axis], at, *best[axis + 1 :]] for axis, size in enumerate(self._grid.shape) for at in range(size)
        ]
        positions = [int(np.ravel_multi_index(one, self._grid.shape)) for one in moved]
        return [one for one in dict.fromkeys(positions) if one not in taken][: self._most_beside]

    def _compute_acquisition_func(self, samples: dict[str, Any], below: Any, above: Any) -> FloatArray:
        """Choose for a generation among the candidates; what is returned decides nothing more."""
        places = [samples[path].astype(np.int64) if path in samples else 0 for path in self._grid.axes]
        positions = np.asarray(np.ravel_multi_index(np.broadcast_arrays(*places), self._grid.shape), np.int64)
        distinct, first, which = np.unique(positions, return_index=True, return_inverse=True)
        parts = [first[at : at + AT_ONCE] for at in range(0, len(first), AT_ONCE)]
        merit = np.concatenate([
            super(_GenerationTpe, self)._compute_acquisition_func(
                {path: values[part] for path, values in samples.items()}, below, above
            )
            for part in parts
        ])  # fmt: skip
        merit[np.isin(distinct, [*self._taken(), *self._chosen])] = -np.inf
        for group in which.reshape(-1, self._each):
            best = group[merit[group].argmax()]
            if merit[best] > -np.inf:
                merit[best] = -np.inf
                self._chosen.append(int(distinct[best]))
        return np.zeros(len(positions))


def _is_kept(trial: FrozenTrial) -> bool:
    """Whether a trial came out and keeps every constraint."""
    return trial.state == TrialState.COMPLETE and all(beyond <= 0.0 for beyond in trial.constraints.values())


def _axis(grid: ParamGrid, path: str) -> BaseDistribution:
    """Describe the places of an axis: in order where its values are."""
    last = len(grid.axes[path]) - 1
    return IntDistribution(0, last) if is_ordered(grid, path) else CategoricalDistribution(list(range(last + 1)))


def _sampler(search: Search, grid: ParamGrid, taken: Taken) -> optuna.samplers.BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        if search.name == "nsga2":
            return optuna.samplers.NSGAIISampler(population_size=search.generation, seed=search.seed)
        if search.name == "cmaes":
            return optuna.samplers.RandomSampler(seed=search.seed)
        return _GenerationTpe(search, grid, taken)


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
