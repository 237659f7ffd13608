"""The two graphs of a job: one training step, and one batch of evaluation."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Tuple

import numpy as np

from engines.common.job import Job
from engines.common.plan import StepPlan
from engines.graph.backend import Backend
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.graph.losses import half_squares, in_top
from engines.graph.networks import Network
from engines.graph.optimizer import Gradients, with_weight_decay
from engines.graph.taps import Taps

RANK_STRIDE = 1 << 33
"""Distance between the dropout seeds of two ranks: more than the 32 bits a layer's name adds."""


class TrainingTower(NamedTuple):
    """One step. ``update`` applies it; ``means`` is ``[loss, top1]`` over all ranks, ``stops`` how many ranks
    asked to stop by feeding 1 to ``stop``; ``total_loss`` adds the weight decay; ``lr`` is what was used."""

    update: Any
    means: Any
    stops: Any
    total_loss: Any
    lr: Any
    stop: Any
    global_step: Any
    variables: Tuple[Any, ...]
    taps: Taps
    local_gradients: Gradients


class EvaluationTower(NamedTuple):
    """One batch. ``sums`` is ``[loss, top1, top5, images, stops]`` summed over its images and all ranks."""

    sums: Any
    stop: Any


def build_training(
    network: Network, job: Job, backend: Backend, plan: StepPlan, batch: Tuple[Any, Any]
) -> TrainingTower:
    """Forward, backward and update on ``batch`` (images, labels)."""
    options = job.options
    images, labels = batch
    stop = tf.placeholder_with_default(0.0, [], "stop")
    global_step = tf.get_variable(
        "global_step", [], tf.int64, tf.zeros_initializer(), trainable=False, use_resource=True
    )
    step = global_step.read_value()
    taps = Taps()
    layers = Layers(
        True,
        options.seed,
        network.kernel_limit,
        taps,
        dropout_seed=job.ranks.rank * RANK_STRIDE + options.seed,
        step=step,
        drop=backend.drop,
    )
    logits = network.logits(layers, images)
    loss = tf.reduce_mean(network.losses(logits, labels))
    taps.record("loss", loss, logits=logits, labels=labels)

    lr = _learning_rate(network, plan, step)
    variables = [variable for variable, _ in layers.parameters]
    values = [value for _, value in layers.parameters]
    optimizer = backend.optimizer(network.optimizer(lr), options.loss_scale)
    pairs = optimizer.compute_gradients(loss, variables)
    for gradient, variable in optimizer.local_gradients:
        taps.record(variable.op.name + "/gradient", gradient)
    update = optimizer.apply_gradients(with_weight_decay(pairs, values, options.weight_decay), global_step)

    local = tf.stack([loss, tf.reduce_mean(in_top(logits, labels, 1)), stop])
    report = backend.collectives.sum(local)
    means = report[:2] * (1.0 / job.ranks.world_size)
    return TrainingTower(
        update=update,
        means=means,
        stops=report[2],
        total_loss=means[0] + options.weight_decay * half_squares(values),
        lr=lr,
        stop=stop,
        global_step=global_step,
        variables=tuple(variables),
        taps=taps,
        local_gradients=optimizer.local_gradients,
    )


def build_evaluation(
    network: Network, job: Job, backend: Backend, batch: Tuple[Any, Any, Any]
) -> EvaluationTower:
    """Score ``batch`` (images, labels, weights) with the variables of the training tower, or new ones."""
    images, labels, weights = batch
    stop = tf.placeholder_with_default(0.0, [], "stop_evaluation")
    layers = Layers(False, job.options.seed, network.kernel_limit)
    logits = network.logits(layers, images)
    per_image = [network.losses(logits, labels), in_top(logits, labels, 1), in_top(logits, labels, 5)]
    sums = [tf.reduce_sum(values * weights) for values in per_image]
    local = tf.stack(sums + [tf.reduce_sum(weights), stop])
    return EvaluationTower(backend.collectives.sum(local), stop)


def parameter_count(variables: "List[Any] | Tuple[Any, ...]") -> int:
    """Number of trained scalars."""
    return sum(variable.shape.num_elements() for variable in variables)


def _learning_rate(network: Network, plan: StepPlan, step: Any) -> Any:
    """The schedule as a table, so that it also works where the device runs many steps on its own."""
    table = np.array([network.learning_rate(plan, i) for i in range(plan.total_steps)], dtype=np.float32)
    return tf.gather(tf.constant(table), tf.minimum(step, plan.total_steps - 1))
