"""Mode ``train`` and ``train_and_evaluate``: from the data to the result."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Optional

from torch import nn
from torch.nn.parallel import DistributedDataParallel

from engines.common.checkpoints.folder import CheckpointFolder
from engines.common.checkpoints.transfer import describe
from engines.common.job import Job
from engines.common.reporting.results import Result
from engines.common.step_plan import plan_steps
from engines.pytorch import checkpoints
from engines.pytorch.checkpoints import TrainingState
from engines.pytorch.collectives import ProcessGroup
from engines.pytorch.device import TorchDevice
from engines.pytorch.evaluation import Evaluation, new_module, parameter_count
from engines.pytorch.instruments import Instruments
from engines.pytorch.networks import TorchNetwork
from engines.pytorch.precision import Precision
from engines.pytorch.prefetching import Prefetched
from engines.pytorch.stepper import Parts, TorchStepper
from engines.training.outcome import announce, training_result
from engines.training.trainer import Trainer


def run_training(
    job: Job, network: TorchNetwork, device: TorchDevice, group: ProcessGroup
) -> Optional[Result]:
    """Train as ``job`` says; ``None`` when a stop was asked for before the data was there."""
    options = job.options
    images = network.training_images(job, device.threads)
    evaluated = network.evaluation_images(job, device.threads) if job.evaluates else None
    missing = images is None or (job.evaluates and evaluated is None)
    if group.sums([float(missing)])[0] > 0 or images is None:
        return None
    plan = plan_steps(
        images.count, options.batch_size, group.size, options.max_epochs, options.max_train_steps
    )
    precision = Precision(options.precision_mode or "O0", device, options.loss_scale)
    module = new_module(network, precision, device)
    state = TrainingState(module, _optimizer(job, device, module), precision.scaler)
    start = _restore(job, group, state)
    store = CheckpointFolder(job.checkpoint_dir, options.max_checkpoint_to_save, checkpoints.SUFFIX)
    keeps = group.rank == 0 and options.do_checkpoint
    if keeps and job.resume_from is not None:
        store.inherit_best(job.resume_from)
    evaluation = Evaluation(job, module, evaluated, precision, device, group) if evaluated else None
    model = _distributed(module, group)
    instruments = Instruments(
        job, module, device, _batch_shape(job, network), range(start, plan.total_steps + 1)
    )
    job.reporter.say("Run {}".format(options.name))
    announce(job, plan, evaluated.count if evaluated else None, parameter_count(module))
    parts = Parts(
        state=state,
        model=model,
        precision=precision,
        schedule=partial(network.learning_rate, plan),
        batches=iter(Prefetched(images.batches(plan, start))),
        instruments=instruments,
        evaluation=evaluation,
    )
    stepper = TorchStepper(job, parts, device, group)
    period = options.epochs_between_evals * plan.steps_per_epoch if evaluation is not None else None
    outcome = Trainer(job, network, plan, stepper, store if keeps else None, period).run(start)
    return training_result(plan, outcome, store, parameter_count(module))


def _batch_shape(job: Job, network: TorchNetwork) -> "tuple[int, ...]":
    return (job.options.batch_size, *network.card()["input"]["shape"][1:])


def _optimizer(job: Job, device: TorchDevice, module: nn.Module) -> Any:
    options = job.options
    return device.sgd(
        module.parameters(),
        lr=0.0,
        momentum=options.momentum,
        weight_decay=options.weight_decay,
        nesterov=options.use_nesterov,
    )


def _restore(job: Job, group: ProcessGroup, state: TrainingState) -> int:
    """Take over a checkpoint where the job names one; returns the number of steps done before.

    Rank 0 reads it and sends it to the others.
    """
    if job.restore_path is not None and group.rank == 0:
        report = checkpoints.transfer(job.restore_path, state.network, job.options.restore_exclude)
        for line in describe(report, job.restore_path):
            job.reporter.say(line)
    if job.resume_from is None:
        return 0
    content = checkpoints.read_checkpoint(job.resume_from) if group.rank == 0 else None
    shared: Dict[str, Any] = group.broadcast(content)
    return checkpoints.resume(job.resume_from, state, shared)


def _distributed(module: nn.Module, group: ProcessGroup) -> nn.Module:
    """``module`` whose gradients are means over the ranks; it starts as rank 0 has it."""
    if group.size == 1:
        return module
    return DistributedDataParallel(module, broadcast_buffers=False, gradient_as_bucket_view=True)
