"""The NPU path of the PyTorch engines runs whole on a stand-in that allows only what ``torch_npu`` documents."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.engines.autoaugment_runs import SMALL, write_cifar
from tests.engines.engine_runs import EngineRun

STAND_INS = Path(__file__).parent / "stand_ins"


def run_on_npu(folder: Path, *flags: str, ranks: int = 1) -> EngineRun:
    environment = {
        "TORCH_NPU_CALLS": str(folder / "calls"),
        "PYTHONPATH": os.pathsep.join([str(STAND_INS), os.environ.get("PYTHONPATH", "")]),
    }
    data = write_cifar(folder / "data")
    run = EngineRun(
        folder / "run",
        [f"--data_dir={data}", *SMALL, "--backend=npu", *flags],
        ranks=ranks,
        engine="autoaugment",
        **environment,
    )
    try:
        assert run.wait() == [0] * ranks, run.log()
    finally:
        run.kill()
    return run


def calls(folder: Path, rank: int = 0) -> list[dict[str, Any]]:
    lines = (folder / f"calls.{rank}").read_text().splitlines()
    return [call for call in map(json.loads, lines) if call["call"] != "autocast"]


def test_one_rank_with_mixed_precision_dumps_and_a_trace(tmp_path: Path) -> None:
    run = run_on_npu(
        tmp_path,
        "--precision_mode=O1",
        "--loss_scale=512",
        "--device_id=1",
        "--data_dump_flag=True",
        "--data_dump_step=2",
        "--profiling=True",
        "--profiling_steps=3-4",
    )
    dump = run.run_dir / "dumps" / "data" / "step-2_rank-0"
    settings = {"dump_path": str(dump), "dump_list": [{}], "dump_op_switch": "on", "dump_data": "tensor"}
    assert calls(tmp_path) == [
        {"call": "set_device", "device": 1},
        {"call": "GradScaler", "init_scale": 512.0, "dynamic": False},
        {"call": "init_dump"},
        {"call": "set_dump", "settings": settings},
        {"call": "finalize_dump"},
        {"call": "profile", "record_shapes": True},
    ]
    (trace,) = run.events("profile")
    assert list((run.run_dir / trace["path"]).glob("rank-0_*_ascend_pt/ASCEND_PROFILER_OUTPUT"))
    assert run.events("start")[0]["backend"] == "npu"
    assert run.result()["eval_images"] == 13


def test_two_ranks_with_overflow_detection_and_a_dynamic_scale(tmp_path: Path) -> None:
    run = run_on_npu(
        tmp_path, "--precision_mode=O2", "--loss_scale=-1", "--over_dump=True", "--batch_size=5", ranks=2
    )
    for rank in (0, 1):
        overflow = {"dump_path": str(run.run_dir / "dumps" / "overflow"), "dump_debug": "on"}
        made = calls(tmp_path, rank)
        assert made[0] == {"call": "set_device", "device": rank}
        assert {"call": "hccl", "rank": rank, "size": 2} in made
        assert {"call": "GradScaler", "init_scale": 65536.0, "dynamic": True} in made
        assert made[-3:] == [
            {"call": "init_dump"},
            {"call": "set_dump", "settings": overflow},
            {"call": "finalize_dump"},
        ]


@pytest.mark.parametrize("flag", ["--device_id=2"])
def test_a_device_that_is_not_there_is_one_sentence(tmp_path: Path, flag: str) -> None:
    run = EngineRun(
        tmp_path / "run",
        [*SMALL, "--synthetic=True", "--backend=npu", flag],
        engine="autoaugment",
        TORCH_NPU_CALLS=str(tmp_path / "calls"),
        PYTHONPATH=str(STAND_INS),
    )
    assert run.wait() == [2]
    assert run.log() == "NPU 2 is not available: this host shows 2.\n"
