"""The device that a rank computes on, behind one interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ContextManager, Iterable, TypeVar, Union

import torch
from torch import Tensor, nn

Moved = TypeVar("Moved", bound=Union[Tensor, nn.Module])


class TorchDevice:
    """One rank's device."""

    name: str
    """As the backend's choice calls it."""

    collectives: str
    """The name of torch.distributed for the way to the other ranks."""

    low_precision: torch.dtype
    """The numbers of mixed precision."""

    threads = 1
    """Host threads this rank may use."""

    def autocast(self) -> ContextManager[Any]:
        """Operations in :attr:`low_precision` where that is safe."""
        raise NotImplementedError

    def grad_scaler(self, scale: float) -> Any:
        """A loss scaler, fixed at ``scale``, or dynamic where that is -1; ``None`` where none is needed."""
        raise NotImplementedError

    def sgd(self, parameters: Iterable[Tensor], **settings: Any) -> torch.optim.SGD:
        """The optimizer."""
        return torch.optim.SGD(parameters, **settings)

    def move(self, value: Moved) -> Moved:
        """The tensor or network ``value`` on the device."""
        raise NotImplementedError

    def seed(self, value: int) -> None:
        """Set the random numbers that follow."""
        raise NotImplementedError

    def synchronise(self) -> None:
        """Wait for the device."""
        raise NotImplementedError

    def profile(self, folder: Path, worker: str) -> Any:
        """A profiler whose trace, for Chrome and TensorBoard, goes into ``folder`` when it stops."""
        raise NotImplementedError

    def start_dump(self, folder: Path, overflow: bool) -> None:
        """Have the device dump every operator, or those that overflow, into ``folder``."""

    def stop_dump(self) -> None:
        """End what :meth:`start_dump` began."""
