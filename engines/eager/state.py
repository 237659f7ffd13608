"""All that a training carries from step to step, by the names of its checkpoints."""

from __future__ import annotations

from typing import Any, Dict

from engines.common.flags.settings import Settings
from engines.eager.early_stopping import EarlyStopping
from engines.eager.framework import tf
from engines.eager.layers import Layers
from engines.eager.networks import Network
from engines.eager.optimizer import Momentum
from engines.eager.parameters import Parameters

STEP = "global_step"


def new_parameters(network: Network, options: Settings) -> Parameters:
    """The network's variables with their initial values, made by one pass over one blank image."""
    parameters = Parameters(options.seed)
    side = min(32, network.input_size(training=False))
    network.logits(Layers(parameters), tf.zeros([1, side, side, 3]))
    return parameters


class TrainingState:
    """The variables of a training: the network's, the optimizer's, the step and the early stopping."""

    def __init__(self, network: Network, options: Settings) -> None:
        self.parameters = new_parameters(network, options)
        self.trained: Dict[str, Any] = {
            name: variable for name, variable in self.parameters.variables.items() if network.trains(name)
        }
        self.optimizer = Momentum(self.trained, options.momentum)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.early_stopping = EarlyStopping()

    @property
    def variables(self) -> Dict[str, Any]:
        """All of them by name."""
        return {
            **self.parameters.variables,
            **self.optimizer.slots,
            **self.early_stopping.variables,
            STEP: self.step,
        }
