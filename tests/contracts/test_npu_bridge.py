"""AlexNet's NPU path runs whole on a stand-in that allows only what ``npu_bridge`` documents, and trains what
the CPU trains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from tests.contracts.npu_bridge_runs import NpuRun
from tests.engines.checkpoint_values import Values, assert_same_training, read_checkpoints
from tests.engines.engine_runs import SMALL_ALEXNET, EngineRun, run_briefly, write_images

MIXLIST = {
    "black-list": {"to-add": ["Conv2D"], "to-remove": []},
    "white-list": {"to-add": [], "to-remove": []},
}
FUSION = {"Switch": {"GraphFusion": {"ALL": "off"}, "UBFusion": {"ALL": "off"}}}

Run = TypeVar("Run", bound=EngineRun)


class Runs(NamedTuple):
    """``cpu`` and ``npu`` train six steps alike. ``resumed`` goes on from step 3 of ``npu`` with the device's
    loop, a data dump and both operator files; ``profiled`` trains with dropout, a profile and four of six steps
    wished for in a call; ``scored`` evaluates the end of ``npu``."""

    cpu: EngineRun
    npu: NpuRun
    resumed: NpuRun
    profiled: NpuRun
    scored: NpuRun


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("npu")
    data = write_images(folder / "data")
    (folder / "mixlist.json").write_text(json.dumps(MIXLIST))
    (folder / "fusion.cfg").write_text(json.dumps(FUSION))
    begun: list[EngineRun] = []

    def begin(kind: type[Run], name: str, *flags: str) -> Run:
        run = kind(
            folder / name, [f"--data_dir={data}", *SMALL_ALEXNET, "--save_checkpoints_steps=3", *flags]
        )
        begun.append(run)
        return run

    def finish() -> None:
        for run in begun:
            assert run.wait() == [0], run.log()

    try:
        cpu, npu = begin(EngineRun, "cpu"), begin(NpuRun, "npu")
        finish()
        checkpoints = npu.run_dir / "checkpoints"
        resumed = begin(
            NpuRun,
            "resumed",
            "--mode=train",
            f"--resume_from={checkpoints / 'model.ckpt-3'}",
            "--iterations_per_loop=3",
            "--precision_mode=allow_mix_precision",
            "--data_dump_flag=True",
            "--data_dump_step=0|4-6",
            "--use_mixlist=True",
            f"--mixlist_file={folder / 'mixlist.json'}",
            "--fusion_off_flag=True",
            f"--fusion_off_file={folder / 'fusion.cfg'}",
        )
        profiled = begin(
            NpuRun,
            "profiled",
            "--dropout=0.25",
            "--iterations_per_loop=4",
            "--precision_mode=must_keep_origin_dtype",
            "--profiling=True",
        )
        finish()
        scored = begin(
            NpuRun,
            "scored",
            "--mode=evaluate",
            f"--restore_path={checkpoints / 'model.ckpt-6'}",
            "--iterations_per_loop=4",
            "--precision_mode=force_fp16",
        )
        finish()
        yield Runs(cpu, npu, resumed, profiled, scored)
    finally:
        for run in begun:
            run.kill()


@pytest.fixture(scope="module")
def ends(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> list[Values]:
    """The variables after six steps on CPU, on NPU and on NPU with a resume."""
    trained = (runs.cpu, runs.npu, runs.resumed)
    prefixes = [run.run_dir / "checkpoints" / "model.ckpt-6" for run in trained]
    return read_checkpoints(prefixes, tmp_path_factory.mktemp("ends"))


def test_the_npu_trains_the_parameters_of_the_cpu(ends: list[Values]) -> None:
    cpu, npu, _ = ends
    assert npu["global_step"] == 6
    assert_same_training(cpu, npu)


def test_a_loop_resumed_from_a_checkpoint_comes_to_the_same_parameters(
    runs: Runs, ends: list[Values]
) -> None:
    assert_same_training(ends[0], ends[2])
    (line,) = runs.resumed.lines("step:")
    assert line.startswith("step:     6 ")
    assert len(runs.npu.lines("step:")) == 6


def test_one_rank_asks_for_nothing_but_precision_and_loss_scale(runs: Runs) -> None:
    calls = runs.npu.calls()
    digest = calls[-1].pop("digest")
    assert len(digest) == 64
    assert calls == [
        {"call": "FixedLossScaleManager", "loss_scale": 1024.0},
        {"call": "NPULossScaleOptimizer", "optimizer": "MomentumOptimizer", "is_distributed": False},
        {
            "call": "session",
            "device": 0,
            "options": {
                "use_off_line": True,
                "precision_mode": "allow_mix_precision",
                "iterations_per_loop": 1,
            },
        },
        {"call": "close", "variables": 33},
    ]


def test_dump_and_operator_files_reach_the_session(runs: Runs) -> None:
    dumps = runs.resumed.run_dir / "dumps" / "data"
    folder = runs.resumed.run_dir.parent
    assert runs.resumed.options() == {
        "use_off_line": True,
        "precision_mode": "allow_mix_precision",
        "iterations_per_loop": 3,
        "enable_data_pre_proc": True,
        "enable_dump": True,
        "dump_path": str(dumps),
        "dump_step": "0|4|5|6",
        "dump_mode": "all",
        "modify_mixlist": str(folder / "mixlist.json"),
        "fusion_switch_file": str(folder / "fusion.cfg"),
    }
    assert runs.resumed.named("set_iteration_per_loop") == [{"iterations_per_loop": 3}]


def test_a_profile_covers_the_run_and_says_so(runs: Runs) -> None:
    options = runs.profiled.options()
    assert options["profiling_mode"] is True
    assert json.loads(options["profiling_options"]) == {
        "output": str(runs.profiled.run_dir / "profiles"),
        "training_trace": "on",
        "task_trace": "on",
        "aicpu": "on",
        "fp_point": "",
        "bp_point": "",
        "aic_metrics": "PipeUtilization",
    }
    assert "--profiling_steps holds on CPU" in runs.profiled.log()


def test_the_loop_is_cut_down_to_what_divides_the_training(runs: Runs) -> None:
    assert runs.profiled.options()["iterations_per_loop"] == 3
    assert runs.profiled.lines("A call of the device makes 3 steps, not the 4 of --iterations_per_loop")
    assert runs.profiled.result()["step"] == 6
    assert [event["step"] for event in runs.profiled.events("checkpoint")] == [3, 6]


def test_float32_needs_no_loss_scale(runs: Runs) -> None:
    assert runs.profiled.options()["precision_mode"] == "must_keep_origin_dtype"
    names = {call["call"] for call in runs.profiled.calls()}
    assert names == {"dropout", "session", "set_iteration_per_loop", "close"}


def test_dropout_is_the_adapters_and_of_training_alone(runs: Runs) -> None:
    drops = runs.profiled.named("dropout")
    assert [drop["keep_prob"] for drop in drops] == [0.75, 0.75]
    assert len({drop["seed"] for drop in drops}) == 2


def test_an_evaluation_loops_over_nothing(runs: Runs) -> None:
    assert runs.scored.options() == {
        "use_off_line": True,
        "precision_mode": "force_fp16",
        "iterations_per_loop": 1,
    }
    (scored,), trained = runs.scored.events("evaluation"), runs.npu.events("evaluation")[-1]
    assert scored == trained


def refusal(*flags: str, **environment: str) -> str:
    """The one sentence with which a run of NPU ranks is refused."""
    given = {"PYTHONPATH": str(Path(__file__).parent / "stand_ins"), **environment}
    done = run_briefly("alexnet", "--backend=npu", "--synthetic=True", *flags, **given)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    return done.stderr


def test_ranks_that_cannot_meet_are_refused(tmp_path: Path) -> None:
    several = {"RANK_ID": "0", "RANK_SIZE": "2"}
    assert "RANK_TABLE_FILE must name" in refusal(ASCEND_DEVICE_ID="0", **several)
    assert "ASCEND_DEVICE_ID must name" in refusal(RANK_TABLE_FILE="rank_table.json", **several)
    assert refusal(CM_CHIEF_IP="192.168.1.1").startswith("CM_CHIEF_IP is set")


def test_what_an_npu_cannot_do_is_refused(tmp_path: Path) -> None:
    assert refusal("--over_dump=True", "--over_dump_stop=True").startswith("--over_dump_stop works on CPU")
