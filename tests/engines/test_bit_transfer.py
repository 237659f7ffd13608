"""BiT takes weights from the published forms, tells what it took, and gives its own for use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.bit_runs import SMALL_BIT
from tests.engines.checkpoint_values import Values, read_checkpoints, run_script
from tests.engines.engine_runs import EngineRun

HEAD = ("resnet/head/conv2d/bias", "resnet/head/conv2d/kernel")


class Transfers(NamedTuple):
    """``scored`` are evaluations of one trained network as checkpoint, archive and SavedModel. ``tuned`` starts
    from the archive for 7 classes; ``clashing`` does without leaving out the old head; ``foreign`` starts from
    an archive of something else, ``damaged`` from a file that is none. ``exported`` wrote the network,
    ``again`` was to write it to the same place. ``values`` are the network's variables."""

    scored: tuple[EngineRun, EngineRun, EngineRun]
    tuned: EngineRun
    clashing: EngineRun
    foreign: EngineRun
    damaged: EngineRun
    exported: EngineRun
    again: EngineRun
    values: Values


@pytest.fixture(scope="module")
def transfers(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[Transfers]:
    folder = tmp_path_factory.mktemp("transfer")
    begun: list[EngineRun] = []

    def begin(name: str, *flags: str) -> EngineRun:
        begun.append(EngineRun(folder / name, [*SMALL_BIT, f"--data_dir={images}", *flags], engine="bit"))
        return begun[-1]

    try:
        trained = begin("trained")
        assert trained.wait() == [0], trained.log()
        checkpoint = trained.run_dir / "checkpoints" / "model.ckpt-6"
        run_script("bit_sources.py", checkpoint, folder)
        np.savez(folder / "foreign.npz", kernel=np.zeros(3))
        (folder / "damaged.npz").write_bytes(b"no archive")
        archive, model = folder / "model.npz", folder / "saved_model"
        anew = ("--synthetic=True", "--mode=train", "--num_classes=7", "--max_train_steps=1")
        dump = ("--data_dump_flag=True", "--data_dump_step=0")
        first = [
            begin(f"scored-{number}", "--mode=evaluate", f"--restore_path={source}")
            for number, source in enumerate((checkpoint, archive, model))
        ]
        second = [
            begin("tuned", *anew, *dump, f"--restore_path={archive}"),
            begin("clashing", *anew, f"--restore_path={model}", "--restore_exclude=resnet/block1"),
            begin("foreign", *anew, f"--restore_path={folder / 'foreign.npz'}"),
            begin("damaged", *anew, f"--restore_path={folder / 'damaged.npz'}"),
            begin("exported", "--mode=export", f"--restore_path={checkpoint}"),
        ]
        for run in begun:
            run.wait()
        again = begin("again", "--mode=export", f"--restore_path={checkpoint}", f"--export_dir={model}")
        again.wait()
        (values,) = read_checkpoints([checkpoint], folder)
        yield Transfers((first[0], first[1], first[2]), *second, again, values)
    finally:
        for run in begun:
            run.kill()


def test_archive_and_saved_model_give_what_the_checkpoint_gives(transfers: Transfers) -> None:
    scores = []
    for run in transfers.scored:
        assert run.wait() == [0], run.log()
        (event,) = run.events("evaluation")
        scores.append((event["top1"], event["top5"], event["loss"], event["images"]))
    assert scores[0] == scores[1] == scores[2]
    assert transfers.scored[0].result()["step"] == 6


def test_the_report_names_what_was_loaded_skipped_and_unused(transfers: Transfers) -> None:
    run = transfers.tuned
    assert run.wait() == [0], run.log()
    assert re.search(r"^Restored 23 of 25 variables from .*model\.npz", run.log(), re.M)
    told = {
        title: sorted(line.removeprefix(f"{title}: ").split(", "))
        for title in ("Loaded", "Skipped as asked", "Not used from the checkpoint")
        for line in run.lines(f"{title}: ")
    }
    assert len(told["Loaded"]) == 23
    assert told["Skipped as asked"] == sorted(HEAD)
    assert told["Not used from the checkpoint"] == ["resnet/other/kernel"]


def test_loaded_weights_are_those_of_the_archive_and_the_head_is_new(transfers: Transfers) -> None:
    begun = transfers.tuned.dump("dumps/data/step-0_rank-0")
    for name in set(begun) - set(HEAD):
        np.testing.assert_array_equal(begun[name], transfers.values[name])
    assert begun["resnet/head/conv2d/kernel"].shape == (1, 1, 256, 7)
    assert not begun["resnet/head/conv2d/kernel"].any()


def test_what_cannot_be_taken_is_one_sentence(transfers: Transfers) -> None:
    said = refusal(transfers.clashing)
    assert re.search(r"'resnet/head/conv2d/\w+' is \[.*4\] in .*saved_model but \[.*7\] here", said)
    assert "--restore_exclude resnet/head" in said
    assert "holds none of this network's variables; nothing was restored" in refusal(transfers.foreign)
    assert re.search(r"The checkpoint .*damaged\.npz cannot be read", refusal(transfers.damaged))


def test_an_export_classifies_images_in_0_to_1_of_any_size(transfers: Transfers) -> None:
    run = transfers.exported
    assert run.wait() == [0], run.log()
    (event,) = run.events("export")
    folder = run.run_dir / "export"
    assert (event["path"], event["step"]) == ("export", 6)
    card = json.loads((folder / "card.json").read_text())
    assert (card["format"], card["classes"], card["engine"]) == ("SavedModel", 4, "bit")
    found = json.loads(run_script("bit_exported.py", folder / card["file"], card["checkpoint"]))
    logits = np.array(found["logits"])
    np.testing.assert_allclose(logits, np.array(found["own"]), rtol=1e-4, atol=1e-5)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.array(found["probabilities"]), expected, rtol=1e-4, atol=1e-6)


def test_an_export_replaces_nothing(transfers: Transfers) -> None:
    assert transfers.again.wait() == [2]
    assert "is there already and is kept: give another --export_dir" in transfers.again.log()


def refusal(run: EngineRun) -> str:
    """The last line of a run that refused to train."""
    assert run.wait() == [2], run.log()
    assert "Traceback" not in run.log()
    assert not run.lines("step:")
    return run.log().rstrip("\n").rpartition("\n")[2]
