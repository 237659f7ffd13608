"""Mode ``train`` and ``train_and_evaluate``: from the data to the result."""

from __future__ import annotations

from typing import Any, Optional

from engines.common.checkpoints.transfer import describe
from engines.common.data.sharding import Shard, evaluation_steps
from engines.common.job import Job
from engines.common.reporting.event_files import EventFile
from engines.common.reporting.results import OVERFLOW, Result
from engines.graph import datasets
from engines.graph.backend import Backend
from engines.graph.checkpoints import CheckpointStore
from engines.graph.evaluation import TABLE_HEADER, table_row
from engines.graph.framework import tf
from engines.graph.networks import Network
from engines.graph.restore import Assigner, checkpoint_step
from engines.graph.towers import TrainingTower, build_evaluation, build_training, parameter_count
from engines.graph.trainer import Evaluation, Outcome, Trainer
from engines.training.step_plan import StepPlan, plan_steps


def run_training(job: Job, network: Network, backend: Backend) -> Optional[Result]:
    """Train as ``job`` says; ``None`` when a stop was asked for before the first step."""
    options = job.options
    images = datasets.open_images(job, "train")
    if images is None:
        return None
    evaluated = datasets.open_images(job, "validation") if job.evaluates else None
    plan = plan_steps(
        images.count, options.batch_size, job.ranks.world_size, options.max_epochs, options.max_train_steps
    )
    backend.fit_loop(plan.total_steps - (checkpoint_step(job.resume_from) if job.resume_from else 0))
    iterator = datasets.training_iterator(job, network, images, plan, backend.threads)
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
        tower = build_training(network, job, backend, plan, iterator.batch)
        evaluation = _evaluation(job, network, backend, evaluated) if evaluated is not None else None
    store = CheckpointStore(job.checkpoint_dir, options.max_checkpoint_to_save)
    start_up = StartUp(job, backend, tower)
    backend.build_farewell()
    session = backend.session()
    tower = tower._replace(update=backend.loop(session, tower.update))
    tf.get_default_graph().finalize()

    start = start_up.run(session)
    if start is None:
        return None
    session.run(iterator.initializer, {iterator.start: start})
    _announce(job, plan, tower, images.count, evaluated.count if evaluated is not None else None)
    writer = EventFile(job.run_dir / "events" if job.ranks.rank == 0 else None)
    keeper = store if job.ranks.rank == 0 and options.do_checkpoint else None
    if keeper is not None and job.resume_from is not None:
        keeper.inherit_best(job.resume_from)
    trainer = Trainer(job, network, session, backend, plan, tower, keeper, evaluation, writer)
    outcome = trainer.run(start)
    backend.close(session)
    return _result(job, plan, tower, trainer, outcome, store)


class StartUp:
    """Gives every rank the same variables: rank 0's initial ones, or those of its checkpoint."""

    def __init__(self, job: Job, backend: Backend, tower: TrainingTower) -> None:
        variables = tf.global_variables()
        self._job = job
        self._tower = tower
        self._initialise = tf.variables_initializer(variables)
        self._assigner = Assigner(variables) if job.resume_from or job.restore_path else None
        several = job.ranks.world_size > 1
        self._reset_averages = tower.averages.reset() if tower.averages is not None else tf.no_op()
        self._share = backend.collectives.broadcast(variables) if several else tf.no_op()
        self._stops = backend.collectives.sum(tower.stop)

    def run(self, session: Any) -> Optional[int]:
        """The number of steps done before; ``None`` when some rank was asked to stop."""
        job, tower = self._job, self._tower
        session.run(self._initialise)
        if job.ranks.rank == 0 and self._assigner is not None:
            if job.resume_from:
                self._assigner.resume(session, job.resume_from)
            elif job.restore_path:
                weights = [variable for variable, _ in tower.parameters] + list(tower.statistics)
                exclude = job.options.restore_exclude
                report = self._assigner.transfer(session, job.restore_path, weights, exclude)
                session.run(self._reset_averages)
                for line in describe(report, job.restore_path):
                    job.reporter.say(line)
        _, stops = session.run([self._share, self._stops], {tower.stop: float(job.stop.requested)})
        return None if stops > 0 else int(session.run(tower.global_step))


def _evaluation(job: Job, network: Network, backend: Backend, images: datasets.Images) -> Evaluation:
    iterator = datasets.evaluation_iterator(job, network, images, backend.threads)
    shard = Shard(job.ranks.rank, job.ranks.world_size, job.options.batch_size_eval)
    tower = build_evaluation(network, job, backend, iterator.batch)
    return Evaluation(tower, iterator, evaluation_steps(images.count, shard))


def _announce(
    job: Job, plan: StepPlan, tower: TrainingTower, train_images: int, eval_images: Optional[int]
) -> None:
    """Print the start in the seed's words, and as an event."""
    say = job.reporter.say
    say("total num_training_samples: {}".format(train_images))
    if eval_images is not None:
        say("total num_evaluating_samples: {}".format(eval_images))
    say("training steps: {}".format(plan.total_steps))
    job.reporter.event(
        "start",
        engine=job.engine,
        backend=job.backend,
        world_size=job.ranks.world_size,
        train_images=train_images,
        eval_images=eval_images,
        steps_per_epoch=plan.steps_per_epoch,
        total_steps=plan.total_steps,
        total_epochs=round(plan.total_epochs, 3),
        parameters=_trained_scalars(tower),
    )


def _result(
    job: Job, plan: StepPlan, tower: TrainingTower, trainer: Trainer, outcome: Outcome, store: CheckpointStore
) -> Result:
    scores, best = outcome.scores, store.best
    if scores is not None and outcome.scores_step is not None and job.ranks.rank == 0:
        last = store.last
        job.reporter.say(TABLE_HEADER)
        epoch = plan.epoch(outcome.scores_step)
        job.reporter.say(table_row(outcome.scores_step, epoch, scores, last.path if last else None))
    step_time = trainer.clock.mean_step_time()
    last_checkpoint = store.last
    return Result(
        status="stopped" if outcome.stopped else "finished",
        step=outcome.step,
        epoch=plan.epoch(outcome.step),
        top1=scores.top1 if scores else None,
        top5=scores.top5 if scores else None,
        eval_loss=scores.loss if scores else None,
        eval_images=scores.images if scores else None,
        loss=outcome.last.loss if outcome.last else None,
        throughput=plan.global_batch / step_time if step_time else None,
        step_time=step_time,
        train_images=plan.train_images,
        parameters=_trained_scalars(tower),
        checkpoint=last_checkpoint.path if last_checkpoint else None,
        best_checkpoint=best.path if best is not None else None,
        reason=OVERFLOW if outcome.last and outcome.last.overflow_stop else None,
    )


def _trained_scalars(tower: TrainingTower) -> int:
    return parameter_count(variable for variable, _ in tower.parameters)
