"""The windows of a walk-forward: which days choose, and which days judge the choice.

All lengths are counted in trading days. ``purge`` and ``embargo`` are those of M. Lopez de Prado, "Advances in
financial machine learning" (2018), chapter 7: what leads up to a test, and what follows it, is not trained on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from nfops.errors import ConfigError

FEWEST = 2
"""Training days without which no deviation, and so no Sharpe ratio, exists."""


@dataclass(frozen=True, slots=True)
class Window:
    """One step of a walk-forward."""

    number: int
    train: tuple[dt.date, ...]
    test: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How days are cut into windows."""

    anchored: bool
    """Training begins with the first day of all, instead of ``train_days`` before its end."""
    train_days: int
    """Length of the training window; of the first one when anchored."""
    test_days: int
    step: int
    """From the first test day of a window to that of the next, at least ``test_days``."""
    purge: int = 0
    """The last days before a test, which its training leaves out."""
    embargo: int = 0
    """The first days after a test, which all later training leaves out."""

    @property
    def needed(self) -> int:
        """Days of the first window."""
        return self.train_days + self.purge + self.test_days

    def windows(self, dates: Sequence[dt.date]) -> tuple[Window, ...]:
        """Cut trading days, in order, into whole windows; days at the end that fill no test window are left over.

        Raises
        ------
        ConfigError
            When there are too few days for one window, or an embargo leaves a window less than two to train on.
        """
        if len(dates) < self.needed:
            raise ConfigError(
                f"a window wants {self.train_days} + {self.purge} + {self.test_days} trading days (train_days, purge, "
                f"test_days); the span has {len(dates)}"
            )
        found: list[Window] = []
        shunned: set[int] = set()
        for test in range(self.train_days + self.purge, len(dates) - self.test_days + 1, self.step):
            end = test - self.purge
            days = range(0 if self.anchored else end - self.train_days, end)
            train = tuple(dates[at] for at in days if at not in shunned)
            if len(train) < FEWEST:
                raise ConfigError(
                    f"walkforward.embargo={self.embargo} leaves {len(train)} days to train on before {dates[test]}; "
                    f"it must leave at least {FEWEST}"
                )
            after = test + self.test_days
            found.append(Window(len(found), train, tuple(dates[test:after])))
            shunned |= set(range(after, after + self.embargo))
        return tuple(found)
