"""The flags about how often an engine prints, scores and saves."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from engines.common.flags.parser import FlagParser, boolean, positive_int


def add_cadence_flags(
    parser: FlagParser,
    display_every: int = 1,
    save_checkpoints_steps: Optional[int] = 1000,
    checkpoints_help: str = "steps between checkpoints",
    epochs_between_evals: int = 5,
) -> None:
    """Add the flags of metric lines, TensorBoard points, checkpoints and evaluations."""
    group = parser.add_argument_group("lines and checkpoints")
    group.add_argument(
        "--display_every", type=positive_int, default=display_every, help="steps between metric lines"
    )
    group.add_argument(
        "--log_name", default=None, help="also append the metric lines to this file in RUN_DIR"
    )
    group.add_argument(
        "--save_summary_steps", type=positive_int, default=100, help="steps between TensorBoard points"
    )
    group.add_argument("--do_checkpoint", type=boolean, default=True, help="write checkpoints")
    group.add_argument(
        "--save_checkpoints_steps", type=positive_int, default=save_checkpoints_steps, help=checkpoints_help
    )
    group.add_argument(
        "--max_checkpoint_to_save", type=positive_int, default=5, help="newest checkpoints to keep"
    )
    group.add_argument(
        "--epochs_between_evals",
        type=positive_int,
        default=epochs_between_evals,
        help="epochs between evaluations in mode train_and_evaluate",
    )
    group.add_argument(
        "--checkpoint_dir",
        type=Path,
        default=None,
        help="folder whose checkpoints mode evaluate scores; left out: RUN_DIR/checkpoints",
    )
