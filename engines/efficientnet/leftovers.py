"""Flags of the seed's scripts that have nothing to set here: those of TPUs above all."""

from __future__ import annotations

from engines.common.flags.leftovers import LeftoverFlags

LEFTOVERS = LeftoverFlags(
    superseded={
        "num_parallel_calls": "images are read and prepared in parallel by the threads of --threads",
        "use_cache": "records are read from disk in every epoch",
        "use_async_checkpointing": "checkpoints are written between steps",
        "log_step_count_steps": "--display_every sets the steps between metric lines",
        "eval_timeout": "mode evaluate scores the checkpoints that are there and ends",
        "skip_host_call": "--save_summary_steps sets the steps between TensorBoard points",
        "transpose_input": "images stay in the order batch, height, width, channel",
    },
    elsewhere={
        "use_tpu": "--backend npu or --backend cpu",
        "tpu": "--backend npu or --backend cpu",
        "gcp_project": "a folder on this host by --data_dir",
        "tpu_zone": "a folder on this host by --data_dir",
        "bigtable_project": "TFRecord files by --data_dir",
        "bigtable_instance": "TFRecord files by --data_dir",
        "bigtable_table": "TFRecord files by --data_dir",
        "bigtable_train_prefix": "TFRecord files by --data_dir",
        "bigtable_eval_prefix": "TFRecord files by --data_dir",
        "bigtable_column_family": "TFRecord files by --data_dir",
        "bigtable_column_qualifier": "TFRecord files by --data_dir",
        "export_to_tpu": "--mode export",
        "use_bfloat16": "--precision_mode",
    },
)
