"""A trained run is evaluated again and exported, each as a run of its own with the settings it had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from .conftest import Console

NETWORK = ("--depth=10", "--width=1", "--batch_size=16")


@pytest.fixture
def trained(console: Console, home: Path) -> str:
    steps = ("--max_train_steps=2", "--save_checkpoints_steps=1", "--epochs_between_evals=1")
    done = console("run", "autoaugment", "--devices=1", "--name=trained", *NETWORK, *steps)
    assert done.returncode == 0, done.stderr
    return "trained"


def test_evaluation_and_export_repeat_the_settings(console: Console, home: Path, trained: str) -> None:
    first = json.loads(console("show", trained, "--json").stdout)["result"]
    evaluated = console("evaluate", trained, "--json")
    assert evaluated.returncode == 0, evaluated.stderr
    result = json.loads(evaluated.stdout)["result"]
    assert (result["step"], result["eval_images"]) == (2, 360)
    assert result["eval_loss"] == pytest.approx(first["eval_loss"], rel=1e-4)

    exported = console("export", trained)
    assert exported.returncode == 0, exported.stderr
    folder = home / "runs" / exported.stdout.strip() / "export"
    assert f"The network is in {folder}." in exported.stderr
    shown = console("show", exported.stdout.strip()).stdout
    assert str(folder) in shown and "trained" in shown, "where it went, and what it came from"
    card = json.loads((folder / "card.json").read_text())
    network = torch.jit.load(folder / card["file"])
    assert network(torch.zeros([3, *card["input"]["shape"][1:]])).shape == (3, 10)


def test_the_plan_of_an_export_asks_for_no_data(console: Console, trained: str) -> None:
    plan = console("export", trained, "--checkpoint=model.ckpt-1.pt", "--dry-run")
    assert plan.returncode == 0, plan.stderr
    assert "--mode=export" in plan.stdout and "model.ckpt-1.pt" in plan.stdout
    assert "--data_dir" not in plan.stdout
    missing = console("export", trained, "--checkpoint=model.ckpt-7.pt")
    assert missing.returncode == 4, missing.stderr
    assert "model.ckpt-7.pt" in missing.stderr
