"""Computing on the host's cores: threads, precision, and the other ranks as processes."""

from __future__ import annotations

import contextlib
import os
from typing import Callable, List, Optional, Sequence

from engines.common.devices.backend_selection import BFLOAT16_MODE
from engines.common.devices.peers import PeerWatch, wait_for_peers
from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.stop_flag import StopFlag
from engines.eager.collectives import Collectives, serve
from engines.eager.device import EagerDevice
from engines.eager.framework import require_version, tf
from engines.ops.framework import Tensor


class EagerCpu(EagerDevice):
    """One rank of a CPU run."""

    pointwise_products = True

    def __init__(self, ranks: RankEnvironment, threads: int, precision_mode: Optional[str]) -> None:
        self.threads = threads or max(1, len(os.sched_getaffinity(0)) // ranks.world_size)
        self._ranks = ranks
        self._collectives = Collectives(ranks.rank, ranks.world_size)
        self._watch: Optional[PeerWatch] = None
        if precision_mode == BFLOAT16_MODE:
            require_version((2, 9), "--precision_mode {} on CPU".format(precision_mode))
            self.dtype = tf.bfloat16

    def connect(self, stop: StopFlag, on_loss: Callable[[int], int]) -> bool:
        """See :class:`EagerDevice`."""
        tf.config.threading.set_intra_op_parallelism_threads(self.threads)
        tf.config.threading.set_inter_op_parallelism_threads(max(2, self.threads))
        if self._ranks.world_size == 1:
            return True
        try:
            serve(self._ranks.peers, self._ranks.rank)
        except tf.errors.OpError as error:
            address = self._ranks.peers[self._ranks.rank]
            raise UsageError(
                "Rank {} cannot listen at {}: {}.".format(self._ranks.rank, address, error.message)
            ) from None
        if not wait_for_peers(self._ranks.peers, stop):
            return False
        self._watch = PeerWatch(self._ranks.rank, self._ranks.peers, on_loss)
        self._watch.start()
        return True

    def begin(self, function: str) -> None:
        """See :class:`EagerDevice`."""
        self._collectives.begin(function)

    def mean(self, tensors: Sequence[Tensor]) -> List[Tensor]:
        """See :class:`EagerDevice`."""
        return self._collectives.mean(tensors)

    def sum(self, tensor: Tensor) -> Tensor:
        """See :class:`EagerDevice`."""
        return self._collectives.sum(tensor)

    def broadcast(self, variables: Sequence[Tensor]) -> None:
        """See :class:`EagerDevice`."""
        self._collectives.broadcast(variables)

    def finish(self) -> None:
        """See :class:`EagerDevice`."""
        if self._watch is not None:
            self._watch.part(self._say_farewell)

    def lost_peer(self) -> Optional[int]:
        """See :class:`EagerDevice`."""
        return self._watch.lost_peer() if self._watch is not None else None

    def _farewell(self) -> Tensor:
        self.begin("farewell")
        return self.sum(tf.constant(0.0))

    def _say_farewell(self) -> None:
        with contextlib.suppress(tf.errors.OpError):  # another rank has left already
            tf.function(self._farewell, autograph=False)()
