"""EfficientNet's recipe by its flags: the seed's words, its schedule, and what is said about words without effect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.metrics.reader import LineReader
from tests.engines.checkpoint_values import run_script
from tests.engines.engine_runs import run_briefly

FLAGS_OF_THE_SEED = """
    --data_dir --model_dir --mode --model_name --train_batch_size --eval_batch_size --train_steps
    --iterations_per_loop --steps_per_eval --num_train_images --num_eval_images --num_label_classes
    --base_learning_rate --weight_decay --label_smoothing --moving_average_decay --momentum --dropout_rate
    --drop_connect_rate --batch_norm_momentum --batch_norm_epsilon --depth_coefficient --width_coefficient
    --autoaugment_name --input_image_size --data_format --num_parallel_calls --use_cache --restore_path
    --restore_exclude --use_async_checkpointing --skip_host_call --log_step_count_steps --eval_timeout
    --use_bfloat16 --transpose_input --use_tpu --tpu --gcp_project --tpu_zone --bigtable_project --export_to_tpu
""".split()


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run_script("efficientnet_recipe_facts.py"))
    return found


def test_the_schedule_gives_the_rates_that_the_seed_logged(facts: dict[str, Any]) -> None:
    """At the epochs 16.98, 17.98, 20.98 and 29.97 of a training on eight devices."""
    logged = [0.1615966111421585, 0.1615966111421585, 0.1567487120628357, 0.1387685388326645]
    assert facts["seed"] == pytest.approx(logged, rel=1e-6)


def test_the_rate_rises_for_five_epochs(facts: dict[str, Any]) -> None:
    wanted = [0.0, 0.2 / 3125, 0.2 * 1500 / 3125, 0.2 * 3124 / 3125, 0.2 * 0.97**2]
    assert facts["warm_up"] == pytest.approx(wanted, rel=1e-6)


def test_left_to_itself_the_rate_grows_with_ranks_and_batch(facts: dict[str, Any]) -> None:
    one, eight = facts["by_itself"]
    assert (one, eight) == pytest.approx((0.025 * 0.97**2, 0.2 * 0.97**2), rel=1e-3)
    assert facts["half_batch"] == pytest.approx(0.0125 * 0.97**2, rel=1e-3)


def test_the_published_training_takes_350_epochs_of_625_steps(facts: dict[str, Any]) -> None:
    assert facts["plan"] == [625, 218750]


def test_a_script_of_the_seed_says_what_it_said(facts: dict[str, Any]) -> None:
    wanted = {
        "mode": "train_and_evaluate",
        "batch_size": 256,
        "batch_size_eval": 128,
        "max_train_steps": 218750,
        "steps_per_eval": 31250,
        "base_learning_rate": 0.2,
        "image_size": 224,
        "num_classes": 1000,
        "dropout": 0.2,
        "width_coefficient": 1.0,
        "restore_exclude": ["efficientnet-b0/model/head/dense/"],
        "eval_crop": 0.875,
    }
    assert {name: facts["script"][name] for name in wanted} == wanted
    assert [line.split(" is not used: ")[0] for line in facts["notices"]] == [
        "--use_cache",
        "--skip_host_call",
    ]


def test_the_model_name_sets_what_no_flag_does(facts: dict[str, Any]) -> None:
    names = ("width_coefficient", "depth_coefficient", "image_size", "dropout", "restore_exclude")
    scope = ["efficientnet-b4/model/head/dense/"]
    assert [facts["b4"][name] for name in names] == [1.4, 1.8, 380, 0.4, scope]
    assert [facts["b4_own"][name] for name in names] == [0.5, 1.8, 64, 0.0, scope]


def test_the_line_is_the_seeds_and_the_console_reads_it(facts: dict[str, Any]) -> None:
    line = facts["line"]
    assert line == "step:11250  epoch:17.984 ips:11605.1 loss:3.9001 lr:0.16159661 top1:0.4375"
    reading = LineReader([]).read(line)
    assert reading is not None
    assert reading.values["loss"] == 3.9001
    assert reading.values["lr"] == 0.16159661
    assert reading.values["throughput"] == 11605.1
    assert reading.values["top1"] == 0.4375
    assert (reading.values["step"], reading.values["epoch"]) == (11250, 17.984)


def test_help_names_every_flag_of_the_seed() -> None:
    done = run_briefly("efficientnet", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    words = set(done.stdout.replace(",", " ").split())
    assert {flag for flag in FLAGS_OF_THE_SEED if flag not in words} == set()


@pytest.mark.parametrize(
    ("flag", "remedy"),
    [
        ("--use_tpu=True", "--use_tpu True has no meaning here; use --backend npu or --backend cpu."),
        ("--gcp_project=mine", "use a folder on this host by --data_dir."),
        ("--use_bfloat16=True", "use --precision_mode."),
        ("--autoaugment_name=test", "--autoaugment_name"),
        ("--data_format=channels_first", "--data_format"),
        ("--model_name=efficientnet-b9", "--model_name"),
        ("--input_image_size=31", "--image_size 31 is too small: at least 32."),
        ("--moving_average_decay=1", "--moving_average_decay 1"),
        ("--width_coefficient=0", "--width_coefficient"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(flag: str, remedy: str, tmp_path: Path) -> None:
    done = run_briefly("efficientnet", "--synthetic=True", f"--run_dir={tmp_path}", flag)
    assert (done.returncode, done.stdout) == (2, "")
    assert remedy in done.stderr
    assert done.stderr.count("\n") == 1
