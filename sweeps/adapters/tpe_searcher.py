"""Searches by TPE, of a whole generation at once.

Optuna fits its model anew for each trial and keeps a record of each, which takes most of a sweep's time when a
generation has hundreds; and the same few combinations come again and again. Here the model is fitted once, each trial
of the generation has its own draw from what was good, and takes the best of it that no trial has.

J. Bergstra et al., "Algorithms for hyper-parameter optimization" (2011).
"""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from nfops.params import ParamGrid
from nfops.types import FloatArray, Int64Array
from sweeps.adapters.optuna_study import axes_of, directions, told, untried
from sweeps.search import Search

CANDIDATES: Final = 24
"""Combinations that are drawn for each trial, of which the best is asked: as many as Optuna draws."""

MOST_DRAWN: Final = 4_096
"""Combinations that are drawn for a generation at most: a large one has fewer for each trial."""

AT_ONCE: Final = 1_024
"""Candidates that are judged together, which bounds memory."""


class TpeSearcher:
    """TPE over the positions of a grid, each asked once.

    At most a quarter of a generation, where one metric is improved, is spent on what differs from the best so far on
    one axis: a model of the good as a whole passes by a narrow top beside it.
    """

    def __init__(self, grid: ParamGrid, search: Search) -> None:
        self._grid, self._search = grid, search
        self._axes = axes_of(grid)
        self._study = optuna.create_study(directions=directions(search))
        self._rng = np.random.default_rng(search.seed)
        self._taken: set[int] = set()

    def recall(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Begin with what earlier trials came to."""
        self._study.add_trials(told(self._grid, self._search, positions, scores, excess))

    def ask(self) -> Int64Array | None:
        """Give the positions ``(n,)`` of the next generation; None when there are trials enough."""
        most = min(self._search.n_trials or 0, len(self._grid)) - len(self._taken)
        wanted = min(self._search.generation, most)
        if wanted <= 0:
            return None
        asked = self._learned(wanted)
        self._taken.update(asked)
        return np.array(asked + self._random(wanted - len(asked)), np.int64)

    def tell(self, positions: Int64Array, scores: FloatArray, excess: FloatArray) -> None:
        """Take the scores of a generation; of a trial without a score nothing is learned."""
        known = ~(np.isnan(scores).any(axis=1) | np.isnan(excess).any(axis=1))
        self.recall(positions[known], scores[known], excess[known])

    def _learned(self, wanted: int) -> list[int]:
        """Give new positions that the trials so far speak for, at most so many; none until a generation is known."""
        if len(self._study.get_trials(deepcopy=False)) < self._search.generation:
            return []
        asked = self._beside_the_best()[: min(wanted, self._search.generation // 4)]
        if missing := wanted - len(asked):
            model = _Model(int(self._rng.integers(1 << 31)), missing)
            drawn, merit = model.candidates(self._study, self._axes, self._grid)
            asked += _best_of_each(drawn, merit, missing, self._taken | set(asked))
        return asked

    def _beside_the_best(self) -> list[int]:
        """Give positions that no trial has and that differ from the best trial on one axis."""
        trials = self._study.get_trials(deepcopy=False)
        if len(self._study.directions) > 1 or not any(_keeps_all(trial) for trial in trials):
            return []
        best = [self._study.best_trial.params[path] for path in self._grid.axes]
        moved = [
            [*best[:axis], at, *best[axis + 1 :]] for axis, size in enumerate(self._grid.shape) for at in range(size)
        ]
        positions = [int(np.ravel_multi_index(one, self._grid.shape)) for one in moved]
        return [one for one in dict.fromkeys(positions) if one not in self._taken]

    def _random(self, count: int) -> list[int]:
        """Take random positions that no trial has."""
        chosen: list[int] = []
        for _ in range(count):
            chosen.append(untried(self._rng, len(self._grid), self._taken))
            self._taken.add(chosen[-1])
        return chosen


class _Model(optuna.samplers.TPESampler):
    """Optuna's model, with the candidates that it compares."""

    def __init__(self, seed: int, trials: int) -> None:
        drawn = max(1, min(CANDIDATES, MOST_DRAWN // trials)) * trials
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            super().__init__(
                seed=seed, n_startup_trials=0, n_ei_candidates=drawn, multivariate=True, constant_liar=False
            )
        self._compared: tuple[dict[str, FloatArray], FloatArray]

    def candidates(self, study: optuna.Study, axes: Any, grid: ParamGrid) -> tuple[Int64Array, FloatArray]:
        """Give positions ``(n,)`` that are like the good ones, and how much more than like the others ``(n,)``."""
        space = {path: axis for path, axis in axes.items() if not axis.single()}
        self.sample_relative(study, _NOBODY, space)
        samples, merit = self._compared
        places = [samples[path].astype(np.int64) if path in samples else 0 for path in grid.axes]
        return np.asarray(np.ravel_multi_index(np.broadcast_arrays(*places), grid.shape), np.int64), merit

    def _compute_acquisition_func(self, samples: dict[str, FloatArray], below: Any, above: Any) -> FloatArray:
        """Judge each distinct candidate once, and keep what was judged."""
        table = np.stack(list(samples.values()), axis=1)
        distinct, which = np.unique(table, axis=0, return_inverse=True)
        parts = [distinct[at : at + AT_ONCE] for at in range(0, len(distinct), AT_ONCE)]
        judge = super()._compute_acquisition_func
        merit = np.concatenate([judge(dict(zip(samples, part.T, strict=True)), below, above) for part in parts])
        self._compared = samples, merit[which]
        return merit[which]


_NOBODY: Final = create_trial(value=0.0)
"""The trial that Optuna wants to be told it draws for; what it draws does not depend on it."""


def _best_of_each(positions: Int64Array, merit: FloatArray, groups: int, taken: set[int]) -> list[int]:
    """Give the position of most merit of each of so many equal groups that is not ``taken``, nor of a group before."""
    taken, chosen = set(taken), []
    for group, worth in zip(positions.reshape(groups, -1).tolist(), merit.reshape(groups, -1), strict=True):
        best = next((group[at] for at in np.argsort(-worth, kind="stable") if group[at] not in taken), None)
        if best is not None:
            taken.add(best)
            chosen.append(best)
    return chosen


def _keeps_all(trial: FrozenTrial) -> bool:
    """Whether a trial came out and keeps every constraint."""
    return trial.state == TrialState.COMPLETE and all(beyond <= 0.0 for beyond in trial.constraints.values())
