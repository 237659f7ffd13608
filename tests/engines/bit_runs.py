"""A small BiT, and data sets for it."""

from __future__ import annotations

SMALL_BIT = (
    "--num_classes=4 --block_units=1,1 --base_width=32 --image_size=32 --batch_size=8 --batch_size_eval=3 "
    "--epochs=3 --lr=0.02 --warmup_steps=2 --decay_steps=4 --seed=7 --threads=1 --backend=cpu"
).split()
"""On 20 images two steps an epoch, six in all, deterministic; an evaluation of 11 images takes four steps."""
