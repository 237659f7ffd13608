"""The stand-in of ``npu_bridge`` refuses what the adapter's documents do not allow, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.contracts.npu_bridge_runs import STAND_INS
from tests.engines.engine_runs import PATIENCE, PYTHON

SCRIPT = Path(__file__).parent / "scripts" / "npu_bridge_rules.py"

ALLOWED = ("plain session", "dump of ranges", "profile", "mixed lists")

SAID = {
    "unknown key": "there is no option precison_mode",
    "wrong member": "iterations_per_loop is set in .s",
    "two precisions": "'precision_mode' and 'precision_mode_v2' can not be assigned at the same time.",
    "dump nowhere": "if use dump function, dump_path must be set.",
    "both dumps": "enable_dump and enable_dump_debug must not both be True",
    "comma": "dump_step string style is error, correct example:'0|5|10|50-100'",
    "101 steps": "dump_step only support dump <= 100 sets of data",
    "unequal loop": "iterations_per_loop of the session is not that of the loop",
    "ranks before initialisation": "get rank size error: initialize_system has not run",
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    done = subprocess.run(
        [PYTHON, str(SCRIPT), str(tmp_path_factory.mktemp("rules"))],
        env={**os.environ, "PYTHONPATH": str(STAND_INS)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_what_is_documented_is_allowed(said: dict[str, str]) -> None:
    assert {name: said[name] for name in ALLOWED} == dict.fromkeys(ALLOWED, "")


def test_all_else_is_refused_for_its_own_reason(said: dict[str, str]) -> None:
    refused = {name: text for name, text in said.items() if name not in ALLOWED}
    assert {text.split(":")[0] for text in refused.values()} == {"ContractError"}
    assert len(set(refused.values())) == len(refused)
    assert {name: text.partition(": ")[2] for name, text in refused.items() if name in SAID} == SAID
