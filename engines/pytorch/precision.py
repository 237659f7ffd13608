"""The four levels of mixed precision, under the names that Apex gave them."""

from __future__ import annotations

import contextlib
from typing import Any, ContextManager

from torch import Tensor, nn

from engines.pytorch.device import TorchDevice


class Precision:
    """O0 computes in float32. O1 and O2 compute convolutions and products in the device's low precision from
    float32 weights, which are the master weights of Apex's O2. O3 has the network itself in low precision.

    ``scaler`` is the device's loss scaler under O1 and O2, or ``None`` where none is needed.
    """

    def __init__(self, level: str, device: TorchDevice, loss_scale: float) -> None:
        self._mixed = level in ("O1", "O2")
        self._low = level == "O3"
        self._device = device
        self.scaler: Any = device.grad_scaler(loss_scale) if self._mixed else None

    def convert(self, network: nn.Module) -> nn.Module:
        """``network`` with its weights in the numbers it trains in."""
        return network.to(self._device.low_precision) if self._low else network

    def input(self, images: Tensor) -> Tensor:
        """``images`` as the network takes them."""
        return images.to(self._device.low_precision) if self._low else images

    def context(self) -> ContextManager[Any]:
        """The context of the forward pass."""
        return self._device.autocast() if self._mixed else contextlib.nullcontext()
