"""A trained network as TorchScript: the same logits, a card that tells how to feed it, nothing replaced."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.autoaugment.model import WideResNet
from tests.engines.autoaugment_runs import SMALL, load, read_images, write_cifar
from tests.engines.engine_runs import EngineRun, run_briefly

FLAGS = [*SMALL, "--backend=cpu", "--epochs=2"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> EngineRun:
    """Two epochs, each with an evaluation, on the data beside the run folder."""
    folder = tmp_path_factory.mktemp("export")
    data = write_cifar(folder / "data")
    run = EngineRun(folder / "run", [f"--data_dir={data}", *FLAGS], engine="autoaugment")
    try:
        assert run.wait() == [0], run.log()
    finally:
        run.kill()
    return run


def test_the_exported_network_gives_the_logits_of_the_best_checkpoint(trained: EngineRun) -> None:
    done = run_briefly("autoaugment", *FLAGS, "--mode=export", f"--run_dir={trained.run_dir}")
    assert done.returncode == 0, done.stderr
    event = json.loads(done.stdout.splitlines()[-1].removeprefix("@event "))
    best = json.loads((trained.run_dir / "checkpoints" / "best" / "best.json").read_text())
    assert event == {"kind": "export", "step": best["step"], "path": "export"}

    folder = trained.run_dir / "export"
    card = json.loads((folder / "card.json").read_text())
    assert (card["engine"], card["step"], card["classes"]) == ("autoaugment", best["step"], 10)
    assert card["input"]["shape"] == [None, 3, 32, 32]
    pixels, _ = read_images(trained.run_dir.parent / "data")
    mean, std = (np.array(card["normalisation"][name]).reshape(1, 3, 1, 1) for name in ("mean", "std"))
    images = torch.tensor((pixels[:5] / 255 - mean) / std, dtype=torch.float32)
    network = WideResNet(10, 1, 10, 0.0).eval()
    network.load_state_dict(load(Path(card["checkpoint"]))["network"])
    exported = torch.jit.load(folder / card["file"])
    with torch.no_grad():
        torch.testing.assert_close(exported(images), network(images))
        torch.testing.assert_close(exported(images[:1]), network(images[:1]))


def test_an_export_takes_a_named_checkpoint_and_replaces_nothing(trained: EngineRun, tmp_path: Path) -> None:
    newest = trained.run_dir / "checkpoints" / "model.ckpt-8.pt"
    words = [*FLAGS, "--mode=export", f"--restore_path={newest}", f"--export_dir={tmp_path / 'here'}"]
    assert run_briefly("autoaugment", *words).returncode == 0
    written = {path: path.read_bytes() for path in (tmp_path / "here").iterdir()}
    assert json.loads(written[tmp_path / "here" / "card.json"])["step"] == 8
    again = run_briefly("autoaugment", *words)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "give another --export_dir" in again.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "here").iterdir()} == written


@pytest.mark.parametrize(
    ("flags", "environment", "words"),
    [
        ([], {}, "There is no checkpoint to export in"),
        (["--restore_path=/nowhere.pt"], {}, "--restore_path /nowhere.pt is not a file."),
        ([], {"RANK_SIZE": "2", "RANK_ID": "0"}, "--mode export takes one rank, but RANK_SIZE is 2."),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    tmp_path: Path, flags: list[str], environment: dict[str, str], words: str
) -> None:
    done = run_briefly("autoaugment", "--mode=export", f"--run_dir={tmp_path}", *flags, **environment)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_checkpoint_of_another_network_is_told(trained: EngineRun, tmp_path: Path) -> None:
    done = run_briefly(
        "autoaugment",
        "--depth=16",
        "--mode=export",
        f"--restore_path={trained.run_dir}",
        f"--run_dir={tmp_path}",
    )
    assert done.returncode == 2
    assert "does not fit the network" in done.stderr
    assert not (tmp_path / "export").exists()
