"""What BiT's command line takes, what it says about mistakes, and the precision it has on CPU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.engines.bit_runs import SMALL_BIT
from tests.engines.checkpoint_values import SCRIPTS
from tests.engines.engine_runs import PATIENCE, PYTHON, REPOSITORY, engine_environment, run_briefly
from tests.engines.test_alexnet_bfloat16 import tensors
from tests.engines.test_alexnet_usage import FLAGS_OF_EVERY_ENGINE

FLAGS_OF_THE_SEED = "--log_steps --data_dir --batch_size --epochs --eval_static".split()

OLD_FRAMEWORK = Path(PYTHON) != Path(sys.executable)


def complaint(*arguments: object, **environment: str) -> str:
    """The one sentence with which BiT refuses ``arguments``."""
    done = run_briefly("bit", *map(str, arguments), **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def test_help_names_every_flag() -> None:
    done = run_briefly("bit", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    words = set(done.stdout.replace(",", " ").split())
    assert {flag for flag in FLAGS_OF_EVERY_ENGINE + FLAGS_OF_THE_SEED if flag not in words} == set()


def test_an_npu_without_its_adapter() -> None:
    said = complaint("--backend", "npu", "--synthetic", "True")
    assert "npu_device" in said
    assert "--backend cpu" in said


def test_data_that_is_not_there(tmp_path: Path) -> None:
    assert "holds no TFRecord files named train-*" in complaint("--data_dir", tmp_path)
    for name in ("flowers", "birds"):
        (tmp_path / name / "1.0.0").mkdir(parents=True)
        (tmp_path / name / "1.0.0" / "dataset_info.json").touch()
    said = complaint("--data_dir", tmp_path / "birds")
    assert "holds no record files of a split 'train'" in said
    (tmp_path / "flowers" / "1.0.0" / "flowers-train.tfrecord-00000-of-00001").touch()
    assert "holds several data sets" in complaint("--data_dir", tmp_path)


def test_a_label_out_of_range_is_one_sentence(tmp_path: Path, images: Path) -> None:
    done = run_briefly("bit", *SMALL_BIT, f"--data_dir={images}", f"--run_dir={tmp_path}", "--num_classes=2")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("The images in")]
    assert said.startswith(f"The images in {images} cannot be read: assertion failed:")
    assert "outside 1 .. 2" in said


@pytest.mark.parametrize("flag", ["--use_mixlist", "--fusion_off_flag"])
def test_switches_that_work_on_npu_alone(tmp_path: Path, flag: str) -> None:
    file = tmp_path / "switches"
    file.write_text("{}")
    files = (f"--mixlist_file={file}", f"--fusion_off_file={file}")
    said = complaint("--backend=cpu", "--synthetic=True", f"{flag}=True", *files)
    assert said.startswith(f"{flag} works on NPU alone")


def run_with(features: str, folder: Path, images: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Train as on a processor with ``features``."""
    task = ("--mode=train", "--max_train_steps=2", "--data_dump_flag=True", "--data_dump_step=1")
    words = [*SMALL_BIT, f"--data_dir={images}", f"--run_dir={folder}", *task, *flags]
    return subprocess.run(
        [PYTHON, str(SCRIPTS / "engine_on_other_processor.py"), features, "bit", *words],
        env=engine_environment(PYTHONPATH=str(REPOSITORY)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_convolutions_compute_in_bfloat16_where_processor_and_framework_can(
    tmp_path: Path, images: Path
) -> None:
    mode = "--precision_mode=allow_mix_precision_bf16"
    refused = run_with("avx2 avx512f", tmp_path / "refused", images, mode)
    assert refused.returncode == 2
    assert "needs a processor with bfloat16 instructions" in refused.stderr
    mixed = run_with("avx2 avx512_bf16", tmp_path / "mixed", images, mode)
    if OLD_FRAMEWORK:
        assert mixed.returncode == 2
        assert "needs TensorFlow 2.9 or newer" in mixed.stderr
        return
    assert mixed.returncode == 0, mixed.stderr
    plain = run_with("avx2", tmp_path / "plain", images)
    assert plain.returncode == 0, plain.stderr
    rounded, exact = tensors(tmp_path / "mixed"), tensors(tmp_path / "plain")
    name = "resnet/block2/unit01/c/standardized_conv2d"
    np.testing.assert_array_equal(rounded[f"{name}/kernel"], exact[f"{name}/kernel"])
    difference = np.abs(rounded[name] - exact[name]).max() / np.abs(exact[name]).max()
    assert 1e-5 < difference < 0.1, "bfloat16 has 8 significant bits"
