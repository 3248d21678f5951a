"""Keeps sweeps in MLflow, where people compare them. The only file that imports mlflow.

One run per sweep, and under it one run for each of its best trials. Records live in SQLite: write-ahead logging lets
the server read while a sweep writes, and ANALYZE makes sorting by a metric a hundred times faster. A fresh database
has to go through all of MLflow's migrations, which takes seconds; so it is opened in the background while the sweep
computes, and under a lock, because two processes that migrate one file at a time spoil it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nfops.errors import NfopsError
from nfops.files import write_text
from nfops.report import SweepFolder, write_report
from nfops.report.neighbours import Surroundings
from sweeps import record

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric

DATABASE: Final = "mlflow.db"
LATEST: Final = "latest.json"
"""Beside the database: where in MLflow the last sweep is, so that the page to open is known without asking it."""

LOCKED_S = 30.0
"""Another process may hold the database for so long."""

_BATCH: Final = 1000
_ATTACHED: Final = ("sweep.json", "*.parquet", "*.html", "figures/*")
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
        """Record the sweep in ``folder``, unless it is recorded as it is now; return where to look.

        Raises
        ------
        RecordError
            When the database is locked or MLflow fails in another way.
        """
        try:
            return _record(self._client(), self._mlruns, SweepFolder.read(folder))
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


def _record(client: MlflowClient, mlruns: Path, folder: SweepFolder) -> str:
    experiment = f"nfops/{folder.summary['strategy']}/{folder.summary['symbol']}"
    place = _experiment(client, experiment, mlruns)
    if _is_recorded(client, place, folder):
        return f"MLflow experiment {experiment} has run {folder.sweep_id} already"
    around = Surroundings(folder)
    tags = record.tags(around) | {"mlflow.user": os.environ.get("USER", "unknown"), "mlflow.source.name": "nfops sweep"}
    parent = client.create_run(place, _stamp(folder, "started"), tags | _TABLES, folder.sweep_id).info.run_id
    try:
        _log(client, parent, record.parameters(folder), record.sweep_metrics(folder))
        client.log_inputs(parent, datasets=[_data(folder)])
        _attach(client, parent, folder)
        children = _children(client, place, parent, around, tags)
    except BaseException:
        client.set_terminated(parent, "FAILED")
        raise
    client.set_terminated(parent, "FINISHED", _stamp(folder, "finished"))
    _tend(mlruns / DATABASE, "ANALYZE")
    latest = {
        "experiment": place,
        "run": parent,
        "compared": children[: record.BEST],
        "objective": folder.objective.name,
        "maximise": folder.objective.maximise,
    }
    write_text(mlruns / LATEST, json.dumps(latest, indent=2) + "\n")
    return f"MLflow experiment {experiment}, run {folder.sweep_id} with {len(children)} trials below it"


def _is_recorded(client: MlflowClient, place: str, folder: SweepFolder) -> bool:
    """Whether a finished run is of this sweep as it is now, and not as it was before it was resumed."""
    of_sweep = f"tags.nfops.sweep_id = '{folder.sweep_id}' and tags.nfops.kind = 'sweep'"
    asked = "FINISHED", _stamp(folder, "finished"), str(folder.path)
    found = client.search_runs([place], of_sweep)
    return any(asked == (run.info.status, run.info.end_time, run.data.tags["nfops.folder"]) for run in found)


def _experiment(client: MlflowClient, name: str, mlruns: Path) -> str:
    with _alone(mlruns):
        known = client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        return str(client.create_experiment(name, (mlruns.resolve() / "artifacts").as_uri()))


def _children(client: MlflowClient, place: str, parent: str, around: Surroundings, tags: dict[str, str]) -> list[str]:
    """Record single trials, worst first, so that the best stands on top of a list sorted by time; return best first.

    A run costs four calls, whatever it holds: its numbers and its curve go in one.
    """
    folder = around.folder
    data = _data(folder)
    trials = record.chosen(folder)
    began = _stamp(folder, "finished")
    mine = {name: text for name, text in tags.items() if name != record.NOTE}
    made = []
    for rank in range(trials.height, 0, -1):
        row = trials.row(rank - 1, named=True)
        own = mine | record.trial_tags(around, rank) | {"mlflow.parentRunId": parent}
        name = f"#{rank} trial {row['trial_id']}"
        run = client.create_run(place, began - rank, own, name).info.run_id
        curve = _curve(folder, row["trial_id"]) if rank <= record.BEST else []
        _log(client, run, folder.setting(row), record.trial_metrics(row), curve)
        client.log_inputs(run, datasets=[data])
        client.set_terminated(run, "FINISHED", began - rank)
        made.append(run)
    return made[::-1]


def _log(
    client: MlflowClient,
    run: str,
    parameters: Mapping[str, str],
    metrics: Mapping[str, float],
    curve: Sequence[Metric] = (),
) -> None:
    from mlflow.entities import Metric, Param  # noqa: PLC0415 - loaded already

    now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    points = [*(Metric(name, value, now, 0) for name, value in metrics.items()), *curve]
    client.log_batch(run, points[:_BATCH], [Param(name, value) for name, value in parameters.items()])
    for start in range(_BATCH, len(points), _BATCH):
        client.log_batch(run, points[start : start + _BATCH])


def _curve(folder: SweepFolder, trial_id: int) -> list[Metric]:
    """Give the running net result, one step per day."""
    from mlflow.entities import Metric  # noqa: PLC0415 - loaded already

    days = folder.equity(trial_id)
    stamps = [int(dt.datetime.combine(date, dt.time(), dt.UTC).timestamp() * 1000) for date in days["date"]]
    return [
        Metric("equity", value, stamp, step)
        for step, (value, stamp) in enumerate(zip(days["equity"], stamps, strict=True), start=1)
    ]


def _data(folder: SweepFolder) -> DatasetInput:
    """Name the data a sweep ran on: the same digest is the same data, wherever it lies."""
    from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - loaded already

    data = Dataset(
        name=f"{folder.summary['symbol']} {'..'.join(folder.span)}",
        digest=folder.summary["data_hash"],
        source_type="local",
        source=json.dumps({"uri": str(folder.summary["config"]["paths"]["data"])}),
        profile=json.dumps({"days": folder.counted["date"].n_unique()}),
    )
    return DatasetInput(data, [InputTag("mlflow.data.context", "backtest")])


def _attach(client: MlflowClient, run: str, folder: SweepFolder) -> None:
    """Attach the sweep's files, its page and figures, its whole configuration, and its best trials as a table."""
    write_report(folder.path)
    for pattern in _ATTACHED:
        for path in sorted(folder.path.glob(pattern)):
            client.log_artifact(run, str(path), str(path.parent.relative_to(folder.path)).removeprefix("."))
    client.log_dict(run, folder.summary["config"], "config.yaml")
    client.log_dict(run, _leaderboard(folder), _TABLE)


def _leaderboard(folder: SweepFolder) -> dict[str, Any]:
    """Best trials in the form that MLflow shows as a table."""
    best = record.chosen(folder).head(record.BEST)
    return {"columns": best.columns, "data": [list(row) for row in best.rows()]}


def _stamp(folder: SweepFolder, when: str) -> int:
    return int(dt.datetime.fromisoformat(folder.summary[when]).timestamp() * 1000)


def _explained(fault: Exception, database: Path, folder: Path) -> str:
    locked = "database is locked" in str(fault)
    why = f"{database} is locked by another process" if locked else f"{type(fault).__name__}: {fault}"
    later = f"when that is mended, record it with: nfops record {folder}"
    return f"MLflow has no record of this sweep ({why}). The sweep's files are whole; {later}"
