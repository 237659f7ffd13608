"""Mode ``train`` and ``train_and_evaluate``: from the data to the result."""

from __future__ import annotations

from typing import Optional

from engines.common.checkpoints.transfer import describe
from engines.common.job import Job
from engines.common.reporting.event_files import EventFile
from engines.common.reporting.results import OVERFLOW, Result
from engines.eager.backend import Backend
from engines.eager.checkpoints import CheckpointStore
from engines.eager.datasets import open_both, training_set
from engines.eager.evaluation import Evaluation
from engines.eager.networks import Network, Schedule
from engines.eager.parameters import scalars
from engines.eager.restore import resume, transfer
from engines.eager.state import TrainingState
from engines.eager.steps import share
from engines.eager.trainer import Outcome, Parts, Trainer


def run_training(job: Job, network: Network, backend: Backend) -> Optional[Result]:
    """Train as ``job`` says; ``None`` when a stop was asked for before the first step."""
    options, rank = job.options, job.ranks.rank
    opened = open_both(job, network)
    if opened is None or opened[0] is None:
        return None
    images, evaluated = opened
    network.settle(images)
    schedule = network.schedule(images, job.ranks.world_size)
    state = TrainingState(network, options)
    start = _start(job, backend, state)
    if start is None:
        return None
    store = CheckpointStore(job.checkpoint_dir, options.max_checkpoint_to_save)
    keeps = rank == 0 and options.do_checkpoint
    if keeps and job.resume_from is not None:
        store.inherit_best(job.resume_from)
    parts = Parts(
        network=network,
        schedule=schedule,
        state=state,
        store=store if keeps else None,
        evaluation=Evaluation(job, network, backend, state.parameters, evaluated) if evaluated else None,
        events=EventFile(job.run_dir / "events" if rank == 0 else None),
    )
    _announce(job, schedule, state, evaluated.count if evaluated else None)
    batches = training_set(job, network, images, schedule.plan, start, backend.threads)
    outcome = Trainer(job, backend, parts).run(start, iter(batches))
    backend.finish()
    return _result(job, schedule, state, outcome, store)


def _start(job: Job, backend: Backend, state: TrainingState) -> Optional[int]:
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
    if share(backend, list(state.variables.values()), job.stop.requested):
        return None
    return int(state.step)


def _announce(job: Job, schedule: Schedule, state: TrainingState, eval_images: Optional[int]) -> None:
    """Print the start in the seed's words, and as an event."""
    plan = schedule.plan
    job.reporter.say("params:  {}".format(job.options.listed()))
    job.reporter.event(
        "start",
        engine=job.engine,
        backend=job.backend,
        world_size=job.ranks.world_size,
        train_images=plan.train_images,
        eval_images=eval_images,
        steps_per_epoch=plan.steps_per_epoch,
        total_steps=plan.total_steps,
        total_epochs=round(plan.total_epochs, 3),
        parameters=scalars(state.parameters.variables.values()),
        trained_parameters=scalars(state.trained.values()),
    )


def _result(
    job: Job, schedule: Schedule, state: TrainingState, outcome: Outcome, store: CheckpointStore
) -> Result:
    scores, last, best, plan = outcome.scores, store.last, store.best, schedule.plan
    throughput = plan.global_batch / outcome.step_time if outcome.step_time else None
    if throughput is not None:
        job.reporter.say("imgs/s: {:.2f}".format(throughput))
    return Result(
        status="stopped" if outcome.stopped else "finished",
        step=outcome.step,
        epoch=plan.epoch(outcome.step),
        top1=scores.top1 if scores else None,
        top5=scores.top5 if scores else None,
        eval_loss=scores.loss if scores else None,
        eval_images=scores.images if scores else None,
        loss=outcome.loss,
        throughput=throughput,
        step_time=outcome.step_time,
        train_images=plan.train_images,
        parameters=scalars(state.parameters.variables.values()),
        checkpoint=last.path if last else None,
        best_checkpoint=best.path if best else None,
        reason=OVERFLOW if outcome.overflow_stop else None,
    )
