"""What one training of BiT prints, writes and computes, against independent arithmetic."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from console.metrics.reader import LineReader
from engines.bit.recipe import mix_weight
from tests.engines.bit_runs import SMALL_BIT, write_tfds
from tests.engines.checkpoint_values import read_checkpoints, run_script
from tests.engines.engine_runs import EVAL_IMAGES, TRAIN_IMAGES, EngineRun
from tests.engines.test_alexnet_training import convolve, cross_entropy, softmax

LINE = re.compile(
    r"step:(\d+) ,loss: ([\d.]+) ,time:([\d.]+) ,lr:([\d.]+) ,FPS:([\d.]+) ,epoch:([\d.]+) ,top1:([\d.]+)"
)
RATES = (0.01, 0.02, 0.02, 0.02, 0.02, 0.002)
HEAD = "resnet/head/conv2d"
ROOT = "resnet/root_block/standardized_conv2d"


class Runs(NamedTuple):
    """``whole`` is six steps with evaluations, dumps and a trace. ``probe`` trains the head alone with MixUp on
    40 images in the layout of TensorFlow Datasets. ``idle`` is two ranks that learn nothing and have no
    patience."""

    whole: EngineRun
    probe: EngineRun
    idle: EngineRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("bit")
    flowers = write_tfds(folder, 40)
    flags = {
        "whole": (f"--data_dir={images}", *WHOLE),
        "probe": (f"--data_dir={flowers}", "--finetune=head", "--mixup_alpha=1.0", *DUMPED),
        "idle": (f"--data_dir={images}", "--lr=0", "--patience=1", "--batch_size=4"),
    }
    begun = {
        name: EngineRun(folder / name, [*SMALL_BIT, *some], 1 + (name == "idle"), engine="bit")
        for name, some in flags.items()
    }
    try:
        for run in begun.values():
            codes = run.wait()
            assert codes == [0] * len(codes), run.log()
        yield Runs(**begun)
    finally:
        for run in begun.values():
            run.kill()


DUMPED = ("--data_dump_flag=True", "--data_dump_step=0|1-3|6")
WHOLE = (
    *DUMPED,
    "--save_checkpoints_steps=3",
    "--max_checkpoint_to_save=2",
    "--save_summary_steps=2",
    "--profiling=True",
    "--profiling_steps=4-5",
)


@pytest.fixture
def whole(runs: Runs) -> EngineRun:
    return runs.whole


def numbers(run: EngineRun) -> list[list[float]]:
    """The fields of every training line."""
    found = [LINE.fullmatch(line) for line in run.lines("step:")]
    assert all(found)
    return [[float(text) for text in match.groups()] for match in found if match]


def test_announces_itself(whole: EngineRun) -> None:
    (event,) = whole.events("start")
    assert (event["train_images"], event["eval_images"]) == (TRAIN_IMAGES, EVAL_IMAGES)
    assert (event["steps_per_epoch"], event["total_steps"], event["total_epochs"]) == (2, 6, 3)
    assert event["parameters"] == event["trained_parameters"]
    assert whole.lines("params:  {")


def test_prints_a_line_per_step_that_begins_as_the_seeds(whole: EngineRun) -> None:
    lines = numbers(whole)
    assert [line[0] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line[3] for line in lines] == pytest.approx(RATES)
    assert [line[5] for line in lines] == pytest.approx([0.4 * step for step in range(1, 7)])
    for _, _, seconds, _, throughput, _, top1 in lines:
        assert throughput == pytest.approx(8 / seconds, rel=0.01)
        assert top1 * 8 == pytest.approx(round(top1 * 8))
    assert lines[0][1] == pytest.approx(np.log(4), abs=1e-6), "a zero head"


def test_the_console_reads_the_lines(whole: EngineRun) -> None:
    reader = LineReader()
    reading = reader.read(whole.lines("step:")[2])
    assert reading is not None
    line = numbers(whole)[2]
    names = ("step", "loss", "step_time", "lr", "throughput", "epoch", "top1")
    assert [reading.values[name] for name in names] == pytest.approx(line)
    reading = reader.read(whole.lines("2/2 - ")[0])
    assert reading is not None
    assert reading.values["step"] == 2


def test_loss_and_accuracy_are_those_of_the_dumped_logits(whole: EngineRun) -> None:
    tensors, line = whole.dump("dumps/data/step-3_rank-0"), numbers(whole)[2]
    logits, labels = tensors[HEAD].astype(np.float64), tensors["loss/labels"]
    assert cross_entropy(logits, labels, smoothing=0.0).mean() == pytest.approx(line[1], abs=1e-5)
    assert np.mean(logits.argmax(axis=1) == labels) == pytest.approx(line[6], abs=6e-5)


def test_layers_compute_what_they_claim(whole: EngineRun) -> None:
    tensors = whole.dump("dumps/data/step-2_rank-0")
    assert tensors["images"].min() >= -1.0
    assert tensors["images"].max() <= 1.0
    kernel = tensors[f"{ROOT}/kernel"].astype(np.float64)
    standardised = (kernel - kernel.mean((0, 1, 2))) / np.sqrt(kernel.var((0, 1, 2)) + 1e-10)
    first = convolve(tensors["images"], standardised, stride=2, padding=3)
    np.testing.assert_allclose(tensors[ROOT], first, rtol=1e-3, atol=1e-3)
    logits = tensors[f"{HEAD}/input"] @ tensors[f"{HEAD}/kernel"][0, 0] + tensors[f"{HEAD}/bias"]
    np.testing.assert_allclose(tensors[HEAD], logits, rtol=1e-4, atol=1e-4)


def test_gradient_of_the_head(whole: EngineRun) -> None:
    tensors = whole.dump("dumps/data/step-3_rank-0")
    labels = tensors["loss/labels"]
    upstream = (softmax(tensors[HEAD].astype(np.float64)) - np.eye(4)[labels]) / len(labels)
    np.testing.assert_allclose(tensors[f"{HEAD}/bias/gradient"], upstream.sum(axis=0), atol=1e-6)
    kernel = tensors[f"{HEAD}/kernel/gradient"][0, 0]
    np.testing.assert_allclose(kernel, tensors[f"{HEAD}/input"].T @ upstream, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    "name", [f"{ROOT}/kernel", "resnet/block2/unit01/b/group_norm/gamma", f"{HEAD}/bias"]
)
def test_update_is_momentum(whole: EngineRun, name: str) -> None:
    initial = whole.dump("dumps/data/step-0_rank-0")
    steps = [whole.dump(f"dumps/data/step-{step}_rank-0") for step in (1, 2, 3)]
    np.testing.assert_array_equal(initial[name], steps[0][name])
    value, velocity = steps[0][name].astype(np.float64), np.zeros(steps[0][name].shape)
    for lr, now, after in zip(RATES, steps, steps[1:], strict=False):
        velocity = 0.9 * velocity + now[f"{name}/gradient"]
        value = value - lr * velocity
        np.testing.assert_allclose(after[name], value, rtol=1e-5, atol=1e-7)


def test_evaluates_every_period_and_tells_it_as_the_seed_does(whole: EngineRun) -> None:
    events = whole.events("evaluation")
    assert [event["step"] for event in events] == [2, 4, 6]
    assert {event["images"] for event in events} == {EVAL_IMAGES}
    row = re.fullmatch(
        r"2/2 - \d+s - loss: ([\d.]+) - accuracy: ([\d.]+) - val_loss: ([\d.]+) - val_accuracy: ([\d.]+)"
        r" - val_top5: 1\.0000 - step: 6",
        whole.lines("2/2 - ")[-1],
    )
    assert row
    losses = [line[1] for line in numbers(whole)[4:]]
    assert float(row[1]) == pytest.approx(np.mean(losses), abs=1e-4)
    assert float(row[3]) == pytest.approx(events[-1]["loss"], abs=1e-4)
    assert float(row[4]) == pytest.approx(events[-1]["top1"], abs=1e-4)
    assert len(whole.lines("epoch_duration:  ")) == 3


def test_keeps_the_newest_and_the_best_checkpoints(whole: EngineRun) -> None:
    folder = whole.run_dir / "checkpoints"
    written = [event["step"] for event in whole.events("checkpoint")]
    assert written == sorted(set(written))
    assert {3, 6} <= set(written)
    kept = sorted(int(path.stem.rpartition("-")[2]) for path in folder.glob("model.ckpt-*.index"))
    assert kept == written[-2:]
    accuracies = {event["step"]: event["top1"] for event in whole.events("evaluation")}
    best = max(accuracies, key=lambda step: (accuracies[step], -step))
    assert [path.name for path in (folder / "best").glob("*.index")] == [f"model.ckpt-{best}.index"]
    assert whole.result()["best_checkpoint"] == f"checkpoints/best/model.ckpt-{best}"


def test_result_says_what_the_run_came_to(whole: EngineRun) -> None:
    result, last = whole.result(), whole.events("evaluation")[-1]
    assert (result["status"], result["engine"], result["step"]) == ("finished", "bit", 6)
    assert (result["top1"], result["top5"], result["eval_loss"]) == (last["top1"], last["top5"], last["loss"])
    assert result["checkpoint"] == "checkpoints/model.ckpt-6"
    assert result["throughput"] == pytest.approx(8 / result["step_time"])
    (said,) = whole.lines("imgs/s: ")
    assert float(said.split()[1]) == pytest.approx(result["throughput"], abs=0.01)


def test_traces_the_chosen_steps_for_chrome_and_tensorboard(whole: EngineRun) -> None:
    (event,) = whole.events("profile")
    assert (event["first"], event["last"]) == (4, 5)
    folder = whole.run_dir / event["path"]
    assert list(folder.glob("plugins/profile/*/*.xplane.pb"))
    timed = [
        one for one in json.loads((folder / "trace.json").read_text())["traceEvents"] if one["ph"] == "X"
    ]
    assert {one["args"]["step_num"] for one in timed if "step_num" in one["args"]} == {4, 5}
    assert any("Conv2D" in one["name"] for one in timed)


def test_dumps_the_chosen_steps_and_no_others(whole: EngineRun) -> None:
    folders = sorted(path.name for path in (whole.run_dir / "dumps" / "data").iterdir())
    assert folders == [f"step-{step}_rank-0" for step in (0, 1, 2, 3, 6)]
    assert [event["step"] for event in whole.events("dump")] == [0, 1, 2, 3, 6]


def test_writes_tensorboard_events(whole: EngineRun) -> None:
    points = json.loads(run_script("read_events.py", whole.run_dir / "events"))
    curves = {tag: {step: value for step, name, value in points if name == tag} for _, tag, _ in points}
    lines = {line[0]: line for line in numbers(whole)}
    assert curves["loss"] == pytest.approx({step: lines[step][1] for step in (2, 4, 6)}, abs=1e-5)
    assert curves["learning_rate"] == pytest.approx({step: lines[step][3] for step in (2, 4, 6)})
    scores = {event["step"]: event["top1"] for event in whole.events("evaluation")}
    assert curves["eval/top1"] == pytest.approx(scores)


def test_a_set_without_an_evaluation_split_is_cut_by_percent(runs: Runs) -> None:
    (event,) = runs.probe.events("start")
    assert (event["train_images"], event["eval_images"]) == (34, 6)


def test_a_linear_probe_trains_the_head_alone(runs: Runs, tmp_path: Path) -> None:
    (event,) = runs.probe.events("start")
    assert event["trained_parameters"] == 256 * 4 + 4 < event["parameters"]
    initial = runs.probe.dump("dumps/data/step-0_rank-0")
    last = sorted((runs.probe.run_dir / "checkpoints").glob("model.ckpt-*.index"))[-1]
    (end,) = read_checkpoints([last.with_suffix("")], tmp_path)
    moved = {name for name, value in initial.items() if (end[name] != value).any()}
    assert moved == {f"{HEAD}/kernel", f"{HEAD}/bias"}
    assert {name for name in end if name.endswith("/Momentum")} == {name + "/Momentum" for name in moved}


def test_mixup_blends_images_and_targets_alike(runs: Runs) -> None:
    tensors = runs.probe.dump("dumps/data/step-2_rank-0")
    share = mix_weight(7, 1, 1.0)
    assert 0.5 < share < 1.0
    own = np.eye(4)[tensors["loss/labels"]]
    np.testing.assert_allclose(tensors["loss/targets"], share * own + (1 - share) * own[::-1], atol=1e-6)
    mixed = tensors["images"].astype(np.float64)
    unmixed = (share * mixed - (1 - share) * mixed[::-1]) / (2 * share - 1)
    assert np.abs(unmixed).max() <= 1.0 + 1e-3
    assert np.abs(mixed).max() < np.abs(unmixed).max()


def test_without_patience_training_ends_with_the_best_weights(runs: Runs) -> None:
    idle = runs.idle
    assert [event["step"] for event in idle.events("evaluation")] == [2, 4, 2]
    assert "Early stopping at step 4: the best weights are those of step 2." in idle.log()
    result = idle.result()
    assert (result["status"], result["step"]) == ("finished", 4)
    assert result["top1"] == idle.events("evaluation")[0]["top1"]
    assert result["best_checkpoint"] == "checkpoints/best/model.ckpt-2"
