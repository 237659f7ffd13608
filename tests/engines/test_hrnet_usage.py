"""What HRNet's command line and cfg files take, and what it says about mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.engine_runs import run_briefly
from tests.engines.hrnet_runs import CFG, write_cfg

FLAGS_OF_THE_SEED = """
    --data_path --net_cfg --model_path --enbl_multi_gpu --nb_smpls_train --nb_smpls_val --nb_smpls_eval --nb_classes
    --batch_size --batch_size_eval --eval_only --resume_training --precision_mode --over_dump --over_dump_path
    --data_dump --data_dump_flag --data_dump_step --data_dump_path --cycle_length --nb_threads --buffer_size
    --prefetch_size --profiling --profiling_dump_path --random_remove --loss_scale_flag --loss_scale_value
    --data_disk --data_hdfs_host --data_dir_local --data_dir_hdfs --train_steps --autotune
""".split()


def complaint(*arguments: object, **environment: str) -> str:
    """The one sentence with which HRNet refuses ``arguments``."""
    done = run_briefly("hrnet", *map(str, arguments), **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def test_help_names_every_flag_of_the_seed() -> None:
    done = run_briefly("hrnet", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    words = set(done.stdout.replace(",", " ").split())
    assert {flag for flag in FLAGS_OF_THE_SEED if flag not in words} == set()
    assert "w18, w30" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "num_channels = 4\n[FRONT]",
            "num_channels = four\n[FRONT]",
            "[NET] num_channels is 'four', but must be",
        ),
        (
            "num_modules = 1",
            "num_modules = 0",
            "[S2] num_modules is '0', but must be a whole number from 1 up",
        ),
        ("weight_l2_scale = 1e-2", "weight_l2_scale = -1", "[NET] weight_l2_scale is '-1', but must be"),
        ("fc_channel = 16", "", "[HEAD] fc_channel is missing"),
        ("[S4]", "[S9]", "[S4] num_modules is missing"),
        (
            "output_channels = 4",
            "output_channels = 5",
            "[FRONT] output_channels must be [NET] num_channels, 4",
        ),
        (
            "bottlenect_channels = 8",
            "bottlenect_channels = 6",
            "[FRONT] bottlenect_channels must be a multiple of 4",
        ),
        ("num_branches = 3", "num_branches = 1", "[S3] num_branches is 1, but a stage has at least the 2"),
        (
            "base_channel = 4\nnum_branches = 4",
            "base_channel = 4\nnum_branches = 3",
            "[HEAD] num_branches must be",
        ),
        ("[NET]", "NET", "cannot be read"),
        ("num_stages = 3", "num_stages = 3\nnum_stages = 3", "cannot be read"),
    ],
)
def test_a_mistake_in_a_cfg_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in CFG
    path = write_cfg(tmp_path, CFG.replace(old, new, 1))
    complained = complaint("--synthetic=True", f"--net_cfg={path}")
    assert complained.startswith(f"--net_cfg {path}")
    assert said in complained


def test_a_cfg_that_is_not_there_names_those_that_come_with_the_engine(tmp_path: Path) -> None:
    said = complaint("--synthetic=True", f"--net_cfg={tmp_path}/cfgs/w30_s4.cfg")
    assert "is neither a file nor a network that comes with the engine" in said
    assert "did you mean 'w30'?" in said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--enbl_multi_gpu=True"], "--enbl_multi_gpu is True, but RANK_SIZE is 1"),
        (["--data_hdfs_host=there"], "--data_hdfs_host there has no meaning here; use a folder on this host"),
        (["--nb_smpls_train=8"], "--nb_smpls_train 8 is less than one global batch of 32 images"),
        (["--lr_milestones=soon"], "--lr_milestones: must be numbers such as 30,60,90"),
        (["--image_size=2"], "--image_size 2 is too small"),
        (["--nb_clases=3"], "did you mean '--nb_classes'?"),
        (["--resume_training=True", "--model_path=nowhere"], "--resume_from nowhere"),
        (["--data_dump=True", "--over_dump=True"], "exclude each other"),
    ],
)
def test_a_wrong_value_is_refused_by_name(arguments: list[str], named: str) -> None:
    assert named in complaint("--synthetic=True", *arguments)
