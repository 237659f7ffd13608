"""BiT's NPU path runs whole on a stand-in that allows only what ``npu_device`` documents, and trains what the
CPU trains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from tests.contracts.npu_bridge_runs import NpuRun
from tests.engines.bit_runs import SMALL_BIT
from tests.engines.checkpoint_values import Values, assert_same_training, read_checkpoints
from tests.engines.engine_runs import EngineRun, write_images

MIXLIST = {"black-list": {"to-add": ["Conv2D"], "to-remove": []}}
FUSION = {"Switch": {"GraphFusion": {"ALL": "off"}, "UBFusion": {"ALL": "off"}}}

Run = TypeVar("Run", bound=EngineRun)


class Runs(NamedTuple):
    """``cpu``, ``one`` rank and ``two`` ranks on NPU train six steps alike, ``one`` with a dump and both operator
    files, ``two`` with overflow detection and a profile. ``overflowing`` has a loss scale that is too large."""

    cpu: EngineRun
    one: NpuRun
    two: NpuRun
    overflowing: NpuRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("npu")
    data = write_images(folder / "data")
    (folder / "mixlist.json").write_text(json.dumps(MIXLIST))
    (folder / "fusion.cfg").write_text(json.dumps(FUSION))
    begun: list[EngineRun] = []

    def begin(kind: type[Run], name: str, *flags: str, ranks: int = 1) -> Run:
        run = kind(folder / name, [f"--data_dir={data}", *SMALL_BIT, *flags], ranks, engine="bit")
        begun.append(run)
        return run

    try:
        runs = Runs(
            begin(EngineRun, "cpu"),
            begin(
                NpuRun,
                "one",
                "--data_dump_flag=True",
                "--data_dump_step=0|4-6",
                "--use_mixlist=True",
                f"--mixlist_file={folder / 'mixlist.json'}",
                "--fusion_off_flag=True",
                f"--fusion_off_file={folder / 'fusion.cfg'}",
            ),
            begin(
                NpuRun,
                "two",
                "--batch_size=4",
                "--over_dump=True",
                "--profiling=True",
                "--precision_mode=must_keep_origin_dtype",
                ranks=2,
            ),
            begin(NpuRun, "overflowing", "--loss_scale=1e39", "--mode=train", "--max_train_steps=2"),
        )
        for run in begun:
            codes = run.wait()
            assert codes == [0] * len(codes), run.log()
        yield runs
    finally:
        for run in begun:
            run.kill()


@pytest.fixture(scope="module")
def ends(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> list[Values]:
    """The variables of ``cpu``, ``one`` and ``two`` after six steps."""
    prefixes = [run.run_dir / "checkpoints" / "model.ckpt-6" for run in runs[:3]]
    return read_checkpoints(prefixes, tmp_path_factory.mktemp("ends"))


def test_the_npu_trains_the_parameters_of_the_cpu(ends: list[Values]) -> None:
    cpu, one, two = ends
    assert one["global_step"] == 6
    assert_same_training(cpu, one)
    assert_same_training(cpu, two)


def test_dump_and_operator_files_are_set_before_the_device_is_opened(runs: Runs) -> None:
    folder = runs.one.run_dir.parent
    assert runs.one.calls() == [
        {
            "call": "open",
            "device": 0,
            "options": {
                "precision_mode": "allow_mix_precision",
                "dump_config.enable_dump": True,
                "dump_config.dump_path": str(runs.one.run_dir / "dumps" / "data"),
                "dump_config.dump_step": "0|4|5|6",
                "dump_config.dump_mode": "all",
                "modify_mixlist": str(folder / "mixlist.json"),
                "fusion_switch_file": str(folder / "fusion.cfg"),
            },
        },
        {"call": "as_default"},
    ]


@pytest.mark.parametrize("rank", [0, 1])
def test_two_ranks_share_first_and_then_average(runs: Runs, rank: int) -> None:
    (opened,) = runs.two.named("open", rank)
    options = opened["options"]
    profiling = json.loads(options.pop("profiling_config.profiling_options"))
    assert (profiling["output"], profiling["aic_metrics"]) == (
        str(runs.two.run_dir / "profiles"),
        "PipeUtilization",
    )
    assert options == {
        "precision_mode": "must_keep_origin_dtype",
        "dump_config.enable_dump_debug": True,
        "dump_config.dump_path": str(runs.two.run_dir / "dumps" / "overflow"),
        "dump_config.dump_debug_mode": "all",
        "profiling_config.enable_profiling": True,
    }
    assert opened["device"] == rank
    calls = [call["call"] for call in runs.two.calls(rank)]
    assert calls[:3] == ["open", "as_default", "broadcast"]
    reductions = [call["reduction"] for call in runs.two.named("all_reduce", rank)]
    assert reductions.count("mean") == 1, "the gradients, where the step is traced"


def test_a_step_that_overflows_changes_nothing(runs: Runs, tmp_path: Path) -> None:
    assert len(runs.overflowing.lines("Gradient overflow in step ")) == 2
    (end,) = read_checkpoints([runs.overflowing.run_dir / "checkpoints" / "model.ckpt-2"], tmp_path)
    assert end["global_step"] == 2
    assert not end["resnet/head/conv2d/kernel"].any()
    assert not any(end[name].any() for name in end if name.endswith("/Momentum"))


def test_a_device_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    run = NpuRun(tmp_path / "run", [*SMALL_BIT, "--synthetic=True"], engine="bit", first_device=9)
    assert run.wait() == [2], run.log()
    assert run.log().splitlines()[-1] == (
        "The NPU cannot be opened: Failed open npu device 9 : no such device."
    )


def test_a_dump_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    dump = ["--over_dump=True", f"--over_dump_path={tmp_path / 'file' / 'dumps'}"]
    run = NpuRun(tmp_path / "run", [*SMALL_BIT, "--synthetic=True", *dump], engine="bit")
    assert run.wait() == [2], run.log()
    assert (
        run.log().splitlines()[-1]
        == f"The folder {tmp_path / 'file' / 'dumps'} cannot be made: Not a directory."
    )
