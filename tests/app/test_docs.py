"""The commands of the guide work as they are written, one after the other, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from ray import autoscaler

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = DOCS / "getting-started.md"


def commands(page: Path) -> list[str]:
    """Every line that calls nfops within a shell block of ``page``."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("nfops ")]


@pytest.mark.slow
def test_the_guide_runs_from_raw_files_to_a_sweep(tmp_path: Path) -> None:
    nfops = Path(sys.executable).parent / "nfops"
    told = commands(GUIDE)
    assert len(told) >= 7, "the guide lost its commands"
    for command in told:
        words = [str(nfops), *shlex.split(command)[1:]]
        if words[1] == "sweep":
            words += ["record=none"]
        done = subprocess.run(
            words, cwd=tmp_path, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, check=False
        )
        assert done.returncode in {0, 1}, f"{command}\n{done.stdout}\n{done.stderr}"
    assert list((tmp_path / "data" / "sweeps").rglob("trials.parquet"))


@pytest.mark.slow
def test_the_commands_of_the_guide_to_entry_rules_work(tmp_path: Path) -> None:
    told = commands(DOCS / "add-an-entry-rule.md")
    assert len(told) >= 2
    nfops = Path(sys.executable).parent / "nfops"
    for command in told:
        done = subprocess.run(
            [str(nfops), *shlex.split(command)[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_the_example_of_a_cluster_has_the_form_that_ray_demands() -> None:
    schema = json.loads((Path(autoscaler.__file__).parent / "ray-schema.json").read_text())
    example = yaml.safe_load((DOCS / "ray-cluster.yaml").read_text(encoding="utf-8"))

    jsonschema.validate(example, schema)
    assert example["available_node_types"][example["head_node_type"]]["resources"] == {"CPU": 0}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**example, "max_workers": "many"}, schema)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
