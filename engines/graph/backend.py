"""What the trainer asks of the device it computes on."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from engines.graph.networks import LossScale
from engines.training.stop_flag import StopFlag


class Collectives:
    """Operations over all ranks. Every rank must build the same ones in the same order."""

    def sum(self, tensor: Any) -> Any:
        """``tensor`` summed over the ranks."""
        raise NotImplementedError

    def broadcast(self, variables: Sequence[Any]) -> Any:
        """An operation that gives every rank the values that rank 0 has."""
        raise NotImplementedError


class Backend:
    """One rank's device, and its way to the other ranks."""

    collectives: Collectives

    threads = 1
    """Host threads this rank may use."""

    steps_per_call = 1
    """Training steps that one run of the looped update makes."""

    drop: Optional[Callable[[Any, float], Any]] = None
    """Dropout as the device does it, given activations and the probability to keep one."""

    def connect(self, stop: StopFlag, on_loss: Callable[[int], int]) -> bool:
        """Meet the other ranks; ``False`` when a stop was asked for before all were there.

        ``on_loss`` is called when a rank is lost while this one waits for it, with that rank; the process
        ends with the code it returns.
        """
        return True

    def fit_loop(self, steps: int) -> None:
        """Choose :attr:`steps_per_call` for a training of ``steps`` steps to come, which it has to divide."""

    def device(self) -> Optional[str]:
        """Where this rank's operations are placed; ``None`` leaves it to the framework."""
        return None

    def optimizer(self, optimizer: Any, loss_scale: LossScale) -> Any:
        """``optimizer`` over all ranks: its gradients are means, and ``local_gradients`` this rank's own
        where the backend can tell them."""
        raise NotImplementedError

    def build_farewell(self) -> None:
        """Add what :meth:`finish` needs to the graph."""

    def session(self) -> Any:
        """A session in which this rank's part of the graph runs."""
        raise NotImplementedError

    def loop(self, session: Any, update: Any) -> Any:
        """The operation that makes :attr:`steps_per_call` steps of ``update``; may add to the graph."""
        return update

    def finish(self, session: Any) -> None:
        """Part from the other ranks: no collective follows."""

    def close(self, session: Any) -> None:
        """Give the device back."""
        session.close()

    def lost_peer(self) -> Optional[int]:
        """A rank that has gone, or ``None`` where none has or the backend cannot tell."""
        return None
