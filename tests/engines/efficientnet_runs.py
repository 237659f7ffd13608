"""A small EfficientNet, and what its runs leave behind."""

from __future__ import annotations

import re

from tests.engines.engine_runs import EngineRun

SMALL_EFFICIENTNET = (
    "--width_coefficient=0.25 --depth_coefficient=0.3 --image_size=32 --num_label_classes=4 --train_batch_size=8 "
    "--eval_batch_size=3 --max_epochs=3 --warmup_epochs=0 --base_learning_rate=0.1 --weight_decay=0.01 "
    "--batch_norm_momentum=0.9 --seed=7 --threads=1 --backend=cpu"
).split()
"""Seven blocks, of which one has a skip; two steps an epoch on 20 images, six in all."""

BLOCK = "efficientnet-b0/model/blocks_3"
"""A block that widens, in the middle of the small network."""

HEAD = "efficientnet-b0/model/head/dense"

AVERAGE = "/ExponentialMovingAverage"


def told(run: EngineRun, rank: int = 0) -> list[str]:
    """The metric lines of a rank without what depends on time."""
    return [re.sub(r"ips:\S+", "", line) for line in run.lines("step:", rank)]
