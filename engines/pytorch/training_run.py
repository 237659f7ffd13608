"""Mode ``train`` and ``train_and_evaluate``: from the data to the result."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Optional

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from engines.common.checkpoints.transfer import describe
from engines.common.job import Job
from engines.common.reporting.event_files import EventFile
from engines.common.reporting.results import OVERFLOW, Result
from engines.pytorch import checkpoints
from engines.pytorch.backend import Backend
from engines.pytorch.checkpoints import CheckpointStore
from engines.pytorch.evaluation import evaluate
from engines.pytorch.instruments import Instruments
from engines.pytorch.precision import Precision
from engines.pytorch.prefetching import Prefetched
from engines.pytorch.ranks import Group
from engines.pytorch.trainer import Outcome, Parts, Trainer
from engines.pytorch.training import Engine, EvaluationImages
from engines.training.step_plan import StepPlan, plan_steps


def run_training(job: Job, engine: Engine, backend: Backend, group: Group) -> Optional[Result]:
    """Train as ``job`` says; ``None`` when a stop was asked for before the data was there."""
    options = job.options
    images = engine.training_images(job, backend.threads)
    evaluated = engine.evaluation_images(job, backend.threads) if job.evaluates else None
    missing = images is None or (job.evaluates and evaluated is None)
    if group.sums([float(missing)])[0] > 0 or images is None:
        return None
    plan = plan_steps(
        images.count, options.batch_size, group.size, options.max_epochs, options.max_train_steps
    )
    store = CheckpointStore(job.checkpoint_dir, options.max_checkpoint_to_save)
    precision = Precision(options.precision_mode or "O0", backend, options.loss_scale)
    network = new_network(engine, precision, backend)
    optimizer = _optimizer(job, backend, network)
    start = _restore(job, group, network, optimizer, precision)
    keeps = group.rank == 0 and options.do_checkpoint
    if keeps and job.resume_from is not None:
        store.inherit_best(job.resume_from)
    model = _distributed(network, group)
    parts = Parts(
        network=network,
        model=model,
        optimizer=optimizer,
        precision=precision,
        learning_rate=partial(engine.learning_rate, plan),
        store=store if keeps else None,
        events=EventFile(job.run_dir / "events" if group.rank == 0 else None),
        instruments=Instruments(
            job, network, backend, _batch_shape(job, engine), range(start, plan.total_steps + 1)
        ),
        evaluate=partial(_evaluate, job, network, evaluated, precision, backend, group)
        if evaluated is not None
        else None,
    )
    _announce(job, plan, network, evaluated)
    batches = iter(Prefetched(images.batches(plan, start)))
    outcome = Trainer(job, plan, parts, backend, group).run(start, batches)
    return _result(job, plan, network, outcome, store)


def new_network(engine: Engine, precision: Precision, backend: Backend) -> nn.Module:
    """The engine's network on the device, the same on every rank as it follows from the seed."""
    torch.manual_seed(engine.options.seed)
    return backend.move(precision.convert(engine.network()))


def parameter_count(network: nn.Module) -> int:
    """Number of trained scalars."""
    return sum(parameter.numel() for parameter in network.parameters())


def _batch_shape(job: Job, engine: Engine) -> "tuple[int, ...]":
    return (job.options.batch_size, *engine.card()["input"]["shape"][1:])


def _optimizer(job: Job, backend: Backend, network: nn.Module) -> torch.optim.Optimizer:
    options = job.options
    return backend.sgd(
        network.parameters(),
        lr=0.0,
        momentum=options.momentum,
        weight_decay=options.weight_decay,
        nesterov=options.use_nesterov,
    )


def _restore(
    job: Job, group: Group, network: nn.Module, optimizer: torch.optim.Optimizer, precision: Precision
) -> int:
    """Take over a checkpoint where the job names one; returns the number of steps done before.

    Rank 0 reads it and sends it to the others.
    """
    if job.restore_path is not None and group.rank == 0:
        report = checkpoints.transfer(job.restore_path, network, job.options.restore_exclude)
        for line in describe(report, job.restore_path):
            job.reporter.say(line)
    if job.resume_from is None:
        return 0
    content = checkpoints.read_checkpoint(job.resume_from) if group.rank == 0 else None
    state: Dict[str, Any] = group.broadcast(content)
    checkpoints.load_network(job.resume_from, network, checkpoints.weights_of(state))
    optimizer.load_state_dict(state[checkpoints.OPTIMIZER])
    if precision.scaler is not None and checkpoints.SCALER in state:
        precision.scaler.load_state_dict(state[checkpoints.SCALER])
    return int(state[checkpoints.STEP])


def _distributed(network: nn.Module, group: Group) -> nn.Module:
    """``network`` whose gradients are means over the ranks; it starts as rank 0 has it."""
    if group.size == 1:
        return network
    return DistributedDataParallel(network, broadcast_buffers=False, gradient_as_bucket_view=True)


def _evaluate(
    job: Job,
    network: nn.Module,
    images: EvaluationImages,
    precision: Precision,
    backend: Backend,
    group: Group,
) -> Any:
    batches = iter(Prefetched(images.batches()))
    return evaluate(network, batches, precision, backend, group, job.stop)


def _announce(job: Job, plan: StepPlan, network: nn.Module, evaluated: Optional[EvaluationImages]) -> None:
    """Tell of the start."""
    job.reporter.say("Run {}".format(job.options.name))
    job.reporter.event(
        "start",
        engine=job.engine,
        backend=job.backend,
        world_size=job.ranks.world_size,
        train_images=plan.train_images,
        eval_images=evaluated.count if evaluated is not None else None,
        steps_per_epoch=plan.steps_per_epoch,
        total_steps=plan.total_steps,
        total_epochs=round(plan.total_epochs, 3),
        parameters=parameter_count(network),
    )


def _result(job: Job, plan: StepPlan, network: nn.Module, outcome: Outcome, store: CheckpointStore) -> Result:
    scores, last, best = outcome.scores, store.last, store.best
    return Result(
        status="stopped" if outcome.stopped else "finished",
        step=outcome.step,
        epoch=plan.epoch(outcome.step),
        top1=scores.top1 if scores else None,
        top5=scores.top5 if scores else None,
        eval_loss=scores.loss if scores else None,
        eval_images=scores.images if scores else None,
        loss=outcome.loss,
        throughput=plan.global_batch / outcome.step_time if outcome.step_time else None,
        step_time=outcome.step_time,
        train_images=plan.train_images,
        parameters=parameter_count(network),
        checkpoint=last.path if last else None,
        best_checkpoint=best.path if best else None,
        reason=OVERFLOW if outcome.overflow_stop else None,
    )
