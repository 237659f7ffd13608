"""Mixed precision on CPU: bfloat16 where the processor has it, a plain refusal elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.engines.checkpoint_values import SCRIPTS
from tests.engines.engine_runs import PATIENCE, PYTHON, REPOSITORY, SMALL_ALEXNET, engine_environment

MIXED = ("--precision_mode=allow_mix_precision_bf16", "--mode=train", "--max_train_steps=2")
OLD_FRAMEWORK = Path(PYTHON) != Path(sys.executable)
"""Another interpreter than this one is asked for to test a TensorFlow of a 910 host."""

DUMP = ("--data_dump_flag=True", "--data_dump_step=1")


def run_with(features: str, folder: Path, images: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    words = [*SMALL_ALEXNET, f"--data_dir={images}", f"--run_dir={folder}", *flags]
    return subprocess.run(
        [PYTHON, str(SCRIPTS / "engine_on_other_processor.py"), features, "alexnet", *words],
        env=engine_environment(PYTHONPATH=str(REPOSITORY)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def tensors(folder: Path) -> dict[str, np.ndarray]:
    dump = folder / "dumps" / "data" / "step-1_rank-0"
    listed = json.loads((dump / "index.json").read_text())["tensors"]
    return {one["name"]: np.load(dump / one["file"]).astype(np.float32) for one in listed}


def test_convolutions_compute_in_bfloat16_where_the_framework_can(tmp_path: Path, images: Path) -> None:
    mixed = run_with("avx2 avx512_bf16", tmp_path / "mixed", images, *MIXED, *DUMP)
    if OLD_FRAMEWORK:
        assert (mixed.returncode, "cannot mix bfloat16 on CPU" in mixed.stderr) == (2, True)
        return
    assert mixed.returncode == 0, mixed.stderr
    plain = run_with("avx2", tmp_path / "plain", images, "--mode=train", "--max_train_steps=2", *DUMP)
    assert plain.returncode == 0, plain.stderr
    rounded, exact = tensors(tmp_path / "mixed"), tensors(tmp_path / "plain")
    np.testing.assert_array_equal(rounded["conv2d/kernel"], exact["conv2d/kernel"])
    difference = np.abs(rounded["conv2d_4"] - exact["conv2d_4"]).max() / np.abs(exact["conv2d_4"]).max()
    assert 1e-5 < difference < 0.05, "bfloat16 has 8 significant bits"


def test_a_processor_without_it_is_told_so(tmp_path: Path, images: Path) -> None:
    done = run_with("avx2 avx512f", tmp_path, images, *MIXED)
    assert done.returncode == 2
    assert "needs a processor with bfloat16 instructions" in done.stderr


def test_float16_is_left_to_the_npu(tmp_path: Path, images: Path) -> None:
    done = run_with("avx512_bf16", tmp_path, images, "--precision_mode=allow_mix_precision_fp16")
    assert done.returncode == 2
    assert "--precision_mode allow_mix_precision_fp16 needs an NPU" in done.stderr
