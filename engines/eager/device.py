"""The device that a rank computes on, behind one interface."""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence

from engines.common.stop_flag import StopFlag
from engines.eager.framework import tf
from engines.ops.framework import DType, Tensor


class EagerDevice:
    """One rank's device, and its way to the other ranks.

    The operations over all ranks are built inside traced functions, on every rank the same ones in the same
    order.
    """

    threads = 1
    """Host threads this rank may use."""

    dtype: DType = tf.float32
    """The numbers that convolutions compute in, where this program decides it and not the device."""

    pointwise_products = False
    """Whether 1 x 1 convolutions are faster as matrix products, which they are."""

    loss_scale = 1.0
    """Factor on the loss, so that small gradients do not vanish in half precision."""

    def connect(self, stop: StopFlag, on_loss: Callable[[int], int]) -> bool:
        """Open the device and meet the other ranks; ``False`` when a stop was asked for before all were there.

        ``on_loss`` is called when a rank is lost while this one waits for it, with that rank; the process
        ends with the code it returns.
        """
        raise NotImplementedError

    def begin(self, function: str) -> None:
        """The function called ``function`` is traced from here on."""

    def mean(self, tensors: Sequence[Tensor]) -> List[Tensor]:
        """Each of ``tensors`` averaged over the ranks."""
        raise NotImplementedError

    def sum(self, tensor: Tensor) -> Tensor:
        """``tensor`` summed over the ranks."""
        raise NotImplementedError

    def broadcast(self, variables: Sequence[Tensor]) -> None:
        """Give every rank the values that rank 0 has."""
        raise NotImplementedError

    def finish(self) -> None:
        """Part from the other ranks: no operation over them follows."""

    def close(self) -> None:
        """Give the device back."""

    def lost_peer(self) -> Optional[int]:
        """A rank that has gone, or ``None`` where none has or the device cannot tell."""
        return None
