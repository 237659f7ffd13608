"""The flags every engine has about where the run lives and how it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Tuple

from engines.common.devices.selection import BACKENDS
from engines.common.flags.parser import FlagParser, boolean, names, natural_int
from engines.common.flags.seed_names import NO_SEED_NAMES, SeedNames, spelled

MODES = ("train", "evaluate", "train_and_evaluate", "export")
OTHER_WORDS = {"eval": "evaluate", "train_and_eval": "train_and_evaluate"}
"""What some seeds call a mode."""


def add_run_flags(
    parser: FlagParser,
    num_classes: Optional[int],
    image_size: Optional[int],
    restore_exclude: Tuple[str, ...],
    seed_names: SeedNames = NO_SEED_NAMES,
) -> None:
    """Add the flags of data, run folder, start and backend, with the engine's own defaults.

    ``None`` stands for a number that the engine derives from other flags. ``seed_names`` are what the engine's
    seed calls some of these flags.
    """
    group = parser.add_argument_group("run")
    group.add_argument(
        *spelled("data_dir", seed_names),
        type=Path,
        default=Path("path/to/data"),
        help="folder of the data set",
    )
    group.add_argument(
        *spelled("run_dir", seed_names),
        "--log_dir",
        type=Path,
        default=Path("model_1p"),
        help="folder for checkpoints, dumps, traces, events and result.json",
    )
    group.add_argument(
        "--mode",
        type=lambda word: OTHER_WORDS.get(word, word),
        choices=MODES,
        default="train_and_evaluate",
        help="what to do",
    )
    group.add_argument(
        "--export_dir",
        type=Path,
        default=None,
        help="new folder for mode export, which takes the checkpoint of --restore_path, or else the best "
        "of RUN_DIR; default: RUN_DIR/export",
    )
    group.add_argument(
        "--backend",
        choices=BACKENDS,
        default="auto",
        help="where to compute; auto is npu where adapter and device are there, else cpu",
    )
    group.add_argument(
        "--resume_from",
        type=Path,
        default=None,
        metavar="CKPT",
        help="checkpoint to go on from: weights, optimizer and step; a folder means its newest",
    )
    group.add_argument(
        "--restore_path",
        type=Path,
        default=None,
        metavar="CKPT",
        help="checkpoint to take weights alone from, for training on other data",
    )
    group.add_argument(
        "--restore_exclude",
        type=names,
        default=",".join(restore_exclude),
        metavar="SCOPES",
        help="comma-separated scopes that --restore_path leaves as initialised",
    )
    group.add_argument(
        *spelled("num_classes", seed_names), type=int, default=num_classes, help="number of classes"
    )
    group.add_argument(
        *spelled("image_size", seed_names),
        type=int,
        default=image_size,
        help="side of the square network input",
    )
    group.add_argument(
        "--seed",
        type=natural_int,
        default=5,
        help="seed of initial weights, data order, augmentation and dropout",
    )
    group.add_argument(
        "--synthetic",
        type=boolean,
        default=False,
        help="train on a made-up batch instead of --data_dir, to measure speed",
    )
    group.add_argument(
        "--threads",
        type=natural_int,
        default=0,
        help="compute threads of this rank on CPU; 0 shares the usable cores among the ranks",
    )
