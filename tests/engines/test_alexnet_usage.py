"""What AlexNet's command line takes, and what it says about mistakes, before any framework is imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engines.engine_runs import run_briefly

FLAGS_OF_EVERY_ENGINE = """
    --data_dir --run_dir --mode --backend --resume_from --restore_path --restore_exclude --num_classes
    --image_size --seed --synthetic --threads --precision_mode --over_dump --over_dump_path --over_dump_stop
    --data_dump_flag --data_dump_step --data_dump_path --profiling --profiling_dump_path --profiling_steps
    --use_mixlist --mixlist_file --fusion_off_flag --fusion_off_file
""".split()

FLAGS_OF_THE_SEED = """
    --rank_size --batch_size --iterations_per_loop --max_epochs --max_train_steps --warmup_epochs --lr --momentum
    --use_nesterov --weight_decay --label_smoothing --alexnet_version --version --log_dir --log_name
    --checkpoint_dir --max_checkpoint_to_save --save_checkpoints_steps --save_summary_steps --display_every
    --epochs_between_evals --do_checkpoint --shard --debug --eval --display --dtype
""".split()


def complaint(*arguments: object, **environment: str) -> str:
    """The one sentence with which AlexNet refuses ``arguments``."""
    done = run_briefly("alexnet", *map(str, arguments), **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def test_help_names_every_flag_with_its_default() -> None:
    done = run_briefly("alexnet", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    words = set(done.stdout.replace(",", " ").split())
    assert {flag for flag in FLAGS_OF_EVERY_ENGINE + FLAGS_OF_THE_SEED if flag not in words} == set()
    assert "(default: 0.9)" in done.stdout


def test_help_of_all_engines() -> None:
    done = run_briefly("--help")
    assert done.returncode == 0
    assert "alexnet" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("alexnat",)])
def test_no_such_engine(arguments: tuple[str, ...]) -> None:
    done = run_briefly(*arguments)
    assert done.returncode == 2
    assert "alexnet" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_flag_is_an_error_that_names_the_nearest() -> None:
    assert complaint("--batchsize", "3") == "Unknown flag '--batchsize'; did you mean '--batch_size'?"


def test_no_abbreviated_flags() -> None:
    assert "'--max_ep'" in complaint("--max_ep", "3")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--synthetic", "yes"], "--synthetic"),
        (["--batch_size", "0"], "--batch_size"),
        (["--dropout", "1"], "--dropout: must be a number from 0 up to but not 1"),
        (["--mode", "test"], "--mode"),
        (["--image_size", "32"], "--image_size 32"),
        (["--precision_mode", "fp8"], "--precision_mode"),
        (["stray"], "'stray'"),
        (["--synthetic", "True", "--over_dump", "True", "--data_dump_flag", "True"], "exclude each other"),
        (["--data_dump_flag", "True", "--data_dump_step", "5-3"], "--data_dump_step"),
        (["--profiling", "True", "--profiling_steps", "9-8"], "--profiling_steps"),
        (["--use_mixlist", "True", "--mixlist_file", "none.json"], "--mixlist_file none.json"),
        (["--fusion_off_flag", "True", "--fusion_off_file", "none.cfg"], "--fusion_off_file none.cfg"),
    ],
)
def test_a_wrong_value_is_refused_by_name(arguments: list[str], named: str) -> None:
    assert named in complaint(*arguments)


def test_an_npu_without_its_adapter() -> None:
    said = complaint("--backend", "npu", "--synthetic", "True")
    assert "npu_bridge" in said
    assert "--backend cpu" in said


@pytest.mark.parametrize("mode", ["allow_mix_precision", "force_fp16"])
def test_precision_that_a_cpu_does_not_have(mode: str) -> None:
    said = complaint("--backend", "cpu", "--synthetic", "True", "--precision_mode", mode)
    assert f"--precision_mode {mode} needs an NPU" in said


@pytest.mark.parametrize(
    ("flag", "file_flag"), [("--use_mixlist", "--mixlist_file"), ("--fusion_off_flag", "--fusion_off_file")]
)
def test_switches_that_work_on_npu_alone(tmp_path: Path, flag: str, file_flag: str) -> None:
    file = tmp_path / "switches"
    file.write_text("{}")
    said = complaint("--backend", "cpu", "--synthetic", "True", flag, "True", file_flag, file)
    assert said.startswith(f"{flag} works on NPU alone")


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"RANK_ID": "npu8p"}, "RANK_ID is 'npu8p', but must be a whole number."),
        ({"RANK_ID": "2", "RANK_SIZE": "2"}, "RANK_ID is 2, but must be from 0 to 1"),
        ({"RANK_SIZE": "0"}, "RANK_SIZE is 0"),
        ({"RANK_ID": "0", "RANK_SIZE": "2"}, "TF_CONFIG must name the address of every rank"),
        ({"RANK_ID": "0", "RANK_SIZE": "2", "TF_CONFIG": "{"}, "TF_CONFIG does not describe a cluster"),
        (
            {
                "RANK_ID": "1",
                "RANK_SIZE": "2",
                "TF_CONFIG": json.dumps({"cluster": {"worker": ["a:1", "b:2"]}, "task": {"index": 0}}),
            },
            "TF_CONFIG names worker 0 of 2, but RANK_ID is 1",
        ),
    ],
)
def test_a_rank_environment_that_makes_no_sense(environment: dict[str, str], named: str) -> None:
    assert named in complaint("--synthetic", "True", "--backend", "cpu", **environment)


def test_a_rank_size_that_is_not_the_environments() -> None:
    said = complaint("--rank_size", "8", "--synthetic", "True", RANK_SIZE="1", RANK_ID="0")
    assert "--rank_size is 8, but RANK_SIZE is 1" in said


def test_data_that_is_not_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert f"--data_dir {missing} is not a folder" in complaint("--data_dir", missing)
    assert "holds no TFRecord files named train-*" in complaint("--data_dir", tmp_path)
    (tmp_path / "train-00000-of-00001").touch()
    assert "holds no TFRecord files named validation-*" in complaint("--data_dir", tmp_path)


def test_checkpoints_that_are_not_there(tmp_path: Path) -> None:
    common = ("--synthetic", "True", "--run_dir", tmp_path)
    assert "--resume_from" in complaint(*common, "--resume_from", tmp_path)
    missing = tmp_path / "model.ckpt-3"
    said = complaint(*common, "--restore_path", missing)
    assert f"--restore_path {missing} is not a checkpoint" in said
    assert "no checkpoint to evaluate" in complaint(*common, "--mode", "evaluate")


def test_a_run_folder_with_checkpoints_is_not_trained_in_anew(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "model.ckpt-3.index").touch()
    said = complaint("--synthetic", "True", "--run_dir", tmp_path)
    assert "already holds checkpoints" in said
    assert "--resume_from" in said
    start = tmp_path / "checkpoints" / "model.ckpt-3"
    said = complaint(
        "--synthetic", "True", "--run_dir", tmp_path, "--resume_from", start, "--restore_path", start
    )
    assert "exclude each other" in said


def test_flags_may_be_written_with_an_equals_sign() -> None:
    said = complaint("--synthetic=True", "--over_dump=true", "--data_dump_flag=TRUE")
    assert "exclude each other" in said
