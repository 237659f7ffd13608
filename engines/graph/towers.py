"""The two graphs of a job: one training step, and one batch of evaluation."""

from __future__ import annotations

from typing import Dict, Iterable, NamedTuple, Optional, Tuple

import numpy as np

from engines.common.dumps.taps import Taps
from engines.common.job import Job
from engines.common.step_plan import StepPlan
from engines.graph.averages import MovingAverages, follow_statistics
from engines.graph.device import GraphDevice
from engines.graph.framework import Operation, tf
from engines.graph.layers import Layers
from engines.graph.networks import GraphNetwork
from engines.graph.optimizer import Gradients, with_weight_decay
from engines.ops.framework import Tensor
from engines.ops.losses import half_squares, in_top
from engines.ops.overflow import OverflowCheck

RANK_STRIDE = 1 << 33
"""Distance between the dropout seeds of two ranks: more than the 32 bits a layer's name adds."""


class TrainingTower(NamedTuple):
    """One step. ``update`` applies it; ``means`` is ``[loss, top1, top5]`` over all ranks, ``stops`` how many
    ranks asked to stop by feeding 1 to ``stop``, ``overflows`` how many ranks found one (0 where nothing is
    checked); ``decay`` is the weight decay's part of what is minimised; ``lr`` is what was used;
    ``parameters`` pairs each trained variable with its value before the update; ``statistics`` are the variables
    of batch normalisation beside them; ``averages`` are those that the network is scored by, if any."""

    update: Operation
    means: Tensor
    stops: Tensor
    overflows: Tensor
    decay: Tensor
    lr: Tensor
    stop: Tensor
    global_step: Tensor
    parameters: Tuple[Tuple[Tensor, Tensor], ...]
    statistics: Tuple[Tensor, ...]
    averages: Optional[MovingAverages]
    taps: Taps


class EvaluationTower(NamedTuple):
    """One batch. ``sums`` is ``[loss, top1, top5, images, stops]`` summed over its images and all ranks;
    ``decay`` is the weight decay's part of the loss in training; ``parameters`` is how many scalars the network
    has been trained to."""

    sums: Tensor
    decay: Tensor
    stop: Tensor
    parameters: int


def build_training(
    network: GraphNetwork, job: Job, device: GraphDevice, plan: StepPlan, batch: Tuple[Tensor, Tensor]
) -> TrainingTower:
    """Forward, backward and update on ``batch`` (images, labels)."""
    options = job.options
    images, labels = batch
    stop = tf.placeholder_with_default(0.0, [], "stop")
    global_step = tf.get_variable(
        "global_step",
        [],
        tf.int64,
        tf.zeros_initializer(),
        trainable=False,
        collections=[tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.GLOBAL_STEP],
        use_resource=True,
    )
    step = global_step.read_value()
    taps = Taps()
    taps.record("images", images)
    layers = Layers(
        True,
        options.seed,
        network.conv_kernel,
        network.dense_kernel,
        taps,
        noise_seed=job.ranks.rank * RANK_STRIDE + options.seed,
        step=step,
        drop=device.drop,
    )
    logits = network.logits(layers, images)
    loss = tf.reduce_mean(network.losses(logits, labels))
    taps.record("loss", loss, logits=logits, labels=labels)

    lr = _learning_rate(network, plan, step)
    variables = [variable for variable, _ in layers.parameters]
    decayed = _decayed(network, layers)
    optimizer = device.optimizer(network.optimizer(lr), network.loss_scale)
    pairs = optimizer.compute_gradients(loss, variables)
    _tap_gradients(taps, optimizer.local_gradients)
    checked = (
        [OverflowCheck(job, taps, step).total] if job.toggles.overflow_dump and job.live_debugging else []
    )
    with tf.control_dependencies(checked):
        pairs = with_weight_decay(pairs, decayed, options.weight_decay)
        applied = optimizer.apply_gradients(pairs, global_step)
        followed = follow_statistics(layers.statistics, device.collectives, job.ranks.world_size)
    averages = _averages(network, layers)
    with tf.control_dependencies([applied, followed]):
        update = averages.update(step + 1) if averages is not None else tf.no_op()

    top1, top5 = [tf.reduce_mean(in_top(logits, labels, k)) for k in (1, 5)]
    overflowed = tf.cast(checked[0] > 0, tf.float32) if checked else tf.constant(0.0)
    report = device.collectives.sum(tf.stack([loss, top1, top5, stop, overflowed]))
    return TrainingTower(
        update=update,
        means=report[:3] * (1.0 / job.ranks.world_size),
        stops=report[3],
        overflows=report[4],
        decay=options.weight_decay * half_squares(list(decayed.values())),
        lr=lr,
        stop=stop,
        global_step=global_step,
        parameters=tuple(layers.parameters),
        statistics=tuple(one.variable for one in layers.statistics),
        averages=averages,
        taps=taps,
    )


def build_evaluation(
    network: GraphNetwork, job: Job, device: GraphDevice, batch: Tuple[Tensor, Tensor, Tensor]
) -> EvaluationTower:
    """Score ``batch`` (images, labels, weights) with the variables of the training tower, or new ones."""
    images, labels, weights = batch
    stop = tf.placeholder_with_default(0.0, [], "stop_evaluation")
    layers = inference_layers(network, job)
    logits = network.logits(layers, images)
    per_image = [network.losses(logits, labels), in_top(logits, labels, 1), in_top(logits, labels, 5)]
    sums = [tf.reduce_sum(values * weights) for values in per_image]
    local = tf.stack([*sums, tf.reduce_sum(weights), stop])
    decay = job.options.weight_decay * half_squares(list(_decayed(network, layers).values()))
    trained = parameter_count(variable for variable, _ in layers.parameters)
    return EvaluationTower(device.collectives.sum(local), decay, stop, trained)


def inference_layers(network: GraphNetwork, job: Job) -> Layers:
    """The layers by which ``network`` is scored and exported: with moving averages where it has them."""
    return Layers(
        False,
        job.options.seed,
        network.conv_kernel,
        network.dense_kernel,
        averaged=network.average_decay > 0.0,
    )


def parameter_count(variables: Iterable[Tensor]) -> int:
    """Number of scalars in ``variables``."""
    return sum(variable.shape.num_elements() for variable in variables)


def _decayed(network: GraphNetwork, layers: Layers) -> Dict[str, Tensor]:
    """The values that weight decay holds for, by the names of their variables."""
    return {
        variable.op.name: value for variable, value in layers.parameters if network.decays(variable.op.name)
    }


def _tap_gradients(taps: Taps, gradients: Gradients) -> None:
    """Tap each variable's gradient of this rank, in the order of the backward pass."""
    layers = {tap.name: dict(tap.inputs) for tap in taps.items}
    for gradient, variable in reversed(gradients):
        layer, _, kind = variable.op.name.rpartition("/")
        inputs = layers[layer]
        taps.record(variable.op.name + "/gradient", gradient, input=inputs["input"], variable=inputs[kind])


def _averages(network: GraphNetwork, layers: Layers) -> Optional[MovingAverages]:
    """Averages of the trained variables and of batch normalisation's statistics."""
    if network.average_decay <= 0.0:
        return None
    trained = [variable for variable, _ in layers.parameters]
    return MovingAverages(network.average_decay, trained + [one.variable for one in layers.statistics])


def _learning_rate(network: GraphNetwork, plan: StepPlan, step: Tensor) -> Tensor:
    """The schedule as a table, so that it also works where the device runs many steps on its own."""
    table = np.array([network.learning_rate(plan, i) for i in range(plan.total_steps)], dtype=np.float32)
    return tf.gather(tf.constant(table), tf.minimum(step, plan.total_steps - 1))
