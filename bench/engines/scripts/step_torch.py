"""``step_torch.py NETWORK BATCH SIZE CLASSES THREADS STEPS``: images/s of a training step as it is usually written.

WideResNet comes plain, from the paper; ResNet-50 from timm.
"""

from __future__ import annotations

import sys
import time
import types

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """Pre-activation block."""

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(before), nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.dropout = nn.Dropout(0.3)
        same = before == channels
        self.shortcut = nn.Identity() if same else nn.Conv2d(before, channels, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``x`` after the block."""
        activated = functional.relu(self.bn1(x))
        shortcut = self.shortcut(x if isinstance(self.shortcut, nn.Identity) else activated)
        return self.conv2(self.dropout(functional.relu(self.bn2(self.conv1(activated))))) + shortcut


def wide_resnet(depth: int, width: int, classes: int) -> nn.Module:
    """WRN-``depth``-``width``."""
    layers, before = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)], 16
    for channels, stride in ((16 * width, 1), (32 * width, 2), (64 * width, 2)):
        for number in range((depth - 4) // 6):
            layers.append(Block(before, channels, stride if number == 0 else 1))
            before = channels
    head = [nn.BatchNorm2d(before), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *head, nn.Linear(before, classes))


def timm_network(name: str, classes: int) -> nn.Module:
    """A network of timm's. Its torchvision comes without its own operators on CPU, which are not needed."""
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
    import timm

    return timm.create_model(name, num_classes=classes)


def main(name: str, batch: int, size: int, classes: int, threads: int, steps: int) -> None:
    """Print the rate."""
    torch.set_num_threads(threads)
    wide = name.startswith("wrn-")
    network = wide_resnet(*map(int, name.split("-")[1:]), classes) if wide else timm_network(name, classes)
    optimizer = torch.optim.SGD(network.parameters(), 0.1, 0.9, weight_decay=5e-4)
    images, labels = torch.randn(batch, 3, size, size), torch.randint(classes, (batch,))
    network.train()
    for step in range(-2, steps):
        if step == 0:
            began = time.perf_counter()
        optimizer.zero_grad()
        functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
    print(batch * steps / (time.perf_counter() - began))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
