"""EfficientNet's training as the console sees it: lines, scores, checkpoints, and starts from other trainings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from console.metrics.reader import LineReader
from tests.engines.checkpoint_values import assert_same, read_checkpoints, run_script
from tests.engines.efficientnet_runs import AVERAGE, HEAD, SMALL_EFFICIENTNET, told
from tests.engines.engine_runs import EVAL_IMAGES, EngineRun

WHOLE_RUN = (
    "--mode=train_and_eval --save_checkpoints_steps=2 --steps_per_eval=3 --moving_average_decay=0.9 "
    "--autoaugment_name=v0 --use_cache=True"
).split()


class Runs(NamedTuple):
    """``whole`` is six steps with two evaluations. ``killed`` was the same, had it not been killed after step 4;
    ``resumed`` goes on from there. ``averages`` scores the last checkpoint of ``whole`` with zeros for weights;
    ``weights`` scores the weights of ``whole`` themselves. ``transferred`` starts 7 classes from it."""

    whole: EngineRun
    killed: EngineRun
    resumed: EngineRun
    averages: EngineRun
    weights: EngineRun
    transferred: EngineRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("efficientnet")
    begun: list[EngineRun] = []

    def begin(name: str, *flags: str) -> EngineRun:
        every = [*SMALL_EFFICIENTNET, f"--data_dir={images}", *flags]
        begun.append(EngineRun(folder / name, every, engine="efficientnet"))
        return begun[-1]

    try:
        whole = begin("whole", *WHOLE_RUN)
        endless = ("--mode=train", "--train_steps=100000", "--max_checkpoint_to_save=100000")
        killed = begin("killed", *WHOLE_RUN, *endless)
        killed.wait_until(lambda: len(killed.events("checkpoint")) >= 2, "a second checkpoint")
        killed.kill()
        middle = killed.run_dir / "checkpoints" / "model.ckpt-4"
        resumed = begin("resumed", *WHOLE_RUN, f"--resume_from={middle}")
        assert whole.wait() == [0], whole.log()
        last = whole.run_dir / "checkpoints" / "model.ckpt-6"
        blank = folder / "blank" / "model.ckpt-6"
        blank.parent.mkdir()
        run_script("blank_weights.py", last, blank)
        averages = begin("averages", "--mode=eval", f"--restore_path={blank}")
        weights = begin("weights", "--mode=eval", f"--restore_path={last}", "--moving_average_decay=0")
        transferred = begin(
            "transferred", "--synthetic=True", "--mode=train", "--num_label_classes=7", "--train_steps=1",
            "--base_learning_rate=0", "--batch_norm_momentum=1", f"--restore_path={last}",
        )  # fmt: skip
        for run in (resumed, averages, weights, transferred):
            assert run.wait() == [0], run.log()
        yield Runs(whole, killed, resumed, averages, weights, transferred)
    finally:
        for run in begun:
            run.kill()


def test_each_step_has_a_line_of_the_seeds_form_that_the_console_reads(runs: Runs) -> None:
    lines = runs.whole.lines("step:")
    form = r"step:\d+  epoch:\d+\.\d{3} ips:\d+\.\d loss:\d+\.\d{4} lr:\d\.\d{8} top1:\d\.\d{4}"
    assert all(re.fullmatch(form, line) for line in lines)
    readings = [LineReader([]).read(line) for line in lines]
    values = [reading.values for reading in readings if reading is not None]
    assert [one["step"] for one in values] == [1, 2, 3, 4, 5, 6]
    assert [one["epoch"] for one in values] == [0.4, 0.8, 1.2, 1.6, 2.0, 2.4]
    rates = [0.1 * 8 / 256 * factor for factor in (1, 1, 1, 1, 1, 0.97)]
    assert [one["lr"] for one in values] == pytest.approx(rates, abs=1e-8)
    assert all(one["throughput"] > 0 for one in values)


def test_flags_without_effect_are_told(runs: Runs) -> None:
    assert runs.whole.lines("--use_cache is not used")


def test_scores_come_at_the_chosen_steps_and_the_best_is_kept(runs: Runs) -> None:
    run = runs.whole
    scores = run.events("evaluation")
    assert [(one["step"], one["images"]) for one in scores] == [(3, EVAL_IMAGES), (6, EVAL_IMAGES)]
    result = run.result()
    assert (result["status"], result["step"], result["top1"]) == ("finished", 6, scores[1]["top1"])
    best = max(scores, key=lambda one: (one["top1"], -one["step"]))["step"]
    assert list((run.run_dir / "checkpoints" / "best").glob(f"model.ckpt-{best}.index"))


def test_the_loss_told_includes_weight_decay(runs: Runs, tmp_path: Path) -> None:
    (start,) = read_checkpoints([runs.whole.run_dir / "checkpoints" / "model.ckpt-6"], tmp_path)
    trained = {name.removesuffix(AVERAGE) for name in start if name.endswith(AVERAGE)}
    decayed = [name for name in trained if "batch_normalization" not in name]
    decay = 0.01 * sum(0.5 * float((start[name].astype(np.float64) ** 2).sum()) for name in decayed)
    readings = [LineReader([]).read(line) for line in runs.whole.lines("step:")]
    assert decay > 1.0, "far more than what a step changes"
    assert all(reading is not None and reading.values["loss"] > 0.9 * decay for reading in readings)


def test_going_on_after_a_kill_is_as_if_nothing_had_been(runs: Runs, tmp_path: Path) -> None:
    assert told(runs.killed)[:4] == told(runs.whole)[:4]
    assert told(runs.resumed) == told(runs.whole)[4:]
    ends = [run.run_dir / "checkpoints" / "model.ckpt-6" for run in (runs.whole, runs.resumed)]
    straight, again = read_checkpoints(ends, tmp_path)
    for kind in ("/RMSProp", "/RMSProp_1", AVERAGE, "/moving_variance", f"/moving_mean{AVERAGE}"):
        assert any(name.endswith(kind) for name in straight)
    assert_same(straight, again, 1e-6)


def test_the_averages_are_what_is_scored(runs: Runs) -> None:
    trained = runs.whole.events("evaluation")[1]
    (blanked,) = runs.averages.events("evaluation")
    assert (blanked["step"], blanked["top1"]) == (6, trained["top1"])
    assert blanked["loss"] == pytest.approx(trained["loss"], rel=1e-5)
    (raw,) = runs.weights.events("evaluation")
    assert abs(raw["loss"] - trained["loss"]) > 1e-3


def test_transfer_takes_all_but_the_last_layer(runs: Runs, tmp_path: Path) -> None:
    ends = (
        runs.whole.run_dir / "checkpoints" / "model.ckpt-6",
        runs.transferred.run_dir / "checkpoints" / "model.ckpt-1",
    )
    source, target = read_checkpoints(ends, tmp_path)
    (skipped,) = runs.transferred.lines("Skipped as asked: ")
    assert sorted(skipped.removeprefix("Skipped as asked: ").split(", ")) == [
        f"{HEAD}/bias",
        f"{HEAD}/kernel",
    ]
    (restored,) = runs.transferred.lines("Restored ")
    assert not runs.transferred.lines("Missing")
    taken = {
        name.removesuffix(AVERAGE) for name in source if name.endswith(AVERAGE) and not name.startswith(HEAD)
    }
    assert restored.startswith(f"Restored {len(taken)} of {len(taken) + 2} variables")
    for name in taken:
        for copy in (name, name + AVERAGE):
            np.testing.assert_allclose(target[copy], source[name], rtol=1e-6, err_msg=copy)
    assert target[f"{HEAD}/kernel"].shape[1] == 7
    assert target["global_step"] == 1
