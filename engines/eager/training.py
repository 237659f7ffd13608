"""Mode ``train`` and ``train_and_evaluate``: from the data to the result."""

from __future__ import annotations

from typing import Optional

from engines.common.checkpoints.folder import CheckpointFolder
from engines.common.checkpoints.transfer import describe
from engines.common.job import Job
from engines.common.reporting.results import Result
from engines.eager.checkpoints import resume, transfer
from engines.eager.datasets import training_set
from engines.eager.device import EagerDevice
from engines.eager.evaluation import Evaluation
from engines.eager.networks import EagerNetwork
from engines.eager.parameters import scalars
from engines.eager.state import TrainingState
from engines.eager.stepper import EagerStepper, Parts
from engines.eager.steps import share
from engines.training.outcome import announce, training_result
from engines.training.trainer import Trainer


def run_training(job: Job, network: EagerNetwork, device: EagerDevice) -> Optional[Result]:
    """Train as ``job`` says; ``None`` when a stop was asked for before the first step."""
    options, rank = job.options, job.ranks.rank
    images = network.open_images(job, "train")
    evaluated = network.open_images(job, "validation") if images is not None and job.evaluates else None
    if images is None or (job.evaluates and evaluated is None):
        return None
    network.settle(images)
    schedule = network.schedule(images, job.ranks.world_size)
    state = TrainingState(network, options)
    start = _start(job, device, state)
    if start is None:
        return None
    store = CheckpointFolder(job.checkpoint_dir, options.max_checkpoint_to_save)
    keeps = rank == 0 and options.do_checkpoint
    if keeps and job.resume_from is not None:
        store.inherit_best(job.resume_from)
    evaluation = Evaluation(job, network, device, state.parameters, evaluated) if evaluated else None
    parameters = scalars(state.parameters.variables.values())
    job.reporter.say("params:  {}".format(options.listed()))
    announce(
        job,
        schedule.plan,
        evaluated.count if evaluated is not None else None,
        parameters,
        trained_parameters=scalars(state.trained.values()),
    )
    parts = Parts(
        network=network,
        schedule=schedule,
        state=state,
        batches=iter(training_set(job, network, images, schedule.plan, start, device.threads)),
        evaluation=evaluation,
    )
    stepper = EagerStepper(job, device, parts)
    period = schedule.period if evaluation is not None else None
    outcome = Trainer(job, network, schedule.plan, stepper, store if keeps else None, period).run(start)
    device.finish()
    result = training_result(schedule.plan, outcome, store, parameters)
    if result.throughput is not None:
        job.reporter.say("imgs/s: {:.2f}".format(result.throughput))
    return result


def _start(job: Job, device: EagerDevice, state: TrainingState) -> Optional[int]:
    """Give every rank the same variables: rank 0's initial ones, or those of its checkpoint.

    Returns the number of steps done before, or ``None`` when some rank was asked to stop.
    """
    if job.ranks.rank == 0:
        if job.resume_from:
            resume(job.resume_from, state.variables)
        elif job.restore_path:
            report = transfer(job.restore_path, state.parameters.variables, job.options.restore_exclude)
            for line in describe(report, job.restore_path):
                job.reporter.say(line)
    if share(device, list(state.variables.values()), job.stop.requested):
        return None
    return int(state.step)
