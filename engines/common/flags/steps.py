"""The flags about how many images a step takes and how many steps a training."""

from __future__ import annotations

from typing import Optional

from engines.common.flags.parser import FlagParser, positive_int
from engines.common.flags.seed_names import NO_SEED_NAMES, SeedNames, spelled


def add_step_flags(
    parser: FlagParser, batch_size: int, max_epochs: int, seed_names: SeedNames = NO_SEED_NAMES
) -> None:
    """Add the flags of ranks, batch, epochs and steps, with the engine's own defaults."""
    group = parser.add_argument_group("steps")
    group.add_argument(
        "--rank_size",
        type=positive_int,
        default=None,
        help="number of ranks; only checked against RANK_SIZE, which sets it",
    )
    for name, default, what in (
        ("batch_size", batch_size, "images per rank and step"),
        ("max_epochs", max_epochs, "length of training"),
        ("max_train_steps", None, "stop after this many steps, whatever --max_epochs says"),
        ("iterations_per_loop", 1, "steps per host call"),
    ):
        given: Optional[int] = default
        group.add_argument(*spelled(name, seed_names), type=positive_int, default=given, help=what)
