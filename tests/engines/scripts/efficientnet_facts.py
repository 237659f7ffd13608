"""The EfficientNets as graphs, as JSON: sizes, names, initial weights, and what is random in training.

``efficientnet_facts.py VARIANT…``: of each variant, such as b0, the sizes.
"""

import json
import sys

import numpy as np

from engines.efficientnet import recipe
from engines.efficientnet.train import EfficientNet
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.graph.towers import parameter_count

SMALL = ("--width_coefficient=0.25", "--depth_coefficient=0.3", "--image_size=32", "--num_classes=4")


def network(*flags):
    return EfficientNet(recipe.parse(list(flags)))


def layers_of(net, training, step=0, noise_seed=0):
    step = tf.constant(step, tf.int64)
    return Layers(training, 5, net.conv_kernel, net.dense_kernel, noise_seed=noise_seed, step=step)


def sizes(*flags):
    """How many trained values and moving statistics a network has."""
    net = network(*flags)
    with tf.Graph().as_default():
        layers = layers_of(net, True)
        net.logits(layers, tf.zeros([1, net.options.image_size, net.options.image_size, 3]))
        trained = parameter_count(variable for variable, _ in layers.parameters)
        return [trained, parameter_count(one.variable for one in layers.statistics)]


def published():
    """Shapes of the variables of B0, which of them decay, and the spread of some initial kernels."""
    net = network()
    with tf.Graph().as_default(), tf.Session() as session:
        layers = layers_of(net, True)
        net.logits(layers, tf.zeros([1, 224, 224, 3]))
        variables = {variable.op.name: variable for variable, _ in layers.parameters}
        session.run(tf.global_variables_initializer())
        wanted = (
            "head/conv2d/kernel",
            "blocks_12/depthwise_conv2d/depthwise_kernel",
            "blocks_5/se/conv2d/kernel",
        )
        kernels = {name: session.run(variables["efficientnet-b0/model/" + name]) for name in wanted}
        dense = session.run(variables["efficientnet-b0/model/head/dense/kernel"])
        return {
            "shapes": {name: variable.shape.as_list() for name, variable in variables.items()},
            "decayed": [name for name in variables if net.decays(name)],
            "deviations": {name: float(kernel.std()) for name, kernel in kernels.items()},
            "dense": [float(dense.min()), float(dense.max())],
        }


def drop_connect():
    """What is left of ones, per image and step, in training and in evaluation."""
    net = network()
    with tf.Graph().as_default(), tf.Session() as session:
        ones = tf.ones([400, 2, 2, 3])
        kept = [
            layers_of(net, True, step, seed).drop_connect("d", ones, 0.25)
            for step, seed in ((0, 0), (0, 1), (1, 0))
        ]
        kept.append(layers_of(net, False).drop_connect("d", ones, 0.25))
        return [values.reshape(400, -1).tolist() for values in session.run(kept)]


def repeatable(training):
    """Whether two towers on the same variables give the same logits at different steps."""
    net = network(*SMALL)
    images = tf.constant(np.random.RandomState(1).randn(4, 32, 32, 3).astype(np.float32))
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
        logits = [net.logits(layers_of(net, training, step), images) for step in (1, 2)]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        one, other = session.run(logits)
        return bool((one == other).all())


with tf.Graph().as_default():
    evaluation_repeats = repeatable(False)
with tf.Graph().as_default():
    training_repeats = repeatable(True)

print(
    json.dumps(
        {
            "sizes": {name: sizes("--model_name=efficientnet-" + name) for name in sys.argv[1:]},
            "ten": sizes("--num_classes=10"),
            "background": sizes("--num_label_classes=1001"),
            "published": published(),
            "drop_connect": drop_connect(),
            "evaluation_repeats": evaluation_repeats,
            "training_repeats": training_repeats,
        }
    )
)
