"""The networks: WideResNet for small images and ResNet-50 for large ones.

S. Zagoruyko, N. Komodakis, "Wide Residual Networks", 2016; K. He et al., "Deep Residual Learning for Image
Recognition", 2015, with the stride of a bottleneck in its 3x3 convolution.
"""

from __future__ import annotations

from typing import Optional

from torch import Tensor, nn
from torch.nn import functional


class WideResNet(nn.Module):
    """WRN-``depth``-``width`` for images ``[n, 3, h, w]`` of about 32x32: three groups of (depth - 4) / 6
    pre-activation blocks with 16, 32 and 64 times ``width`` channels."""

    def __init__(self, depth: int, width: int, num_classes: int, dropout: float) -> None:
        super().__init__()
        blocks = (depth - 4) // 6
        channels = [16, 16 * width, 32 * width, 64 * width]
        self.conv = _conv(3, channels[0], 3)
        self.layer1 = _group(blocks, channels[0], channels[1], 1, dropout)
        self.layer2 = _group(blocks, channels[1], channels[2], 2, dropout)
        self.layer3 = _group(blocks, channels[2], channels[3], 2, dropout)
        self.bn = nn.BatchNorm2d(channels[3])
        self.fc = nn.Linear(channels[3], num_classes)
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``[n, num_classes]``."""
        x = self.layer3(self.layer2(self.layer1(self.conv(images))))
        x = functional.relu(self.bn(x), inplace=True)
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits


class WideBlock(nn.Module):
    """BN, ReLU, 3x3, BN, ReLU, dropout, 3x3, plus a shortcut.

    Where the shape changes, the shortcut is a 1x1 projection of the activated input.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels_in)
        self.conv1 = _conv(channels_in, channels_out, 3, stride)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = _conv(channels_out, channels_out, 3)
        same = stride == 1 and channels_in == channels_out
        self.shortcut: Optional[nn.Conv2d] = None if same else _conv(channels_in, channels_out, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """``[n, channels_in, h, w]`` -> ``[n, channels_out, h / stride, w / stride]``."""
        activated = functional.relu(self.bn1(x), inplace=True)
        shortcut = x if self.shortcut is None else self.shortcut(activated)
        x = functional.relu(self.bn2(self.conv1(activated)), inplace=True)
        added: Tensor = self.conv2(self.dropout(x)) + shortcut
        return added


class ResNet50(nn.Module):
    """ResNet-50 for images ``[n, 3, h, w]`` of about 224x224."""

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.conv1 = _conv(3, 64, 7, 2)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(3, 64, 64, 1)
        self.layer2 = _stage(4, 256, 128, 2)
        self.layer3 = _stage(6, 512, 256, 2)
        self.layer4 = _stage(3, 1024, 512, 2)
        self.fc = nn.Linear(2048, num_classes)
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``[n, num_classes]``."""
        x = self.pool(functional.relu(self.bn1(self.conv1(images)), inplace=True))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        logits: Tensor = self.fc(x.mean(dim=(2, 3)))
        return logits


class Bottleneck(nn.Module):
    """1x1, 3x3 with the stride, 1x1 to four times the channels, each followed by BN; plus a shortcut."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _conv(channels_in, channels, 1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = _conv(channels, channels, 3, stride)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = _conv(channels, 4 * channels, 1)
        self.bn3 = nn.BatchNorm2d(4 * channels)
        same = stride == 1 and channels_in == 4 * channels
        self.downsample = (
            None
            if same
            else nn.Sequential(_conv(channels_in, 4 * channels, 1, stride), nn.BatchNorm2d(4 * channels))
        )  # type: Optional[nn.Sequential]

    def forward(self, x: Tensor) -> Tensor:
        """``[n, channels_in, h, w]`` -> ``[n, 4 * channels, h / stride, w / stride]``."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        x = functional.relu(self.bn2(self.conv2(x)), inplace=True)
        return functional.relu(self.bn3(self.conv3(x)) + shortcut, inplace=True)


def _group(blocks: int, channels_in: int, channels_out: int, stride: int, dropout: float) -> nn.Sequential:
    first = WideBlock(channels_in, channels_out, stride, dropout)
    rest = [WideBlock(channels_out, channels_out, 1, dropout) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)


def _stage(blocks: int, channels_in: int, channels: int, stride: int) -> nn.Sequential:
    rest = [Bottleneck(4 * channels, channels, 1) for _ in range(blocks - 1)]
    return nn.Sequential(Bottleneck(channels_in, channels, stride), *rest)


def _conv(channels_in: int, channels_out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, kernel, stride, padding=kernel // 2, bias=False)


def _initialise(network: nn.Module) -> None:
    """Kaiming's normal distribution over the fan-out for convolutions; the framework's default for the rest."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def parameter_count(network: nn.Module) -> int:
    """Number of trained scalars."""
    return sum(parameter.numel() for parameter in network.parameters())
