"""Computing on the host's cores: sessions, threads, precision, and collectives between processes."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Callable, Optional

from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig

from engines.common.devices.peers import PeerWatch, wait_for_peers
from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.stop_flag import StopFlag
from engines.graph.collectives import CpuCollectives
from engines.graph.device import GraphDevice
from engines.graph.framework import VERSION, Session, tf
from engines.graph.optimizer import LossScale, MeanGradientOptimizer, Optimizer

MIXING = "auto_mixed_precision_onednn_bfloat16"
"""The rewrite option that mixes; TensorFlow has it from 2.9 on."""


class GraphCpu(GraphDevice):
    """One rank of a CPU run. Several ranks talk through an in-process TensorFlow server each."""

    def __init__(self, ranks: RankEnvironment, threads: int, bfloat16: bool = False) -> None:
        """``bfloat16`` mixes precision: TensorFlow chooses which operations compute in bfloat16."""
        if bfloat16 and not hasattr(tf.ConfigProto().graph_options.rewrite_options, MIXING):
            raise UsageError(
                "TensorFlow {} cannot mix bfloat16 on CPU; choose a newer one, or leave --precision_mode "
                "out.".format(VERSION)
            )
        self._bfloat16 = bfloat16
        self.threads = threads or max(1, len(os.sched_getaffinity(0)) // ranks.world_size)
        self.collectives: CpuCollectives = CpuCollectives(ranks.rank, ranks.world_size)
        self._ranks = ranks
        self._target = ""
        self._farewell: Any = None
        self._server: Any = None
        self._watch: Optional[PeerWatch] = None

    def connect(self, stop: StopFlag, on_loss: Callable[[int], int]) -> bool:
        """See :class:`GraphDevice`."""
        if self._ranks.world_size == 1:
            return True
        cluster = tf.train.ClusterSpec({"worker": list(self._ranks.peers)})
        try:
            self._server = tf.distribute.Server(
                cluster, job_name="worker", task_index=self._ranks.rank, config=self._config()
            )
        except tf.errors.OpError as error:
            address = self._ranks.peers[self._ranks.rank]
            raise UsageError(
                "Rank {} cannot listen at {}: {}.".format(self._ranks.rank, address, error)
            ) from None
        self._target = self._server.target
        if not wait_for_peers(self._ranks.peers, stop):
            return False
        self._watch = PeerWatch(self._ranks.rank, self._ranks.peers, on_loss)
        self._watch.start()
        return True

    def session(self) -> Session:
        """See :class:`GraphDevice`."""
        return tf.Session(self._target, config=self._config())

    def place(self) -> str:
        """See :class:`GraphDevice`."""
        return (
            "/job:worker/task:{}/cpu:0".format(self._ranks.rank) if self._ranks.world_size > 1 else "/cpu:0"
        )

    def optimizer(self, optimizer: Optimizer, loss_scale: LossScale) -> MeanGradientOptimizer:
        """See :class:`GraphDevice`; float32 needs no loss scale, so ``loss_scale`` is not used."""
        return MeanGradientOptimizer(optimizer, self.collectives)

    def build_farewell(self) -> None:
        """See :class:`GraphDevice`."""
        self._farewell = self.collectives.sum(tf.constant(0.0))

    def finish(self, session: Session) -> None:
        """See :class:`GraphDevice`."""
        if self._watch is not None:
            self._watch.part(lambda: self._say_farewell(session))

    def close(self, session: Session) -> None:
        """See :class:`GraphDevice`; beside other ranks the session is left to the process's end, as closing it
        would wait for a farewell that is not answered any more."""
        if self._watch is None:
            session.close()

    def lost_peer(self) -> Optional[int]:
        """See :class:`GraphDevice`."""
        return self._watch.lost_peer() if self._watch is not None else None

    def _config(self) -> Any:
        config = tf.ConfigProto(
            intra_op_parallelism_threads=self.threads,
            inter_op_parallelism_threads=max(2, self.threads),
            allow_soft_placement=True,
        )
        rewrite = config.graph_options.rewrite_options
        if self._bfloat16:
            setattr(rewrite, MIXING, RewriterConfig.ON)
        else:  # rewriting takes long on graphs of thousands of operations, and steps are no faster for it
            rewrite.disable_meta_optimizer = True
        if self._ranks.world_size > 1:
            config.experimental.collective_group_leader = "/job:worker/replica:0/task:0"
            config.device_filters.append("/job:worker/task:{}".format(self._ranks.rank))
        return config

    def _say_farewell(self, session: Session) -> None:
        with contextlib.suppress(tf.errors.OpError):  # another rank has left already
            session.run(self._farewell)
