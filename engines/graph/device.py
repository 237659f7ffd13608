"""The device that a rank computes on, behind one interface."""

from __future__ import annotations

from typing import Callable, Optional

from engines.common.stop_flag import StopFlag
from engines.graph.collectives import Collectives
from engines.graph.framework import Operation, Session
from engines.graph.optimizer import LossScale, Optimizer, RankedOptimizer
from engines.ops.framework import Tensor


class GraphDevice:
    """One rank's device, and its way to the other ranks."""

    collectives: Collectives

    threads = 1
    """Host threads this rank may use."""

    steps_per_call = 1
    """Training steps that one run of the looped update makes."""

    drop: Optional[Callable[[Tensor, float], Tensor]] = None
    """Dropout as the device does it, given activations and the probability to keep one."""

    def connect(self, stop: StopFlag, on_loss: Callable[[int], int]) -> bool:
        """Meet the other ranks; ``False`` when a stop was asked for before all were there.

        ``on_loss`` is called when a rank is lost while this one waits for it, with that rank; the process
        ends with the code it returns.
        """
        return True

    def fit_loop(self, steps: int) -> None:
        """Choose :attr:`steps_per_call` for a training of ``steps`` steps to come, which it has to divide."""

    def place(self) -> Optional[str]:
        """The name of the device for this rank's operations; ``None`` leaves it to the framework."""
        return None

    def optimizer(self, optimizer: Optimizer, loss_scale: LossScale) -> RankedOptimizer:
        """``optimizer`` over all ranks: its gradients are means, and ``local_gradients`` this rank's own
        where the device can tell them."""
        raise NotImplementedError

    def build_farewell(self) -> None:
        """Add what :meth:`finish` needs to the graph."""

    def session(self) -> Session:
        """A session in which this rank's part of the graph runs."""
        raise NotImplementedError

    def loop(self, session: Session, update: Operation) -> Operation:
        """The operation that makes :attr:`steps_per_call` steps of ``update``; may add to the graph."""
        return update

    def finish(self, session: Session) -> None:
        """Part from the other ranks: no collective follows."""

    def close(self, session: Session) -> None:
        """Give the device back."""
        session.close()

    def lost_peer(self) -> Optional[int]:
        """A rank that has gone, or ``None`` where none has or the device cannot tell."""
        return None
