"""The flags about what is done to images of TFRecord files, and how many there are where they are made up."""

from __future__ import annotations

from typing import Optional

from engines.common.flags.parser import FlagParser, boolean, fraction, positive_int
from engines.common.flags.seed_names import NO_SEED_NAMES, SeedNames, spelled

IMAGENET_IMAGES = {"train": 1281167, "eval": 50000}


def add_image_flags(
    parser: FlagParser,
    min_crop_area: float,
    eval_crop: Optional[float],
    eval_crop_help: str,
    seed_names: SeedNames = NO_SEED_NAMES,
) -> None:
    """Add the flags of augmentation, evaluation and synthetic sets, with the engine's own defaults."""
    group = parser.add_argument_group("images")
    group.add_argument(
        "--random_crop",
        type=boolean,
        default=True,
        help="train on random parts of the images, stretched to the input size",
    )
    group.add_argument(
        "--min_crop_area", type=fraction, default=min_crop_area, help="smallest part, as a share of the image"
    )
    group.add_argument(
        "--random_flip", type=boolean, default=True, help="mirror every other image; not for digits"
    )
    group.add_argument("--eval_crop", type=fraction, default=eval_crop, help=eval_crop_help)
    for part, count in IMAGENET_IMAGES.items():
        group.add_argument(
            *spelled("synthetic_{}_images".format(part), seed_names),
            type=positive_int,
            default=count,
            help="images that --synthetic stands for in the {} set; those of a real one are counted".format(
                {"train": "training", "eval": "evaluation"}[part]
            ),
        )
    group.add_argument(
        *spelled("batch_size_eval", seed_names),
        type=positive_int,
        default=None,
        help="images per rank and evaluation step; left out: --batch_size",
    )
