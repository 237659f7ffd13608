"""What is measured of each engine, at which batch and size, and beside what."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """One row of a table.

    ``steps`` are those of one measurement of a training step, of which the first do not count. ``flags`` are the
    engine's beside those that every measurement gives. ``peer`` is a script of the folder ``scripts`` with its
    first words, or ``None`` where no peer installs from the registry. ``seed`` is what the seed's own model code
    reached in images/s on another machine, two cores with AVX-512, in float32.
    """

    engine: str
    what: str
    batch: int
    size: int
    classes: int
    steps: int = 0
    flags: tuple[str, ...] = ()
    peer: tuple[str, ...] | None = None
    seed: float | None = None


STEPS = (
    Case("alexnet", "AlexNet", 32, 224, 1000, 8, peer=("step_keras.py", "alexnet"), seed=25.8),
    Case(
        "efficientnet", "EfficientNet-B0", 8, 224, 1000, 8, peer=("step_keras.py", "EfficientNetB0"), seed=8.5
    ),
    Case("hrnet", "HRNet-w18", 8, 224, 1000, 4, seed=2.5),
    Case("bit", "BiT R50x1", 8, 224, 10, 4, ("--finetune=full",), ("step_keras.py", "ResNet50V2")),
    Case("autoaugment", "WRN-28-10", 32, 32, 10, 4, peer=("step_torch.py", "wrn-28-10"), seed=6.3),
    Case(
        "autoaugment",
        "WRN-16-4",
        64,
        32,
        10,
        8,
        ("--depth=16", "--width=4"),
        ("step_torch.py", "wrn-16-4"),
        seed=67.9,
    ),
    Case("autoaugment", "ResNet-50", 8, 224, 1000, 4, ("--dataset=imagenet",), ("step_torch.py", "resnet50")),
)
"""Training steps on synthetic images: forward, backward, update."""

AUGMENTED = ("--auto_augment=True", "--cutout=True")

PIPELINES = (
    Case("alexnet", "crop, flip", 32, 224, 10, peer=("feed_tf_data.py",)),
    Case(
        "efficientnet",
        "crop, flip, policy v0",
        32,
        224,
        10,
        0,
        ("--autoaugment_name=v0",),
        ("feed_tf_data.py",),
    ),
    Case("hrnet", "crop, flip", 32, 224, 10, peer=("feed_tf_data.py",)),
    Case("bit", "crop, flip", 32, 224, 10, peer=("feed_tf_data.py",)),
    Case(
        "autoaugment",
        "shift, flip, policy, Cutout",
        128,
        32,
        10,
        0,
        AUGMENTED,
        ("feed_pillow.py", "cifar10"),
    ),
    Case(
        "autoaugment",
        "crop, flip, policy, Cutout",
        32,
        224,
        10,
        0,
        ("--dataset=imagenet", *AUGMENTED),
        ("feed_pillow.py", "imagenet"),
    ),
)
"""Input pipelines alone, from files to batches in memory."""
