"""Keeps sweeps and walk-forwards in MLflow, where people compare them. The only file that imports mlflow.

One run per sweep, and under it one run for each of its best trials; or per walk-forward, with one for each window.
Records live in SQLite: write-ahead logging lets the server read while a sweep writes, and ANALYZE makes sorting by a
metric a hundred times faster. A fresh database has to go through all of MLflow's migrations, which takes seconds; so it
is opened in the background while the sweep computes, and under a lock, because two processes that migrate one file at a
time spoil it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from nfops.errors import NfopsError
from nfops.files import write_text
from nfops.report import SweepFolder, write_report, write_walk
from sweeps.record import BEST, NOTE, Entry, Story, sweep_story
from sweeps.record_walk import is_walk, walk_story

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

DATABASE: Final = "mlflow.db"
LATEST: Final = "latest.json"
"""Beside the database: where in MLflow the last sweep is, so that the page to open is known without asking it."""

LOCKED_S = 30.0
"""Another process may hold the database for so long."""

MOST_STEPS: Final = 500
"""Points of a curve: as many as a chart has room for, and each is a row of MLflow's database."""

_BATCH: Final = 1000
_ATTACHED: Final = ("sweep.json", "wf.json", "*.parquet", "*.html", "figures/*")
_TABLE: Final = "leaderboard.json"
_TABLES: Final = {"mlflow.loggedArtifacts": json.dumps([{"path": _TABLE, "type": "table"}])}
"""Tag by which MLflow knows which of the attached files it can show as tables."""


class RecordError(NfopsError):
    """MLflow could not keep a sweep; the sweep's own files are whole."""


class MlflowRecorder:
    """Recorder port on MLflow."""

    def __init__(self, mlruns: Path) -> None:
        self._mlruns = mlruns
        self._opened: Future[MlflowClient] = _in_background(mlruns)

    def record(self, folder: Path) -> str:
        """Record what is in ``folder``, unless it is recorded as it is now; return where to look.

        Raises
        ------
        RecordError
            When the database is locked or MLflow fails in another way.
        """
        try:
            story = walk_story(folder) if is_walk(folder) else sweep_story(SweepFolder.read(folder))
            return _record(self._client(), self._mlruns, story)
        except Exception as fault:  # whatever a tool of that size raises, the sweep itself is done and whole
            raise RecordError(_explained(fault, self._mlruns / DATABASE, folder)) from fault

    def _client(self) -> MlflowClient:
        try:
            return self._opened.result()
        except Exception:  # noqa: BLE001 - what was in the way when the sweep began may be gone
            return _open(self._mlruns)


def _in_background(mlruns: Path) -> Future[MlflowClient]:
    """Begin to open the database; the thread ends when it is open."""
    pool = ThreadPoolExecutor(1, "mlflow")
    opened = pool.submit(_open, mlruns)
    pool.shutdown(wait=False)
    return opened


def _open(mlruns: Path) -> MlflowClient:
    """Return a client whose database exists in MLflow's newest form."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    warnings.filterwarnings("ignore", module=r"mlflow\b")
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    from mlflow import MlflowClient  # noqa: PLC0415 - takes five seconds, spent in the background

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    mlruns.mkdir(parents=True, exist_ok=True)
    with _alone(mlruns):
        _tend(mlruns / DATABASE, "PRAGMA journal_mode=WAL")
        client = MlflowClient(f"sqlite:///{mlruns.resolve() / DATABASE}")
        client.search_experiments(max_results=1)
    return client


@contextmanager
def _alone(mlruns: Path) -> Iterator[None]:
    """Keep other processes from opening the database meanwhile."""
    with (mlruns / ".opening").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tend(database: Path, command: str) -> None:
    with closing(sqlite3.connect(database, timeout=LOCKED_S)) as connection:
        connection.execute(command)


def _record(client: MlflowClient, mlruns: Path, story: Story) -> str:
    experiment = f"nfops/{story.summary['strategy']}/{story.summary['symbol']}"
    place = _experiment(client, experiment, mlruns)
    if _is_recorded(client, place, story):
        return f"MLflow experiment {experiment} has run {story.own.name} already"
    mine = {"mlflow.user": os.environ.get("USER", "unknown"), "mlflow.source.name": f"nfops {story.kind}"}
    tags = {**story.own.tags, **mine}
    parent = client.create_run(place, _stamp(story, "started"), tags | _TABLES, story.own.name).info.run_id
    try:
        _log(client, parent, story.own)
        client.log_inputs(parent, datasets=[_data(story)])
        _attach(client, parent, story)
        children = _below(client, place, parent, story, tags)
    except BaseException:
        client.set_terminated(parent, "FAILED")
        raise
    client.set_terminated(parent, "FINISHED", _stamp(story, "finished"))
    _tend(mlruns / DATABASE, "ANALYZE")
    objective, maximise = story.order
    latest = {
        "kind": story.kind,
        "experiment": place,
        "run": parent,
        "compared": children[:BEST],
        "objective": objective,
        "maximise": maximise,
    }
    write_text(mlruns / LATEST, json.dumps(latest, indent=2) + "\n")
    return f"MLflow experiment {experiment}, run {story.own.name} with {len(children)} {story.noun} below it"


def _is_recorded(client: MlflowClient, place: str, story: Story) -> bool:
    """Whether a finished run is of this sweep as it is now, and not as it was before it was resumed."""
    of_sweep = f"tags.nfops.sweep_id = '{story.own.name}' and tags.nfops.kind = '{story.kind}'"
    asked = "FINISHED", _stamp(story, "finished"), str(story.path)
    found = client.search_runs([place], of_sweep)
    return any(asked == (run.info.status, run.info.end_time, run.data.tags["nfops.folder"]) for run in found)


def _experiment(client: MlflowClient, name: str, mlruns: Path) -> str:
    with _alone(mlruns):
        known = client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        return str(client.create_experiment(name, (mlruns.resolve() / "artifacts").as_uri()))


def _below(client: MlflowClient, place: str, parent: str, story: Story, tags: dict[str, str]) -> list[str]:
    """Record what lies below, last first, so that the first stands on top of a list sorted by time; return in order.

    A run costs four calls, whatever it holds: its numbers and its curve go in one.
    """
    data, began = _data(story), _stamp(story, "finished")
    mine = {name: text for name, text in tags.items() if name != NOTE}
    made = []
    for rank, entry in reversed(list(enumerate(story.below, start=1))):
        own = {**mine, **entry.tags, "mlflow.parentRunId": parent}
        run = client.create_run(place, began - rank, own, entry.name).info.run_id
        _log(client, run, entry)
        client.log_inputs(run, datasets=[data])
        client.set_terminated(run, "FINISHED", began - rank)
        made.append(run)
    return made[::-1]


def _log(client: MlflowClient, run: str, entry: Entry) -> None:
    """Log numbers, and the running net result; steps are days."""
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - loaded already

    now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    points = [Metric(name, value, now, 0) for name, value in entry.metrics.items()]
    for step in _steps(len(entry.curve)):
        date, earned = entry.curve[step - 1]
        stamp = int(dt.datetime.combine(date, dt.time(), dt.UTC).timestamp() * 1000)
        points.append(Metric("equity", earned, stamp, step))
    client.log_batch(run, points[:_BATCH], [Param(name, value) for name, value in entry.parameters.items()])
    for start in range(_BATCH, len(points), _BATCH):
        client.log_batch(run, points[start : start + _BATCH])


def _steps(days: int) -> list[int]:
    """Days at which a curve is kept: all, or as many in equal steps as charts can show, the first and last included."""
    return sorted({round(step) for step in np.linspace(1, days, min(days, MOST_STEPS)).tolist()})


def _data(story: Story) -> DatasetInput:
    """Name the data a sweep ran on: the same digest is the same data, wherever it lies."""
    from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - loaded already

    data = Dataset(
        name=f"{story.summary['symbol']} {story.own.tags['nfops.dates']}",
        digest=story.summary["data_hash"],
        source_type="local",
        source=json.dumps({"uri": str(story.summary["config"]["paths"]["data"])}),
        profile=json.dumps({"days": story.days}),
    )
    return DatasetInput(data, [InputTag("mlflow.data.context", "backtest")])


def _attach(client: MlflowClient, run: str, story: Story) -> None:
    """Attach the files, the page and figures, the whole configuration, and what lies below as a table."""
    (write_walk if is_walk(story.path) else write_report)(story.path)
    for pattern in _ATTACHED:
        for path in sorted(story.path.glob(pattern)):
            client.log_artifact(run, str(path), str(path.parent.relative_to(story.path)).removeprefix("."))
    client.log_dict(run, story.summary["config"], "config.yaml")
    rows = story.table.with_columns(pl.col(pl.Date).cast(pl.String))
    client.log_dict(run, {"columns": rows.columns, "data": [list(row) for row in rows.rows()]}, _TABLE)


def _stamp(story: Story, when: str) -> int:
    return int(dt.datetime.fromisoformat(story.summary[when]).timestamp() * 1000)


def _explained(fault: Exception, database: Path, folder: Path) -> str:
    locked = "database is locked" in str(fault)
    why = f"{database} is locked by another process" if locked else f"{type(fault).__name__}: {fault}"
    what = "walk-forward" if is_walk(folder) else "sweep"
    later = f"when that is mended, record it with: nfops record {folder}"
    return f"MLflow has no record of this {what} ({why}). The {what}'s files are whole; {later}"
