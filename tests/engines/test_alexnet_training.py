"""What one training run prints, writes and computes, against independent arithmetic."""

from __future__ import annotations

import json
import re
from collections import Counter

import numpy as np
import pytest

from tests.engines.checkpoint_values import run_script
from tests.engines.engine_runs import EVAL_IMAGES, TRAIN_IMAGES, EngineRun

LINE = re.compile(
    r"step:\s*(\d+)  epoch:\s*([\d.]+)  FPS:\s*([\d.]+), loss:\s*([\d.]+), total_loss:\s*([\d.]+)"
    r"  lr:\s*([\d.]+)  batch_time:([\d.]+)  top1:([\d.]+)"
)
WEIGHT_DECAY, MOMENTUM = 0.01, 0.9


def numbers(run: EngineRun) -> list[list[float]]:
    """The fields of every training line."""
    found = [LINE.fullmatch(line) for line in run.lines("step:")]
    assert all(found)
    return [[float(text) for text in match.groups()] for match in found if match]


def test_announces_itself(alexnet_run: EngineRun) -> None:
    (event,) = alexnet_run.events("start")
    assert event["train_images"] == TRAIN_IMAGES
    assert event["eval_images"] == EVAL_IMAGES
    assert (event["steps_per_epoch"], event["total_steps"], event["total_epochs"]) == (2, 6, 3)
    assert (event["backend"], event["world_size"]) == ("cpu", 1)


def test_prints_a_line_per_step_in_the_original_format(alexnet_run: EngineRun) -> None:
    lines = numbers(alexnet_run)
    assert [line[0] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line[1] for line in lines] == pytest.approx(
        [i * 8 / TRAIN_IMAGES for i in range(1, 7)], abs=0.051
    )
    for _, _, throughput, loss, total_loss, _, batch_time, top1 in lines:
        assert throughput == pytest.approx(8 / batch_time, rel=0.01)
        assert total_loss > loss
        assert top1 * 8 == pytest.approx(round(top1 * 8))


def test_learning_rate_warms_up_then_follows_the_cosine(alexnet_run: EngineRun) -> None:
    rates = [line[5] for line in numbers(alexnet_run)]
    cosine = [0.5 * (1 + np.cos(np.pi * epoch / 3)) for epoch in (1, 1, 2, 2)]
    assert rates == pytest.approx([0.001, 0.002, *(0.002 * factor for factor in cosine)], rel=1e-3)


def test_loss_and_accuracy_are_those_of_the_dumped_logits(alexnet_run: EngineRun) -> None:
    line = numbers(alexnet_run)[2]
    tensors = alexnet_run.dump("dumps/data/step-3_rank-0")
    logits, labels = tensors["dense_2"].astype(np.float64), tensors["loss/labels"]
    losses = cross_entropy(logits, labels, smoothing=0.1)
    assert losses.mean() == pytest.approx(line[3], abs=6e-4)
    assert tensors["loss"] == pytest.approx(losses.mean(), rel=1e-5)
    decayed = [value for name, value in tensors.items() if name.endswith(("/kernel", "/bias"))]
    penalty = WEIGHT_DECAY * sum(0.5 * np.sum(value.astype(np.float64) ** 2) for value in decayed)
    assert len(decayed) == 16
    assert losses.mean() + penalty == pytest.approx(line[4], abs=6e-4)
    assert np.mean(logits.argmax(axis=1) == labels) == pytest.approx(line[7], abs=6e-5)


def test_layers_compute_what_they_claim(alexnet_run: EngineRun) -> None:
    tensors = alexnet_run.dump("dumps/data/step-2_rank-0")
    hidden = tensors["dense/input"] @ tensors["dense/kernel"] + tensors["dense/bias"]
    np.testing.assert_allclose(tensors["dense"], np.maximum(hidden, 0), rtol=1e-4, atol=1e-4)
    logits = tensors["dense_2/input"] @ tensors["dense_2/kernel"] + tensors["dense_2/bias"]
    np.testing.assert_allclose(tensors["dense_2"], logits, rtol=1e-4, atol=1e-4)
    assert tensors["dense_2"].min() < 0, "the logits are not clipped"
    first = (
        convolve(tensors["images"], tensors["conv2d/kernel"], stride=4, padding=2) + tensors["conv2d/bias"]
    )
    np.testing.assert_allclose(tensors["conv2d"], np.maximum(first, 0), rtol=1e-3, atol=1e-3)
    second = convolve(tensors["max_pooling2d"], tensors["conv2d_1/kernel"], stride=1, padding=2)
    np.testing.assert_allclose(
        tensors["conv2d_1"], np.maximum(second + tensors["conv2d_1/bias"], 0), rtol=1e-3, atol=1e-3
    )
    pooled = tensors["conv2d"][:, :3, :3].max(axis=(1, 2))
    np.testing.assert_array_equal(tensors["max_pooling2d"][:, 0, 0], pooled)


def test_dropout_drops_other_activations_in_every_step_and_layer(alexnet_run: EngineRun) -> None:
    kept = []
    for step in (1, 2, 3):
        tensors = alexnet_run.dump(f"dumps/data/step-{step}_rank-0")
        for before, after in (("dense", "dense_1/input"), ("dense_1", "dense_2/input")):
            active = tensors[before] > 0
            ratio = tensors[after][active] / tensors[before][active]
            is_kept = ratio > 0
            np.testing.assert_allclose(ratio[is_kept], 1 / 0.65, rtol=1e-5)
            kept.append(is_kept)
    assert 0.5 < np.mean(np.concatenate(kept)) < 0.8
    assert len({one[:32].tobytes() for one in kept}) == len(kept)


def test_gradient_of_the_last_layer(alexnet_run: EngineRun) -> None:
    tensors = alexnet_run.dump("dumps/data/step-2_rank-0")
    logits, labels = tensors["dense_2"].astype(np.float64), tensors["loss/labels"]
    targets = np.eye(4)[labels] * 0.9 + 0.1 / 4
    upstream = (softmax(logits) - targets) / len(labels)
    np.testing.assert_allclose(tensors["dense_2/bias/gradient"], upstream.sum(axis=0), atol=1e-6)
    np.testing.assert_allclose(
        tensors["dense_2/kernel/gradient"], tensors["dense_2/input"].T @ upstream, rtol=1e-3, atol=1e-6
    )


@pytest.mark.parametrize("name", ["conv2d/kernel", "conv2d_3/bias", "dense/kernel", "dense_2/kernel"])
def test_update_is_nesterov_momentum_with_weight_decay(alexnet_run: EngineRun, name: str) -> None:
    initial = alexnet_run.dump("dumps/data/step-0_rank-0")
    steps = [alexnet_run.dump(f"dumps/data/step-{step}_rank-0") for step in (1, 2, 3)]
    np.testing.assert_array_equal(initial[name], steps[0][name])
    value = steps[0][name].astype(np.float64)
    velocity = np.zeros_like(value)
    for lr, now, after in ((0.001, steps[0], steps[1]), (0.002, steps[1], steps[2])):
        gradient = now[f"{name}/gradient"] + WEIGHT_DECAY * value
        velocity = MOMENTUM * velocity + gradient
        value = value - lr * (gradient + MOMENTUM * velocity)
        np.testing.assert_allclose(after[name], value, rtol=1e-5, atol=1e-7)


def test_an_epoch_shows_no_image_twice(alexnet_run: EngineRun) -> None:
    labels = [alexnet_run.dump(f"dumps/data/step-{step}_rank-0")["loss/labels"] for step in (1, 2)]
    counts = Counter(np.concatenate(labels).tolist())
    assert max(counts.values()) <= TRAIN_IMAGES // 4
    images = np.concatenate([alexnet_run.dump(f"dumps/data/step-{step}_rank-0")["images"] for step in (1, 2)])
    assert images.shape == (16, 63, 63, 3)
    assert len({image.tobytes() for image in images}) == 16


def test_evaluates_every_epoch_and_at_the_end(alexnet_run: EngineRun) -> None:
    events = alexnet_run.events("evaluation")
    assert [event["step"] for event in events] == [2, 4, 6]
    assert {event["images"] for event in events} == {EVAL_IMAGES}
    assert events[-1]["top1"] * EVAL_IMAGES == pytest.approx(round(events[-1]["top1"] * EVAL_IMAGES))
    assert len(alexnet_run.lines("eval step:")) == 3
    row = alexnet_run.log().split(" step  epoch  top1    top5     loss   checkpoint_time(UTC)\n")[1].split()
    assert row[0] == "6"
    assert float(row[2]) == pytest.approx(100 * events[-1]["top1"], abs=6e-4)


def test_keeps_the_newest_and_the_best_checkpoints(alexnet_run: EngineRun) -> None:
    folder = alexnet_run.run_dir / "checkpoints"
    written = [event["step"] for event in alexnet_run.events("checkpoint")]
    assert written == sorted(set(written))
    assert {3, 6} <= set(written)
    kept = sorted(int(path.stem.rpartition("-")[2]) for path in folder.glob("model.ckpt-*.index"))
    assert kept == written[-2:]
    accuracies = {event["step"]: event["top1"] for event in alexnet_run.events("evaluation")}
    best = max(accuracies, key=lambda step: (accuracies[step], -step))
    assert [path.name for path in (folder / "best").glob("*.index")] == [f"model.ckpt-{best}.index"]
    assert alexnet_run.result()["best_checkpoint"] == f"checkpoints/best/model.ckpt-{best}"


def test_result_says_what_the_run_came_to(alexnet_run: EngineRun) -> None:
    result = alexnet_run.result()
    last = alexnet_run.events("evaluation")[-1]
    assert (result["status"], result["engine"], result["step"]) == ("finished", "alexnet", 6)
    assert (result["top1"], result["top5"], result["eval_loss"]) == (last["top1"], last["top5"], last["loss"])
    assert result["checkpoint"] == "checkpoints/model.ckpt-6"
    assert result["throughput"] == pytest.approx(8 / result["step_time"])
    assert result["parameters"] == alexnet_run.events("start")[0]["parameters"]
    times = [line[6] for line in numbers(alexnet_run)]
    assert result["step_time"] == pytest.approx(np.mean(times[1:]), rel=0.01), "the first step is left out"


def test_traces_the_chosen_steps(alexnet_run: EngineRun) -> None:
    (event,) = alexnet_run.events("profile")
    assert (event["first"], event["last"]) == (4, 5)
    trace = json.loads((alexnet_run.run_dir / event["path"] / "trace.json").read_text())["traceEvents"]
    timed = [one for one in trace if one["ph"] == "X"]
    assert {one["args"].get("step") for one in timed} == {4, 5}
    operations = {one["args"].get("op") or one["name"] for one in timed}
    assert any("MatMul" in operation for operation in operations)


def test_dumps_the_chosen_steps_and_no_others(alexnet_run: EngineRun) -> None:
    folders = sorted(path.name for path in (alexnet_run.run_dir / "dumps" / "data").iterdir())
    assert folders == [f"step-{step}_rank-0" for step in (0, 1, 2, 3, 6)]
    assert [event["step"] for event in alexnet_run.events("dump")] == [0, 1, 2, 3, 6]


def test_writes_tensorboard_events(alexnet_run: EngineRun) -> None:
    points = json.loads(run_script("read_events.py", alexnet_run.run_dir / "events"))
    curves = {tag: {step: value for step, name, value in points if name == tag} for _, tag, _ in points}
    assert set(curves) == {
        "loss",
        "total_loss",
        "learning_rate",
        "top1",
        "top5",
        "eval/loss",
        "eval/top1",
        "eval/top5",
    }
    lines = {line[0]: line for line in numbers(alexnet_run)}
    assert curves["loss"] == pytest.approx({step: lines[step][3] for step in (2, 4, 6)}, abs=6e-4)
    assert curves["learning_rate"] == pytest.approx({step: lines[step][5] for step in (2, 4, 6)}, rel=1e-3)
    scores = {event["step"]: event["top1"] for event in alexnet_run.events("evaluation")}
    assert curves["eval/top1"] == pytest.approx(scores)


def cross_entropy(logits: np.ndarray, labels: np.ndarray, smoothing: float) -> np.ndarray:
    classes = logits.shape[1]
    targets = np.eye(classes)[labels] * (1 - smoothing) + smoothing / classes
    return np.asarray(-np.sum(targets * np.log(softmax(logits)), axis=1))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def convolve(images: np.ndarray, kernel: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """A plain convolution, one output pixel after the other."""
    size = kernel.shape[0]
    padded = np.pad(images, ((0, 0), (padding, padding), (padding, padding), (0, 0))).astype(np.float64)
    rows = range(0, padded.shape[1] - size + 1, stride)
    columns = range(0, padded.shape[2] - size + 1, stride)
    return np.stack(
        [
            np.stack(
                [np.tensordot(padded[:, r : r + size, c : c + size], kernel, axes=3) for c in columns], axis=1
            )
            for r in rows
        ],
        axis=1,
    )
