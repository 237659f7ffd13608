"""The two graphs of a job: one training step, and one batch of evaluation."""

from __future__ import annotations

from typing import Any, Iterable, NamedTuple, Tuple

import numpy as np

from engines.common.job import Job
from engines.common.plan import StepPlan
from engines.graph.backend import Backend
from engines.graph.framework import tf
from engines.graph.layers import Layers
from engines.graph.losses import half_squares, in_top
from engines.graph.networks import Network
from engines.graph.optimizer import Gradients, with_weight_decay
from engines.graph.overflow import OverflowCheck
from engines.graph.taps import Taps

RANK_STRIDE = 1 << 33
"""Distance between the dropout seeds of two ranks: more than the 32 bits a layer's name adds."""


class TrainingTower(NamedTuple):
    """One step. ``update`` applies it; ``means`` is ``[loss, top1]`` over all ranks, ``stops`` how many ranks
    asked to stop by feeding 1 to ``stop``, ``overflows`` how many ranks found one (0 where nothing is
    checked); ``total_loss`` adds the weight decay; ``lr`` is what was used;
    ``parameters`` pairs each trained variable with its value before the update."""

    update: Any
    means: Any
    stops: Any
    overflows: Any
    total_loss: Any
    lr: Any
    stop: Any
    global_step: Any
    parameters: Tuple[Tuple[Any, Any], ...]
    taps: Taps


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
    taps.record("images", images)
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
    _tap_gradients(taps, optimizer.local_gradients)
    checked = (
        [OverflowCheck(job, taps, step).total] if job.toggles.overflow_dump and job.live_debugging else []
    )
    with tf.control_dependencies(checked):
        pairs = with_weight_decay(pairs, values, options.weight_decay)
        update = optimizer.apply_gradients(pairs, global_step)

    top1 = tf.reduce_mean(in_top(logits, labels, 1))
    overflowed = tf.cast(checked[0] > 0, tf.float32) if checked else tf.constant(0.0)
    report = backend.collectives.sum(tf.stack([loss, top1, stop, overflowed]))
    means = report[:2] * (1.0 / job.ranks.world_size)
    return TrainingTower(
        update=update,
        means=means,
        stops=report[2],
        overflows=report[3],
        total_loss=means[0] + options.weight_decay * half_squares(values),
        lr=lr,
        stop=stop,
        global_step=global_step,
        parameters=tuple(layers.parameters),
        taps=taps,
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
    local = tf.stack([*sums, tf.reduce_sum(weights), stop])
    return EvaluationTower(backend.collectives.sum(local), stop)


def parameter_count(variables: Iterable[Any]) -> int:
    """Number of scalars in ``variables``."""
    return sum(variable.shape.num_elements() for variable in variables)


def _tap_gradients(taps: Taps, gradients: Gradients) -> None:
    """Tap each variable's gradient of this rank, in the order of the backward pass."""
    layers = {tap.name: dict(tap.inputs) for tap in taps.items}
    for gradient, variable in reversed(gradients):
        layer, _, kind = variable.op.name.rpartition("/")
        inputs = layers[layer]
        taps.record(variable.op.name + "/gradient", gradient, input=inputs["input"], variable=inputs[kind])


def _learning_rate(network: Network, plan: StepPlan, step: Any) -> Any:
    """The schedule as a table, so that it also works where the device runs many steps on its own."""
    table = np.array([network.learning_rate(plan, i) for i in range(plan.total_steps)], dtype=np.float32)
    return tf.gather(tf.constant(table), tf.minimum(step, plan.total_steps - 1))
