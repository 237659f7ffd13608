"""Flags of the seed's scripts that have nothing to set here: said where harmless, refused where not."""

from __future__ import annotations

import argparse
from typing import List

from engines.common.errors import UsageError
from engines.common.flags import FlagParser

SUPERSEDED = {
    "num_parallel_calls": "images are read and prepared in parallel by the threads of --threads",
    "use_cache": "records are read from disk in every epoch",
    "use_async_checkpointing": "checkpoints are written between steps",
    "log_step_count_steps": "--display_every sets the steps between metric lines",
    "eval_timeout": "mode evaluate scores the checkpoints that are there and ends",
    "skip_host_call": "--save_summary_steps sets the steps between TensorBoard points",
    "transpose_input": "images stay in the order batch, height, width, channel",
}
"""Flags that change nothing in what is learned, and what holds in their place."""

ELSEWHERE = {
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
}
"""Flags for other machines, and what to use in their place."""

OFF = ("", "none", "false", "null")
"""Values by which such a flag asks for nothing."""


def add_leftover_flags(parser: FlagParser) -> None:
    """Let scripts of the seed pass."""
    group = parser.add_argument_group("flags of the seed without effect here")
    for name, instead in SUPERSEDED.items():
        group.add_argument("--" + name, default=None, help="taken and not used: " + instead)
    for name, instead in ELSEWHERE.items():
        group.add_argument("--" + name, default=None, help="refused unless off; use " + instead)


def refuse_other_machines(options: argparse.Namespace) -> None:
    """Raise :class:`UsageError` where a flag asks for what only another machine has."""
    for name, instead in ELSEWHERE.items():
        value = getattr(options, name)
        if value is not None and value.lower() not in OFF:
            raise UsageError("--{} {} has no meaning here; use {}.".format(name, value, instead))


def notices(options: argparse.Namespace) -> List[str]:
    """A sentence for each flag that was given and is not used."""
    return [
        "--{} is not used: {}.".format(name, reason)
        for name, reason in SUPERSEDED.items()
        if getattr(options, name) is not None
    ]
