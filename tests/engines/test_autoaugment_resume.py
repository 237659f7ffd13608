"""A training that was killed goes on as if it had not been, on one rank and on two."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.autoaugment.model import WideResNet
from engines.common.checkpoints.folder import CheckpointFolder
from tests.engines.autoaugment_runs import SMALL, load, write_cifar
from tests.engines.engine_runs import EngineRun

Start = Callable[..., EngineRun]

WHOLE = ["--epochs=10", "--auto_augment=True", "--cutout=True", "--save_checkpoints_steps=3"]
KEPT = ["--epochs_between_evals=2", "--max_checkpoint_to_save=3"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    data, runs = write_cifar(tmp_path / "data"), []

    def begin(name: str, *flags: str, ranks: int = 1) -> EngineRun:
        flags = (f"--data_dir={data}", *SMALL, "--backend=cpu", *flags)
        run = EngineRun(tmp_path / name, flags, ranks=ranks, engine="autoaugment")
        runs.append(run)
        return run

    yield begin
    for run in runs:
        run.kill()


def curve(run: EngineRun) -> dict[int, tuple[str, ...]]:
    """Loss, accuracy and learning rate as printed, by step."""
    found = {}
    for line in run.lines("loss "):
        if "val_" not in line:
            fields = dict(part.split(" ", 1) for part in line.split(" - "))
            found[int(fields["step"].split("/")[0])] = (fields["loss"], fields["acc"], fields["lr"])
    return found


def kept(run: EngineRun) -> list[str]:
    folder = run.run_dir / "checkpoints"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.pt"))


def test_after_kill_9_the_loss_curve_goes_on_as_that_of_an_uninterrupted_training(start: Start) -> None:
    """With the policy, Cutout and dropout on, so that every random number matters."""
    whole = start("whole", *WHOLE, *KEPT)
    killed = start("killed", *WHOLE, *KEPT)
    killed.wait_until(lambda: len(curve(killed)) >= 10, "ten steps")
    killed.processes[0].kill()
    assert killed.wait() == [-9]
    done = max(load(path)["step"] for path in (killed.run_dir / "checkpoints").glob("*.pt"))
    before = curve(killed)
    resumed = start("killed", *WHOLE, *KEPT, f"--resume_from={killed.run_dir}")
    assert (resumed.wait(), whole.wait()) == ([0], [0]), resumed.log()

    wanted = curve(whole)
    assert before.items() <= wanted.items()
    assert curve(resumed) == {step: values for step, values in wanted.items() if step > done}
    states = [load(run.run_dir / "checkpoints" / "model.ckpt-40.pt") for run in (whole, resumed)]
    assert all(torch.equal(value, states[1]["network"][name]) for name, value in states[0]["network"].items())
    assert kept(resumed) == kept(whole)
    best = [json.loads((run.run_dir / "checkpoints/best/best.json").read_text()) for run in (whole, resumed)]
    assert best[0] == best[1]
    for name in ("top1", "eval_loss", "step", "epoch", "checkpoint", "best_checkpoint"):
        assert resumed.result()[name] == whole.result()[name], name


def test_going_on_in_another_folder_takes_the_best_checkpoint_along(start: Start) -> None:
    first = start("first", "--epochs=1", "--lr=0.05")
    assert first.wait() == [0], first.log()
    folder = first.run_dir / "checkpoints"
    store = CheckpointFolder(folder, 5)
    assert store.last is not None
    store.keep_as_best(store.last.path, 4, 1.0)
    second = start("second", "--epochs=2", "--lr=0.05", f"--resume_from={store.last.path}")
    assert second.wait() == [0], second.log()
    assert second.result()["best_checkpoint"] == "checkpoints/best/model.ckpt-4.pt"
    assert second.result()["checkpoint"] == "checkpoints/model.ckpt-8.pt"
    refused = start("second", "--epochs=3", f"--resume_from={second.run_dir / 'checkpoints/best'}")
    assert refused.wait() == [2]
    assert "holds a checkpoint of step 8, which going on from step 4 would replace" in refused.log()


def test_two_ranks_take_up_all_of_rank_0_s_checkpoint_and_stay_alike(start: Start) -> None:
    flags = ["--batch_size=5", "--dropout=0", "--mode=train", "--save_checkpoints_steps=1"]
    dumps = ["--data_dump_flag=True", "--data_dump_step=4"]
    whole = start("whole", *flags, *dumps, ranks=2)
    assert whole.wait() == [0, 0], whole.log(0) + whole.log(1)
    folder = whole.run_dir / "checkpoints"
    resumed = start("resumed", *flags, *dumps, f"--resume_from={folder / 'model.ckpt-2.pt'}", ranks=2)
    assert resumed.wait() == [0, 0], resumed.log(0) + resumed.log(1)
    for rank in (0, 1):
        wanted, got = (run.dump(f"dumps/data/step-4_rank-{rank}") for run in (whole, resumed))
        assert all(np.array_equal(value, got[name]) for name, value in wanted.items())

    third, fourth = (load(folder / f"model.ckpt-{step}.pt")["network"] for step in (3, 4))
    means, variances = [], []
    for rank in (0, 1):
        tensors = whole.dump(f"dumps/data/step-4_rank-{rank}")
        network = WideResNet(10, 1, 10, 0.0).train()
        network.load_state_dict(third)
        logits = network(torch.tensor(tensors["images"])).detach().numpy()
        assert tensors["fc/output"] == pytest.approx(logits, rel=1e-4, abs=1e-5), (
            f"rank {rank} has other weights"
        )
        channels = np.moveaxis(tensors["conv/output"].astype(np.float64), 1, 0).reshape(16, -1)
        means.append(channels.mean(axis=1))
        variances.append(channels.var(axis=1, ddof=1))
    for name, batches in (("running_mean", means), ("running_var", variances)):
        before, after = (state["layer1.0.bn1." + name].numpy() for state in (third, fourth))
        assert after == pytest.approx(0.9 * before + 0.1 * np.mean(batches, axis=0), rel=1e-4, abs=1e-6), name
