"""A training that was interrupted goes on as if it never had been."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from tests.engines.checkpoint_values import assert_same, read_checkpoints
from tests.engines.engine_runs import EngineRun


def test_resumed_training_is_the_same_training(
    start: Callable[..., EngineRun], alexnet_run: EngineRun, tmp_path: Path
) -> None:
    folder = alexnet_run.run_dir / "checkpoints"
    first, last = sorted(folder.glob("model.ckpt-*.index"))
    done = int(first.stem.rpartition("-")[2])
    resumed = start("--mode=train", "--dropout=0.35", f"--resume_from={first}")
    assert resumed.wait() == [0], resumed.log()
    assert told(resumed) == told(alexnet_run)[done:]
    straight, again = read_checkpoints(
        [last.with_suffix(""), resumed.run_dir / "checkpoints" / "model.ckpt-6"], tmp_path
    )
    assert straight["global_step"] == 6
    assert "dense_2/kernel/Momentum" in straight
    assert_same(straight, again, 1e-6)


def test_the_best_checkpoint_so_far_goes_along(
    start: Callable[..., EngineRun], alexnet_run: EngineRun
) -> None:
    best = json.loads((alexnet_run.run_dir / "checkpoints" / "best" / "best.json").read_text())
    resumed = start("--mode=train", f"--resume_from={alexnet_run.run_dir}", "--max_train_steps=7")
    assert resumed.wait() == [0], resumed.log()
    kept = resumed.run_dir / "checkpoints" / "best"
    assert json.loads((kept / "best.json").read_text()) == best
    assert resumed.result()["best_checkpoint"] == f"checkpoints/best/model.ckpt-{best['step']}"
    assert (kept / f"model.ckpt-{best['step']}.index").is_file()


def told(run: EngineRun) -> list[str]:
    """The metric lines without what depends on time."""
    return [re.sub(r"FPS:[^,]*,|batch_time:\S*", "", line) for line in run.lines("step:")]
