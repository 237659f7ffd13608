"""HRNet-W<C>-C (Wang et al., "Deep high-resolution representation learning for visual recognition", 2019).

The network keeps a fine map all the way, adds coarser branches beside it stage by stage, each with half
the resolution and twice the channels of the one before, and lets all of them exchange what they have after
every module. At 224 x 224 pixels the branches are of 56, 28, 14 and 7 pixels. Every convolution has ``SAME``
padding and no bias, and batch normalisation follows it.
"""

from __future__ import annotations

from typing import Any, List, Sequence

from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.hrnet.net_cfg import EXPANSION, HEAD, NetShape

EPSILON = 1e-5


def hrnet(
    layers: Layers, images: Any, shape: NetShape, num_classes: int, bn_decay: float, head_bias: bool = False
) -> Any:
    """Logits ``[batch, num_classes]`` of normalised ``images`` ``[batch, height, width, 3]``.

    ``bn_decay`` is what stays of the moving statistics in each step. ``head_bias`` gives the convolutions
    between and after the head's branches a bias, as the official network has; batch normalisation cancels it.
    """
    net = HRNet(layers, bn_decay)
    x = net.stem(images, shape.front_channels)
    branches = [net.first_stage(x, shape.bottleneck_channels, shape.front_blocks)]
    for number, stage in enumerate(shape.stages, 2):
        widths = [shape.channels << branch for branch in range(stage.branches)]
        branches = net.transition("transition{}".format(number - 1), branches, widths)
        for module in range(1, stage.modules + 1):
            branches = net.module("stage{}/module{}".format(number, module), branches, stage.blocks)
    x = net.head(branches, shape.head_channels, shape.final_channels, head_bias)
    return layers.dense(HEAD, layers.global_average("average", x), num_classes)


class HRNet:
    """The parts of the network, built of ``layers``."""

    def __init__(self, layers: Layers, bn_decay: float) -> None:
        self._layers = layers
        self._bn_decay = bn_decay

    def stem(self, images: Any, channels: int) -> Any:
        """Two convolutions that leave a quarter of the resolution."""
        x = self._conv_bn("stem/1", images, channels, 3, stride=2)
        return self._conv_bn("stem/2", x, channels, 3, stride=2)

    def first_stage(self, x: Any, channels: int, blocks: int) -> Any:
        """Bottleneck blocks at the finest resolution."""
        for block in range(1, blocks + 1):
            x = self._bottleneck("stage1/block{}".format(block), x, channels, project=block == 1)
        return x

    def transition(self, name: str, branches: Sequence[Any], widths: Sequence[int]) -> List[Any]:
        """As many branches as ``widths``: those there are, given that width, and new ones made of the last."""
        made = []
        for i, width in enumerate(widths):
            scope = "{}/branch{}".format(name, i + 1)
            if i < len(branches):
                x = branches[i]
                made.append(x if int(x.shape[3]) == width else self._conv_bn(scope, x, width, 3))
                continue
            x = branches[-1]
            halvings = i + 1 - len(branches)
            for number in range(1, halvings + 1):
                channels = width if number == halvings else int(x.shape[3])
                x = self._conv_bn("{}/down{}".format(scope, number), x, channels, 3, stride=2)
            made.append(x)
        return made

    def module(self, name: str, branches: Sequence[Any], blocks: int) -> List[Any]:
        """``blocks`` basic blocks on each branch, then the exchange between all of them."""
        done = []
        for i, x in enumerate(branches, 1):
            for block in range(1, blocks + 1):
                x = self._basic("{}/branch{}/block{}".format(name, i, block), x)
            done.append(x)
        return [self._fused(name, done, i) for i in range(len(done))]

    def head(self, branches: Sequence[Any], channels: int, final_channels: int, bias: bool) -> Any:
        """The coarsest map, with all finer ones added to it on the way down, in ``final_channels``."""
        total = None
        for i, branch in enumerate(branches):
            width = channels << i
            x = self._bottleneck("head/incre{}".format(i + 1), branch, width, project=True)
            if total is None:
                total = x
            else:
                down = self._conv_bn("head/down{}".format(i), total, width, 3, stride=2, bias=bias)
                total = self._layers.add("head/sum{}".format(i), [x, down])
        return self._conv_bn("head/final", total, final_channels, 1, bias=bias)

    def _fused(self, name: str, branches: Sequence[Any], i: int) -> Any:
        """Branch ``i`` after the fusion: the sum of all branches, brought to its resolution and width.

        A coarser branch is enlarged only up to the next finer one and added to that, which comes to the
        same as enlarging each on its own.
        """
        scope = "{}/fuse{}/from".format(name, i + 1)
        width = int(branches[i].shape[3])
        terms = [branches[i]]
        for j in range(i):
            terms.append(self._lowered("{}{}".format(scope, j + 1), branches, j, i))
        coarser = None
        for j in reversed(range(i + 1, len(branches))):
            x = self._conv_bn("{}{}".format(scope, j + 1), branches[j], width, 1, relu=False)
            coarser = enlarged(x if coarser is None else x + coarser, branches[j - 1])
        terms += [] if coarser is None else [coarser]
        return self._layers.add("{}/fuse{}/sum".format(name, i + 1), terms, activation=tf.nn.relu)

    def _lowered(self, name: str, branches: Sequence[Any], j: int, i: int) -> Any:
        """Branch ``j`` at the resolution of the coarser branch ``i``; the width changes in the last step."""
        x = branches[j]
        for number in range(j + 1, i + 1):
            last = number == i
            width = int(branches[i if last else j].shape[3])
            x = self._conv_bn("{}/{}".format(name, number - j), x, width, 3, stride=2, relu=not last)
        return x

    def _basic(self, name: str, x: Any) -> Any:
        """A residual block of two convolutions (He et al., 2016)."""
        width = int(x.shape[3])
        y = self._conv_bn(name + "/1", x, width, 3)
        y = self._conv_bn(name + "/2", y, width, 3, relu=False)
        return self._layers.add(name + "/sum", [x, y], activation=tf.nn.relu)

    def _bottleneck(self, name: str, x: Any, channels: int, project: bool) -> Any:
        """A residual block of three convolutions, narrow inside; ``project`` fits the shortcut's width."""
        inner = channels // EXPANSION
        y = self._conv_bn(name + "/1", x, inner, 1)
        y = self._conv_bn(name + "/2", y, inner, 3)
        y = self._conv_bn(name + "/3", y, channels, 1, relu=False)
        shortcut = self._conv_bn(name + "/shortcut", x, channels, 1, relu=False) if project else x
        return self._layers.add(name + "/sum", [shortcut, y], activation=tf.nn.relu)

    def _conv_bn(
        self,
        name: str,
        x: Any,
        filters: int,
        size: int,
        stride: int = 1,
        relu: bool = True,
        bias: bool = False,
    ) -> Any:
        with self._layers.scope(name):
            x = self._layers.conv2d("conv", x, filters, size, stride, padding="SAME", bias=bias)
            activation = tf.nn.relu if relu else None
            return self._layers.batch_norm("bn", x, self._bn_decay, EPSILON, activation)


def enlarged(x: Any, like: Any) -> Any:
    """``x`` at the height and width of ``like``, which are twice its own or one less, by nearest neighbour."""
    height, width, channels = [int(side) for side in x.shape[1:]]
    rows, columns = int(like.shape[1]), int(like.shape[2])
    x = tf.reshape(x, [-1, height, 1, width, 1, channels])
    x = tf.reshape(tf.tile(x, [1, 1, 2, 1, 2, 1]), [-1, 2 * height, 2 * width, channels])
    return x[:, :rows, :columns] if (rows, columns) != (2 * height, 2 * width) else x
