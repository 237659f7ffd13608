"""The B0 network as a table, and how B1 … B7 are scaled from it (section 3.3 of the paper)."""

from __future__ import annotations

import math
from typing import List, NamedTuple, Tuple


class Stage(NamedTuple):
    """``repeats`` inverted bottlenecks; the first has the ``stride`` and widens to ``filters``. ``expansion`` is
    by how much a block's depthwise convolution is wider than its input."""

    repeats: int
    kernel_size: int
    stride: int
    expansion: int
    filters: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
STEM_FILTERS = 32
HEAD_FILTERS = 1280

FILTER_MULTIPLE = 8
"""Filters come in multiples of it."""


class Variant(NamedTuple):
    """A scaled network's figures in place of B0's: factors on filters and on repeats, the side of the input, and
    the dropout before the last layer."""

    width: float
    depth: float
    image_size: int
    dropout: float


VARIANTS = {
    "efficientnet-b0": Variant(1.0, 1.0, 224, 0.2),
    "efficientnet-b1": Variant(1.0, 1.1, 240, 0.2),
    "efficientnet-b2": Variant(1.1, 1.2, 260, 0.3),
    "efficientnet-b3": Variant(1.2, 1.4, 300, 0.3),
    "efficientnet-b4": Variant(1.4, 1.8, 380, 0.4),
    "efficientnet-b5": Variant(1.6, 2.2, 456, 0.4),
    "efficientnet-b6": Variant(1.8, 2.6, 528, 0.5),
    "efficientnet-b7": Variant(2.0, 3.1, 600, 0.5),
}


class Block(NamedTuple):
    """One inverted bottleneck of the scaled network."""

    kernel_size: int
    stride: int
    expansion: int
    filters_in: int
    filters_out: int


def scaled_filters(filters: int, width: float) -> int:
    """``filters`` times ``width``, as a multiple of 8 that is not below nine tenths of it."""
    wanted = filters * width
    nearest = int(wanted + FILTER_MULTIPLE / 2) // FILTER_MULTIPLE * FILTER_MULTIPLE
    nearest = max(FILTER_MULTIPLE, nearest)
    return nearest + FILTER_MULTIPLE if nearest < 0.9 * wanted else nearest


def scaled_repeats(repeats: int, depth: float) -> int:
    """``repeats`` times ``depth``, rounded up."""
    return math.ceil(depth * repeats)


def scaled_blocks(width: float, depth: float) -> Tuple[Block, ...]:
    """The blocks from the stem to the head."""
    blocks: List[Block] = []
    filters_in = scaled_filters(STEM_FILTERS, width)
    for stage in STAGES:
        filters_out = scaled_filters(stage.filters, width)
        for number in range(scaled_repeats(stage.repeats, depth)):
            stride = stage.stride if number == 0 else 1
            blocks.append(Block(stage.kernel_size, stride, stage.expansion, filters_in, filters_out))
            filters_in = filters_out
    return tuple(blocks)
