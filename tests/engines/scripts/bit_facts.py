"""Print facts of BiT's network as JSON, and write what its operations compute: ``bit_facts.py ARRAYS.npz``."""

import json
import sys

import numpy as np

from engines.bit.model import resnet_v2
from engines.eager.framework import tf
from engines.eager.layers import Layers, group_normalise, standardise
from engines.eager.optimizer import Momentum
from engines.eager.parameters import Parameters

parameters = Parameters(5)
logits = resnet_v2(Layers(parameters), tf.ones([1, 32, 32, 3]), 5)

generator = np.random.RandomState(3)
x = generator.normal(2.0, 3.0, (2, 5, 4, 64)).astype(np.float32)
gamma, beta = generator.normal(1.0, 0.3, (2, 64)).astype(np.float32)
kernel = generator.normal(0.5, 2.0, (3, 3, 8, 6)).astype(np.float32)
arrays = {
    "logits": logits,
    "x": x,
    "gamma": gamma,
    "beta": beta,
    "group_normalised": group_normalise(tf.constant(x), tf.constant(gamma), tf.constant(beta), 32),
    "kernel": kernel,
    "standardised": standardise(tf.constant(kernel)),
    "pooled": Layers(parameters).max_pool("pool", tf.fill([1, 5, 5, 1], -1.0), 3, 2, 1),
}

variable = tf.Variable([1.0, -2.0])
momentum = Momentum({"w": variable}, 0.9)
followed = []
for gradient, lr in (([0.5, 1.0], 0.1), ([0.25, -1.0], 0.1), ([0.0, 0.5], 0.01)):
    momentum.apply([tf.constant(gradient)], lr)
    followed.append(variable.numpy())
arrays["followed"] = np.stack(followed)

np.savez(sys.argv[1], **{name: np.asarray(value) for name, value in arrays.items()})
shapes = {name: variable.shape.as_list() for name, variable in parameters.variables.items()}
print(json.dumps({"shapes": shapes}))
