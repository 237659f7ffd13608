"""Mode ``train`` and ``train_and_evaluate``: from the data to the result."""

from __future__ import annotations

from typing import Optional

from engines.common.checkpoints.folder import CheckpointFolder
from engines.common.checkpoints.transfer import describe
from engines.common.job import Job
from engines.common.reporting.results import Result
from engines.common.step_plan import StepPlan, plan_steps
from engines.graph import datasets
from engines.graph.checkpoints import Assigner, Saver, checkpoint_step
from engines.graph.device import GraphDevice
from engines.graph.evaluation import TABLE_HEADER, Evaluation, table_row
from engines.graph.framework import Session, tf
from engines.graph.networks import GraphNetwork
from engines.graph.stepper import GraphStepper
from engines.graph.towers import TrainingTower, build_training, parameter_count
from engines.training.outcome import Outcome, announce, training_result
from engines.training.trainer import Trainer


def run_training(job: Job, network: GraphNetwork, device: GraphDevice) -> Optional[Result]:
    """Train as ``job`` says; ``None`` when a stop was asked for before the first step."""
    options = job.options
    images = datasets.open_images(job, "train")
    if images is None:
        return None
    evaluated = datasets.open_images(job, "validation") if job.evaluates else None
    plan = plan_steps(
        images.count, options.batch_size, job.ranks.world_size, options.max_epochs, options.max_train_steps
    )
    device.fit_loop(plan.total_steps - (checkpoint_step(job.resume_from) if job.resume_from else 0))
    iterator = datasets.training_iterator(job, network, images, plan, device.threads)
    with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):
        tower = build_training(network, job, device, plan, iterator.batch)
        evaluation = Evaluation(job, network, device, evaluated) if evaluated is not None else None
    saver = Saver()
    start_up = StartUp(job, device, tower)
    device.build_farewell()
    session = device.session()
    tower = tower._replace(update=device.loop(session, tower.update))
    tf.get_default_graph().finalize()

    start = start_up.run(session)
    if start is None:
        return None
    session.run(iterator.initializer, {iterator.start: start})
    parameters = parameter_count(variable for variable, _ in tower.parameters)
    _announce(job, plan, evaluated.count if evaluated is not None else None, parameters)
    store = CheckpointFolder(job.checkpoint_dir, options.max_checkpoint_to_save)
    keeps = job.ranks.rank == 0 and options.do_checkpoint
    if keeps and job.resume_from is not None:
        store.inherit_best(job.resume_from)
    stepper = GraphStepper(job, session, device, tower, saver, evaluation, plan.total_steps)
    period = network.steps_between_evaluations(plan) if evaluation is not None else None
    outcome = Trainer(job, network, plan, stepper, store if keeps else None, period).run(start)
    device.close(session)
    _print_table(job, plan, outcome, store)
    return training_result(plan, outcome, store, parameters)


class StartUp:
    """Gives every rank the same variables: rank 0's initial ones, or those of its checkpoint."""

    def __init__(self, job: Job, device: GraphDevice, tower: TrainingTower) -> None:
        variables = tf.global_variables()
        self._job = job
        self._tower = tower
        self._initialise = tf.variables_initializer(variables)
        self._assigner = Assigner(variables) if job.resume_from or job.restore_path else None
        several = job.ranks.world_size > 1
        self._reset_averages = tower.averages.reset() if tower.averages is not None else tf.no_op()
        self._share = device.collectives.broadcast(variables) if several else tf.no_op()
        self._stops = device.collectives.sum(tower.stop)

    def run(self, session: Session) -> Optional[int]:
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


def _announce(job: Job, plan: StepPlan, eval_images: Optional[int], parameters: int) -> None:
    """Print the start in the seed's words, and as an event."""
    say = job.reporter.say
    say("total num_training_samples: {}".format(plan.train_images))
    if eval_images is not None:
        say("total num_evaluating_samples: {}".format(eval_images))
    say("training steps: {}".format(plan.total_steps))
    announce(job, plan, eval_images, parameters)


def _print_table(job: Job, plan: StepPlan, outcome: Outcome, store: CheckpointFolder) -> None:
    """Close with the seed's table of the last evaluation, if there was one."""
    if outcome.scores is None or outcome.scored_step is None or job.ranks.rank != 0:
        return
    last = store.last
    job.reporter.say(TABLE_HEADER)
    epoch = plan.epoch(outcome.scored_step)
    job.reporter.say(table_row(outcome.scored_step, epoch, outcome.scores, last.path if last else None))
