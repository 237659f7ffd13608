"""Weights taken from another training: what was taken is told by name, and nothing is taken in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.checkpoint_values import Values, read_checkpoints, run_script
from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun

HEAD = ("dense_2/bias", "dense_2/kernel")


class Transfers(NamedTuple):
    """Trainings of 7 classes that start from checkpoints of 4: ``good`` from one without conv2d_4 but with a
    variable of its own, ``foreign`` from one of another network, ``clashing`` with the old head not excluded,
    ``damaged`` from a file that is none. ``source`` is what ``good`` took from."""

    good: EngineRun
    foreign: EngineRun
    clashing: EngineRun
    damaged: EngineRun
    source: Values


@pytest.fixture(scope="module")
def transfers(tmp_path_factory: pytest.TempPathFactory, alexnet_run: EngineRun) -> Iterator[Transfers]:
    folder = tmp_path_factory.mktemp("transfer")
    source = alexnet_run.run_dir / "checkpoints" / "model.ckpt-6"
    partial, foreign, damaged = (
        folder / name / "model.ckpt-40" for name in ("partial", "foreign", "damaged")
    )
    for prefix in (partial, foreign, damaged):
        prefix.parent.mkdir()
    run_script("derive_checkpoints.py", source, partial, foreign)
    Path(f"{damaged}.index").write_bytes(b"no index")

    def begin(name: str, checkpoint: Path, *flags: str) -> EngineRun:
        task = ("--synthetic=True", "--mode=train", "--num_classes=7", "--max_train_steps=1")
        dump = ("--data_dump_flag=True", "--data_dump_step=0")
        restore = f"--restore_path={checkpoint}"
        return EngineRun(folder / name, [*SMALL_ALEXNET, *task, *dump, restore, *flags])

    runs = [
        begin("good", partial),
        begin("from-foreign", foreign),
        begin("clashing", source, "--restore_exclude=conv2d"),
        begin("from-damaged", damaged),
    ]
    try:
        for run in runs:
            run.wait()
        (values,) = read_checkpoints([partial], folder)
        yield Transfers(runs[0], runs[1], runs[2], runs[3], values)
    finally:
        for run in runs:
            run.kill()


def test_the_report_names_what_was_loaded_skipped_missing_and_unused(transfers: Transfers) -> None:
    assert transfers.good.wait() == [0], transfers.good.log()
    assert re.search(
        r"^Restored 12 of 16 variables from .*partial/model\.ckpt-40", transfers.good.log(), re.M
    )
    told = {
        title: sorted(line.removeprefix(f"{title}: ").split(", "))
        for title in (
            "Loaded",
            "Skipped as asked",
            "Missing in the checkpoint",
            "Not used from the checkpoint",
        )
        for line in transfers.good.lines(f"{title}: ")
    }
    assert len(told["Loaded"]) == 12
    assert "conv2d/kernel" in told["Loaded"]
    assert told["Skipped as asked"] == sorted(HEAD)
    assert told["Missing in the checkpoint"] == ["conv2d_4/bias", "conv2d_4/kernel"]
    assert told["Not used from the checkpoint"] == ["auxiliary/kernel"]


def test_loaded_weights_are_those_of_the_checkpoint_and_the_rest_is_new(
    transfers: Transfers, alexnet_run: EngineRun
) -> None:
    begun = transfers.good.dump("dumps/data/step-0_rank-0")
    fresh = alexnet_run.dump("dumps/data/step-0_rank-0")
    for name in ("conv2d/kernel", "conv2d_3/bias", "dense_1/kernel"):
        np.testing.assert_array_equal(begun[name], transfers.source[name])
        assert (begun[name] != fresh[name]).any()
    np.testing.assert_array_equal(begun["conv2d_4/kernel"], fresh["conv2d_4/kernel"])
    assert begun["dense_2/kernel"].shape == (32, 7)


def test_the_step_starts_anew(transfers: Transfers) -> None:
    assert transfers.source["global_step"] == 6
    assert [line.split()[1] for line in transfers.good.lines("step:")] == ["1"]


def test_nothing_that_matches_is_an_error(transfers: Transfers) -> None:
    said = refusal(transfers.foreign)
    assert "holds none of this network's variables; nothing was restored" in said
    assert "foreign/model.ckpt-40" in said


def test_another_class_count_without_exclusion_names_the_way_out(transfers: Transfers) -> None:
    said = refusal(transfers.clashing)
    assert re.search(r"'dense_2/\w+' is \[.*4\] in .*model\.ckpt-6 but \[.*7\] here", said)
    assert "--restore_exclude dense_2" in said


def test_a_damaged_checkpoint_is_named(transfers: Transfers) -> None:
    said = refusal(transfers.damaged)
    assert re.search(r"The checkpoint .*damaged/model\.ckpt-40 cannot be read", said)


def refusal(run: EngineRun) -> str:
    """The last line of a run that refused to train."""
    assert run.wait() == [2], run.log()
    assert "Traceback" not in run.log()
    assert not run.lines("step:")
    return run.log().rstrip("\n").rpartition("\n")[2]
