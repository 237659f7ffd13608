"""A trained network as a frozen graph and a SavedModel: the same logits, a card, and nothing replaced."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.engines.checkpoint_values import run_script
from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun, run_briefly

TRAIN = (
    "--mode=train --max_train_steps=3 --save_checkpoints_steps=1 --data_dump_flag=True --data_dump_step=3"
).split()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, images: Path) -> EngineRun:
    """Three steps; the third, whose tensors are dumped, begins with the weights of checkpoint 2."""
    run = EngineRun(
        tmp_path_factory.mktemp("export") / "run", [f"--data_dir={images}", *SMALL_ALEXNET, *TRAIN]
    )
    try:
        assert run.wait() == [0], run.log()
    finally:
        run.kill()
    return run


def test_both_forms_give_the_logits_of_the_checkpoint(trained: EngineRun, tmp_path: Path) -> None:
    folder = tmp_path / "made" / "export"
    checkpoint = trained.run_dir / "checkpoints" / "model.ckpt-2"
    done = run_briefly(
        "alexnet", *SMALL_ALEXNET, "--mode=export", f"--restore_path={checkpoint}", f"--export_dir={folder}"
    )
    assert done.returncode == 0, done.stderr
    card = json.loads((folder / "card.json").read_text())
    assert (card["engine"], card["step"], card["classes"]) == ("alexnet", 2, 4)
    assert card["input"]["shape"] == [None, 63, 63, 3]
    assert card["normalisation"]["mean"] == [123.675, 116.28, 103.53]

    step = trained.dump("dumps/data/step-3_rank-0")
    np.save(tmp_path / "images.npy", step["images"])
    run_script("run_exported.py", folder, tmp_path / "images.npy", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as out:
        np.testing.assert_allclose(out["frozen"], step["dense_2"], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(out["saved_model"], step["dense_2"], rtol=1e-4, atol=1e-5)
        exponentials = np.exp(step["dense_2"])
        shares = exponentials / exponentials.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(out["probabilities"], shares, rtol=1e-4, atol=1e-5)


def test_the_newest_checkpoint_goes_into_the_run_folder_and_stays_there(trained: EngineRun) -> None:
    words = ["alexnet", *SMALL_ALEXNET, "--mode=export", f"--run_dir={trained.run_dir}"]
    done = run_briefly(*words, "--shard=True")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("--shard is not used: each rank reads its own part of the images")
    event = json.loads(done.stdout.splitlines()[-1].removeprefix("@event "))
    assert event == {"kind": "export", "step": 3, "path": "export"}
    written = {path: path.stat().st_mtime_ns for path in (trained.run_dir / "export").rglob("*")}

    again = run_briefly(*words)
    assert again.returncode == 2
    assert again.stderr.endswith("is there already and is kept: give another --export_dir.\n")
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_a_checkpoint_of_other_classes_is_refused_by_name(trained: EngineRun, tmp_path: Path) -> None:
    words = [*SMALL_ALEXNET, "--num_classes=7", "--mode=export", f"--restore_path={trained.run_dir}"]
    done = run_briefly("alexnet", *words, f"--export_dir={tmp_path / 'export'}")
    assert done.returncode == 2
    assert "'dense_2/kernel' is [32, 4]" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "export").exists()
