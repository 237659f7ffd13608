"""The two traced functions of a job: one training step, and one batch of evaluation."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple

from engines.common.dumps.taps import Taps
from engines.common.job import Job
from engines.eager.device import EagerDevice
from engines.eager.framework import tf
from engines.eager.layers import Layers
from engines.eager.networks import EagerNetwork
from engines.eager.parameters import Parameters
from engines.eager.state import TrainingState
from engines.ops.framework import Tensor
from engines.ops.losses import in_top
from engines.ops.overflow import OverflowCheck, storable


class StepInput(NamedTuple):
    """The input of a step beside the batch, float32 scalars: the learning rate, the weight of a
    mixture, and 1 where this rank was asked to stop."""

    lr: Tensor
    mix_weight: Tensor
    stop: Tensor


class TrainingStep:
    """Forward, backward and update.

    A call returns ``numbers``, float32 ``[6]``: loss, top1 and top5, means over all ranks; how many ranks
    asked to stop; how many found an overflow (0 where nothing is checked); and whether the update was made.
    With ``dump`` it also returns every tapped tensor of this rank by name.
    """

    def __init__(self, job: Job, network: EagerNetwork, device: EagerDevice, state: TrainingState) -> None:
        self._job = job
        self._network = network
        self._device = device
        self._state = state
        self._checks_overflow = job.toggles.overflow_dump and job.live_debugging
        self._plain = tf.function(partial(self._step, dump=False), autograph=False)
        self._dumping = tf.function(partial(self._step, dump=True), autograph=False)

    def dump_size(self) -> int:
        """Bytes of all tapped tensors of this rank, told by tracing a step."""
        batch, side = self._job.options.batch_size, self._network.input_size(training=True)
        images, labels = tf.TensorSpec([batch, side, side, 3]), tf.TensorSpec([batch], tf.int32)
        given = StepInput(*(tf.TensorSpec([]) for _ in StepInput._fields))
        dumped = self._dumping.get_concrete_function(images, labels, given).structured_outputs["dump"]
        return sum(one.shape.num_elements() * one.dtype.size for one in dumped.values())

    def __call__(self, images: Tensor, labels: Tensor, given: StepInput, dump: bool) -> Dict[str, Any]:
        """Make the step."""
        function = self._dumping if dump else self._plain
        result: Dict[str, Any] = function(images, labels, given)
        return result

    def _step(self, images: Tensor, labels: Tensor, given: StepInput, dump: bool) -> Dict[str, Any]:
        state, device = self._state, self._device
        device.begin("train")
        taps = Taps() if dump or self._checks_overflow else None
        trained = list(state.trained.values())
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            logits, loss = self._forward(images, labels, given.mix_weight, taps)
            scaled = loss * device.loss_scale
        gradients = tape.gradient(scaled, trained)
        overflows = tf.constant(0, tf.int64)
        if taps is not None:
            _tap_gradients(taps, list(state.trained), gradients)
            if self._checks_overflow:
                overflows = OverflowCheck(self._job, taps, state.step.read_value()).total
        with tf.control_dependencies([overflows]):
            applied = self._update(device.mean(gradients), given.lr)
        local = [
            loss,
            tf.reduce_mean(in_top(logits, labels, 1)),
            tf.reduce_mean(in_top(logits, labels, 5)),
            given.stop,
            tf.cast(overflows > 0, tf.float32),
        ]
        sums = device.sum(tf.stack(local))
        means = sums[:3] / self._job.ranks.world_size
        return {
            "numbers": tf.concat([means, sums[3:], [tf.cast(applied, tf.float32)]], axis=0),
            "dump": {name: storable(one) for name, one in taps.tensors.items()} if taps and dump else {},
        }

    def _forward(
        self, images: Tensor, labels: Tensor, mix_weight: Tensor, taps: Optional[Taps]
    ) -> Tuple[Tensor, Tensor]:
        """Logits, and the mean cross-entropy over the batch."""
        network = self._network
        device = self._device
        layers = Layers(self._state.parameters, taps, device.dtype, device.pointwise_products)
        targets = tf.one_hot(labels, network.options.num_classes)
        images, targets = network.mix(images, targets, mix_weight)
        if taps is not None:
            taps.record("images", images)
        logits = network.logits(layers, images)
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=logits))
        if taps is not None:
            taps.record("loss", loss, logits=logits, labels=labels, targets=targets)
        return logits, loss

    def _update(self, gradients: Sequence[Tensor], lr: Tensor) -> Tensor:
        """Apply the gradients, which are those of the scaled loss, unless one overflowed by the scale; returns
        whether they were applied."""
        state, scale = self._state, self._device.loss_scale
        state.step.assign_add(1)
        if scale == 1.0:
            state.optimizer.apply(gradients, lr)
            return tf.constant(True)
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(one)) for one in gradients])

        def apply() -> Tensor:
            state.optimizer.apply([one / scale for one in gradients], lr)
            return tf.constant(True)

        return tf.cond(finite, apply, lambda: tf.constant(False))


class EvaluationStep:
    """Scores one batch (images, labels, weights).

    A call returns ``[loss, top1, top5, images, stops]`` summed over its images and all ranks.
    """

    def __init__(self, network: EagerNetwork, device: EagerDevice, parameters: Parameters) -> None:
        self._network = network
        self._device = device
        self._parameters = parameters
        self._function = tf.function(self._step, autograph=False)

    def __call__(self, images: Tensor, labels: Tensor, weights: Tensor, stop: Tensor) -> Tensor:
        """Score the batch."""
        return self._function(images, labels, weights, stop)

    def _step(self, images: Tensor, labels: Tensor, weights: Tensor, stop: Tensor) -> Tensor:
        device = self._device
        device.begin("evaluate")
        layers = Layers(self._parameters, None, device.dtype, device.pointwise_products)
        logits = self._network.logits(layers, images)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        per_image = [losses, in_top(logits, labels, 1), in_top(logits, labels, 5)]
        sums = [tf.reduce_sum(values * weights) for values in per_image]
        return device.sum(tf.stack([*sums, tf.reduce_sum(weights), stop]))


def share(device: EagerDevice, variables: Sequence[Tensor], stop: bool, function: str = "share") -> bool:
    """Give every rank the values that rank 0 has; returns whether some rank was asked to stop.

    ``function`` is another one for other variables.
    """

    def exchange() -> Tensor:
        device.begin(function)
        device.broadcast(variables)
        return device.sum(tf.constant(float(stop)))

    return float(tf.function(exchange, autograph=False)()) > 0


def _tap_gradients(taps: Taps, names: Sequence[str], gradients: Sequence[Tensor]) -> None:
    """Tap each variable's gradient of this rank, in the order of the backward pass."""
    layers = {tap.name: dict(tap.inputs) for tap in taps.items}
    for name, gradient in reversed(list(zip(names, gradients))):
        layer, _, kind = name.rpartition("/")
        inputs = layers[layer]
        taps.record(name + "/gradient", gradient, input=inputs["input"], variable=inputs[kind])
