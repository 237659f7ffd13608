"""One training on one rank: what it prints, writes and computes; going on from it, scoring it, tuning it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.autoaugment import recipe
from engines.autoaugment.augmentation import Normalisation
from engines.autoaugment.model import WideResNet
from engines.common.data.tfrecords import RecordReader, build_index
from engines.common.errors import UsageError
from engines.common.stop_flag import StopFlag
from engines.pytorch.checkpoints import transfer
from tests.engines.autoaugment_runs import EVAL_IMAGES, SMALL, TRAIN_IMAGES, load, read_images, write_cifar
from tests.engines.engine_runs import EngineRun

LINE = re.compile(
    r"loss ([\d.]+) - acc ([\d.]+) - fps ([\d.]+) - lr ([\d.]+) - step (\d+)/8 - epoch ([\d.]+) - step_time ([\d.]+)"
)
WHOLE = [
    "--epochs=2",
    "--milestones=1",
    "--save_checkpoints_steps=2",
    "--max_checkpoint_to_save=2",
    "--auto_augment=True",
    "--cutout=True",
    "--data_dump_flag=True",
    "--data_dump_step=0|1-3",
    "--profiling=True",
    "--profiling_steps=5-6",
]
LR, DECAY, MOMENTUM = 0.05, 5e-4, 0.9


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cifar(tmp_path_factory.mktemp("cifar"))


def finished(folder: Path, data: Path, *flags: str) -> EngineRun:
    run = EngineRun(folder, [f"--data_dir={data}", *SMALL, "--backend=cpu", *flags], engine="autoaugment")
    try:
        assert run.wait() == [0], run.log()
    finally:
        run.kill()
    return run


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, data: Path) -> EngineRun:
    """Two epochs of four steps with policy, Cutout and dropout."""
    return finished(tmp_path_factory.mktemp("trained"), data, *WHOLE)


def lines(run: EngineRun) -> list[list[float]]:
    matches = [LINE.fullmatch(line) for line in run.lines("loss ") if "val_" not in line]
    assert all(matches), run.log()
    return [[float(text) for text in match.groups()] for match in matches if match]


def test_lines_have_the_seed_s_form_with_lr_and_the_real_throughput(trained: EngineRun) -> None:
    found = lines(trained)
    assert [line[4] for line in found] == list(range(1, 9))
    assert [line[3] for line in found] == [0.05] * 4 + [0.01] * 4
    for _, _, throughput, _, step, epoch, seconds in found:
        assert throughput == pytest.approx(10 / seconds, rel=1e-3)
        assert epoch == pytest.approx(step / 4, abs=1e-3)


def test_old_scripts_find_their_numbers_in_the_epoch_lines(trained: EngineRun) -> None:
    """They take the eighth field for the throughput, the second for the loss and the last for the accuracy."""
    epochs = [line.split() for line in trained.lines("loss ") if "val_acc" in line]
    evaluations = trained.events("evaluation")
    assert len(epochs) == len(evaluations) == 2
    for fields, event, steps in zip(
        epochs, evaluations, (lines(trained)[:4], lines(trained)[4:]), strict=True
    ):
        assert float(fields[-1]) == pytest.approx(100 * event["top1"], abs=1e-3)
        assert float(fields[1]) == pytest.approx(np.mean([step[0] for step in steps]), abs=2e-4)
        assert float(fields[4]) == pytest.approx(np.mean([step[1] for step in steps]), abs=2e-4)
        seconds = [step[6] for step in steps if step[4] > 1]  # the first step holds preparations
        assert float(fields[7]) == pytest.approx(10 / np.mean(seconds), rel=1e-2)
        assert event["images"] == EVAL_IMAGES


def test_the_dumped_logits_give_the_printed_loss(trained: EngineRun) -> None:
    for step in (1, 2, 3):
        tensors = trained.dump(f"dumps/data/step-{step}_rank-0")
        logits, labels = torch.tensor(tensors["fc/output"]), torch.tensor(tensors["labels"])
        loss = torch.nn.functional.cross_entropy(logits, labels)
        assert float(loss) == pytest.approx(lines(trained)[step - 1][0], abs=1e-4)
        assert float(loss) == pytest.approx(float(tensors["loss"]), rel=1e-5)


def test_an_epoch_shows_every_image_once_and_changed(trained: EngineRun, data: Path) -> None:
    labels = np.concatenate([trained.dump(f"dumps/data/step-{step}_rank-0")["labels"] for step in (1, 2, 3)])
    assert np.bincount(labels, minlength=10).max() <= TRAIN_IMAGES // 10 + 4
    pixels, _ = read_images(data)
    plain = Normalisation(recipe.parse([]))(torch.from_numpy(pixels)).numpy()
    for image in trained.dump("dumps/data/step-1_rank-0")["images"]:
        assert np.abs(plain - image).reshape(len(plain), -1).max(1).min() > 0.1


def test_weights_follow_sgd_with_momentum_and_decay_of_all_of_them(trained: EngineRun) -> None:
    weights = trained.dump("dumps/data/step-0_rank-0")
    speed = {name: np.zeros_like(value) for name, value in weights.items()}
    for step in (1, 2):
        gradients = trained.dump(f"dumps/data/step-{step}_rank-0")
        for name in weights:
            speed[name] = MOMENTUM * speed[name] + gradients[f"{name}/gradient"] + DECAY * weights[name]
            weights[name] = weights[name] - LR * speed[name]
    images = torch.tensor(trained.dump("dumps/data/step-3_rank-0")["images"])
    wanted = torch.nn.functional.conv2d(images, torch.tensor(weights["conv.weight"]), padding=1)
    got = trained.dump("dumps/data/step-3_rank-0")["conv/output"]
    assert got == pytest.approx(wanted.numpy(), rel=1e-4, abs=1e-5)


def test_checkpoints_are_the_newest_two_and_the_best(trained: EngineRun) -> None:
    folder = trained.run_dir / "checkpoints"
    assert sorted(path.name for path in folder.glob("*.pt")) == ["model.ckpt-6.pt", "model.ckpt-8.pt"]
    (best,) = (folder / "best").glob("*.pt")
    scores = {event["step"]: event["top1"] for event in trained.events("evaluation")}
    assert scores[int(best.stem.rpartition("-")[2])] == max(scores.values())
    result = trained.result()
    assert result["checkpoint"] == "checkpoints/model.ckpt-8.pt"
    assert result["best_checkpoint"] == f"checkpoints/best/{best.name}"


def test_the_result_has_what_was_printed_last(trained: EngineRun) -> None:
    result, last = trained.result(), trained.events("evaluation")[-1]
    assert (result["status"], result["step"], result["epoch"]) == ("finished", 8, 2.0)
    assert (result["top1"], result["eval_images"]) == (last["top1"], EVAL_IMAGES)
    assert result["loss"] == pytest.approx(lines(trained)[-1][0], abs=1e-4)
    assert result["parameters"] == 77_850
    assert result["throughput"] == pytest.approx(10 / result["step_time"])


def test_event_files_and_the_trace_are_there(trained: EngineRun) -> None:
    (events,) = (trained.run_dir / "events").iterdir()
    reader = RecordReader(build_index([events], StopFlag()))
    records = [reader.read(number) for number in range(reader.index.count)]
    assert b"brain.Event:2" in records[0]
    assert sum(b"eval/top1" in record for record in records) == 2
    assert any(b"learning_rate" in record for record in records)
    (trace,) = trained.events("profile")
    assert (trace["first"], trace["last"]) == (5, 6)
    (file,) = (trained.run_dir / trace["path"]).iterdir()
    assert "aten::conv2d" in file.read_text()


def test_a_resumed_training_ends_where_an_uninterrupted_one_does(
    trained: EngineRun, tmp_path: Path, data: Path
) -> None:
    checkpoint = trained.run_dir / "checkpoints" / "model.ckpt-6.pt"
    flags = [flag for flag in WHOLE if "dump" not in flag and "profil" not in flag]
    resumed = finished(tmp_path, data, *flags, f"--resume_from={checkpoint}")
    wanted, got = (load(run.run_dir / "checkpoints" / "model.ckpt-8.pt") for run in (trained, resumed))
    assert wanted["step"] == got["step"] == 8
    assert all(torch.equal(wanted["network"][name], got["network"][name]) for name in wanted["network"])
    for number, state in wanted["optimizer"]["state"].items():
        assert torch.equal(state["momentum_buffer"], got["optimizer"]["state"][number]["momentum_buffer"])
    assert [line[:2] for line in lines(resumed)] == [line[:2] for line in lines(trained)[6:]]


def test_evaluation_on_its_own_scores_the_checkpoints_as_the_training_did(
    trained: EngineRun, tmp_path: Path, data: Path
) -> None:
    folder = trained.run_dir / "checkpoints"
    run = finished(tmp_path, data, "--mode=evaluate", f"--checkpoint_dir={folder}")
    scores = {event["step"]: event for event in run.events("evaluation")}
    assert sorted(scores) == [6, 8]
    assert scores[8] == trained.events("evaluation")[-1]
    assert not list(tmp_path.glob("checkpoints/*"))


def test_weights_are_taken_over_by_name_and_told(trained: EngineRun, tmp_path: Path, data: Path) -> None:
    run = finished(
        tmp_path,
        data,
        f"--restore_path={trained.run_dir}",
        "--num_classes=12",
        "--max_train_steps=1",
        "--data_dump_flag=True",
        "--data_dump_step=0",
        "--mode=train",
    )
    assert "Skipped as asked: fc.weight, fc.bias" in run.log()
    stored = load(trained.run_dir / "checkpoints" / "model.ckpt-8.pt")["network"]
    taken = run.dump("dumps/data/step-0_rank-0")
    assert all(np.array_equal(taken[name], stored[name]) for name in taken if not name.startswith("fc."))
    assert taken["fc.weight"].shape == (12, 64)
    assert run.result()["step"] == 1


@pytest.mark.parametrize(
    ("exclude", "network", "words"),
    [
        ((), WideResNet(10, 1, 12, 0.0), "--restore_exclude"),
        (
            ("conv", "layer1", "layer2", "layer3", "bn", "fc"),
            WideResNet(10, 1, 10, 0.0),
            "nothing was restored",
        ),
        ((), torch.nn.Sequential(torch.nn.Linear(2, 2)), "nothing was restored"),
    ],
)
def test_a_transfer_that_cannot_be_is_an_error(
    trained: EngineRun, exclude: tuple[str, ...], network: torch.nn.Module, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        transfer(trained.run_dir / "checkpoints" / "model.ckpt-8.pt", network, exclude)
