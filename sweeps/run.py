"""The Hydra entry: from overrides on the command line to a checked configuration and a sweep.

    python -m sweeps.run symbol=NIFTY strategy=short_straddle          one set of parameters
    python -m sweeps.run -m strategy.exit.stop_pct=10,20,30            all combinations of the listed values

The only file, with the sweeper under hydra_plugins/, that sees Hydra or OmegaConf.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import hydra
import yaml
from omegaconf import DictConfig, OmegaConf

from nfops.errors import ConfigError, NfopsError
from sweeps.adapters.local_executor import LocalExecutor
from sweeps.adapters.mlflow_recorder import MlflowRecorder
from sweeps.adapters.null_recorder import NullRecorder
from sweeps.adapters.ray_executor import RayExecutor
from sweeps.config import SweepConfig, build_all
from sweeps.console import Console
from sweeps.detach import detach
from sweeps.evaluation import DESIGNS
from sweeps.finished import Sweep
from sweeps.home import folder
from sweeps.ports import Executor, Recorder
from sweeps.single import show_day
from sweeps.sweep import run_sweep
from sweeps.walk_shown import show
from sweeps.walk_tables import Walk
from sweeps.walkforward import run_walk

DONE, PARTIAL, WRONG, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
GLOBAL = ("experiment", "local")
"""Groups whose files speak of the whole configuration."""
WALKFORWARD = "walkforward="
DETACH = "--detach"
"""Word that leaves a sweep to a process of its own."""

CODES = {"ok": DONE, "partial": PARTIAL, "failed": FAILED, "interrupted": INTERRUPTED}

_composed: list[dict[str, Any]] = []
"""What Hydra composed in this call. Sweeps run after Hydra is done, which would turn every failure into exit code 1."""


def execute(
    plains: list[dict[str, Any]], console: Console, faults: Sequence[str] = (), *, detached: bool = False
) -> int:
    """Check all configurations, then run them one after the other; return the worst exit code.

    ``faults`` were found before; with any, nothing runs. ``detached``: a process of its own runs them.
    """
    try:
        configs = build_all(plains, faults)
    except ConfigError as fault:
        console.terminal.print(str(fault), style="red", markup=False, soft_wrap=True)
        return WRONG
    if detached:
        detach(configs, console)
        return DONE
    worst = DONE
    for config in configs:
        worst = max(worst, _run(config, console))
        if worst == INTERRUPTED:
            break
    return worst


def _run(config: SweepConfig, console: Console) -> int:
    """Run one sweep, or walk-forward; print what came of it; return the exit code."""
    try:
        with closing(_executor(config, console)) as executor:
            recorder = _recorder(config)  # gets ready while the sweep computes
            done: Walk | Sweep
            if config.scheme:
                done = run_walk(config, config.scheme, executor, console)
            else:
                done = run_sweep(config, executor, console)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ConfigError as fault:
        console.terminal.print(str(fault), style="red", markup=False, soft_wrap=True)
        return WRONG
    except (NfopsError, OSError) as fault:
        told = "\n".join([f"the sweep failed: {fault}", *getattr(fault, "__notes__", ())])
        console.terminal.print(told, style="red", markup=False, soft_wrap=True)
        return FAILED
    except Exception:  # noqa: BLE001 - whatever it was, the exit code must say that the sweep failed
        console.terminal.print_exception()
        return FAILED
    if isinstance(done, Walk):
        show(done, console)
        code = walk_code(done.summary)
    else:
        console.leaderboard(done)
        show_day(done, console)
        code = CODES[str(done.summary["status"])]
    if code != INTERRUPTED:
        code = max(code, record(recorder, done.folder, console))
    return code


def walk_code(summary: Mapping[str, Any]) -> int:
    """Exit code of a walk-forward: that of its status; windows that were looked at before are a finding."""
    return max(CODES[str(summary["status"])], PARTIAL if summary["burnt"] or summary["seen"] else DONE)


def _executor(config: SweepConfig, console: Console) -> Executor:
    if config.executor == "local":
        return LocalExecutor()
    again = config.scheme is not None or config.search.name not in DESIGNS
    return RayExecutor(
        config.workers,
        config.address,
        config.runtime_env,
        again=again,
        patience_s=config.patience_s,
        say=console.remark,
    )


def _recorder(config: SweepConfig) -> Recorder:
    return NullRecorder() if config.record == "none" else MlflowRecorder(config.paths.mlruns)


def record(recorder: Recorder, folder: Path, console: Console) -> int:
    """Record a sweep; its files are safe already, so a recorder's failure is a finding."""
    try:
        if kept := recorder.record(folder):
            console.terminal.print(f"recorded: {kept}", soft_wrap=True)
    except Exception as fault:  # noqa: BLE001 - whatever the recorder met, the sweep itself is done
        console.terminal.print(f"not recorded: {fault}", style="yellow", markup=False, soft_wrap=True)
        return PARTIAL
    return DONE


@hydra.main(version_base="1.3", config_path=None, config_name="config")
def task(config: DictConfig) -> None:
    """Keep what Hydra composed."""
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)  # noqa: S101 - the primary config is a mapping
    _composed.append({str(key): value for key, value in plain.items()})


def _misspelt(arguments: list[str]) -> dict[str, str]:
    """Find overrides whose key no configuration file has; say of each what it may have meant."""
    root = folder("conf")
    known = {"hydra", "axes", *(group.name for group in root.iterdir()), *_keys(_plain(root / "config.yaml"), "")}
    for path in root.glob("*/*.yaml"):
        known.update(_keys(_plain(path), "" if path.parent.name in GLOBAL else f"{path.parent.name}."))
    faults = {}
    for word in arguments:
        key, equals, _ = word.partition("=")
        if equals and key[:1].isalpha() and key not in known and key.partition(".")[0] not in {"hydra", "axes"}:
            near = difflib.get_close_matches(key, known, n=3, cutoff=0.5)
            faults[word] = f"{key} is not a setting" + (f"; did you mean {', '.join(near)}?" if near else "")
    return faults


def _plain(path: Path) -> Any:
    """Read a configuration file for its keys; by libyaml, because plain Python takes a second for all of them."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _keys(branch: Any, prefix: str) -> Iterator[str]:
    """Dotted paths of a configuration, those of whole branches included."""
    for key, value in branch.items() if isinstance(branch, dict) else ():
        yield f"{prefix}{key}"
        yield from _keys(value, f"{prefix}{key}.")


def walk(arguments: list[str]) -> int:
    """Run walk-forwards with these overrides, rolling unless they say otherwise, and return the exit code."""
    said = next((word for word in arguments if word.startswith(WALKFORWARD)), "")
    if not said:
        # Beside the first override: the parser of Hydra takes no second group of them.
        at = next((at for at, word in enumerate(arguments) if not word.startswith("-")), len(arguments))
        said = f"{WALKFORWARD}rolling"
        arguments = [*arguments[:at], said, *arguments[at:]]
    # A choice at a time: lengths can be set only where the group is there before Hydra multiplies choices.
    choices = said.removeprefix(WALKFORWARD).split(",")
    return _called([[f"{WALKFORWARD}{choice}" if word == said else word for word in arguments] for choice in choices])


def main(arguments: list[str]) -> int:
    """Run the entry with these overrides and return the exit code."""
    return _called([arguments])


def _called(calls: Sequence[list[str]]) -> int:
    """Compose the configurations of all calls, then run them."""
    detached = any(DETACH in arguments for arguments in calls)
    faults: dict[str, str] = {}
    _composed.clear()
    for call in calls:
        arguments = [word for word in call if word != DETACH]
        misspelt = _misspelt(arguments)
        faults |= misspelt
        words = [word for word in arguments if word not in misspelt]
        sys.argv = ["nfops sweep", "--config-dir", str(folder("conf")), *words]
        try:
            task()
        except SystemExit as stop:
            # Hydra has printed what is wrong with an override and leaves with 1, which here means something else.
            return WRONG if stop.code == 1 else int(stop.code or 0)
    return execute(_composed, Console(), list(faults.values()), detached=detached) if _composed else DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
