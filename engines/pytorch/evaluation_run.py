"""Mode ``evaluate``: score checkpoints without training."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

from engines.common.checkpoints.files import Checkpoint
from engines.common.job import Job
from engines.common.reporting.results import Result
from engines.common.reporting.scores import Scores, tell_scores
from engines.pytorch import checkpoints
from engines.pytorch.backend import Backend
from engines.pytorch.evaluation import evaluate
from engines.pytorch.lines import evaluation_line
from engines.pytorch.precision import Precision
from engines.pytorch.prefetching import Prefetched
from engines.pytorch.ranks import Group
from engines.pytorch.training import Engine
from engines.pytorch.training_run import new_network, parameter_count


def run_evaluation(job: Job, engine: Engine, backend: Backend, group: Group) -> Optional[Result]:
    """Score every checkpoint of the job by step; ``None`` when a stop was asked for before the first."""
    images = engine.evaluation_images(job, backend.threads)
    if group.sums([float(images is None)])[0] > 0 or images is None:
        return None
    precision = Precision(job.options.precision_mode or "O0", backend, job.options.loss_scale)
    network = new_network(engine, precision, backend)
    job.reporter.say("Evaluating {} images".format(images.count))
    scored: List[Tuple[Checkpoint, Scores]] = []
    for checkpoint in job.scored:
        weights = checkpoints.weights_of(checkpoints.load(checkpoint.path)) if group.rank == 0 else None
        checkpoints.load_network(checkpoint.path, network, group.broadcast(weights))
        batches = iter(Prefetched(images.batches()))
        scores = evaluate(network, batches, precision, backend, group, job.stop)
        if scores is None:
            break
        tell_scores(job, evaluation_line(checkpoint.step, scores), checkpoint.step, scores)
        scored.append((checkpoint, scores))
    return _result(job, scored, parameter_count(network))


def _result(job: Job, scored: Sequence[Tuple[Checkpoint, Scores]], parameters: int) -> Result:
    """The newest checkpoint's scores, and which checkpoint has the best."""
    status = "finished" if len(scored) == len(job.scored) else "stopped"
    if not scored:
        return Result(status, 0, parameters=parameters)
    newest, scores = scored[-1]
    return Result(
        status,
        newest.step,
        top1=scores.top1,
        top5=scores.top5,
        eval_loss=scores.loss,
        eval_images=scores.images,
        parameters=parameters,
        checkpoint=newest.path,
        best_checkpoint=max(scored, key=lambda pair: pair[1].top1)[0].path,
    )
