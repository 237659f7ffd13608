"""All that a training carries from step to step, by the names of its checkpoints."""

from __future__ import annotations

from typing import Dict, Optional

from engines.common.flags.settings import Settings
from engines.eager.framework import tf
from engines.eager.layers import Layers
from engines.eager.networks import EagerNetwork
from engines.eager.optimizer import Momentum
from engines.eager.parameters import Parameters
from engines.ops.framework import Tensor

STEP = "global_step"


def new_parameters(network: EagerNetwork, options: Settings) -> Parameters:
    """The network's variables with their initial values, made by one pass over one blank image."""
    parameters = Parameters(options.seed)
    side = min(32, network.input_size(training=False))
    network.logits(Layers(parameters), tf.zeros([1, side, side, 3]))
    return parameters


class EarlyStopping:
    """Counts the evaluations since the best one, in variables, so that checkpoints keep the count."""

    def __init__(self) -> None:
        self._best = tf.Variable(-1.0, trainable=False)
        self._since = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.variables: Dict[str, Tensor] = {
            "early_stopping/best": self._best,
            "early_stopping/evaluations_since": self._since,
        }

    def judge(self, top1: float) -> bool:
        """Take in an evaluation and say whether it is the best so far."""
        if top1 > float(self._best):
            self._best.assign(top1)
            self._since.assign(0)
            return True
        self._since.assign_add(1)
        return False

    def exhausted(self, patience: Optional[int]) -> bool:
        """Whether ``patience`` evaluations have passed without a better one."""
        return patience is not None and int(self._since) >= patience


class TrainingState:
    """The variables of a training: the network's, the optimizer's, the step and the early stopping."""

    def __init__(self, network: EagerNetwork, options: Settings) -> None:
        self.parameters = new_parameters(network, options)
        self.trained: Dict[str, Tensor] = {
            name: variable for name, variable in self.parameters.variables.items() if network.trains(name)
        }
        self.optimizer = Momentum(self.trained, options.momentum)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.early_stopping = EarlyStopping()

    @property
    def variables(self) -> Dict[str, Tensor]:
        """All of them by name."""
        return {
            **self.parameters.variables,
            **self.optimizer.slots,
            **self.early_stopping.variables,
            STEP: self.step,
        }
