"""What the arithmetic of the engines comes to, as JSON: schedules, shards, step lists and lines. Needs no framework."""

import json

from engines.alexnet import recipe
from engines.alexnet.recipe import training_line
from engines.common.data.sampling import Shard, TrainingOrder, evaluation_records, evaluation_steps
from engines.common.flags.values import parse_steps
from engines.common.reporting.reporter import StepNumbers
from engines.common.step_plan import plan_steps

IMAGENET = 1281167


def rates(batch_size, ranks, steps, *flags):
    """The learning rates of the 1-based ``steps``, as lines show them."""
    options = recipe.parse(["--batch_size", str(batch_size), *flags])
    plan = plan_steps(IMAGENET, batch_size, ranks, options.max_epochs, options.max_train_steps)
    return [recipe.learning_rate(options, plan, step - 1) for step in steps]


def scored(images, ranks, batch_size):
    """Every record that some rank scores, as often as it is scored."""
    found = []
    for rank in range(ranks):
        shard = Shard(rank, ranks, batch_size)
        for step in range(evaluation_steps(images, shard)):
            records, weights = evaluation_records(images, shard, step)
            assert len(records) == len(weights) == batch_size
            found += [int(record) for record, weight in zip(records, weights) if weight == 1]
    return found


def trained(images, ranks, batch_size, epochs, seed):
    """Record numbers by step, rank and place in the batch, over some epochs."""
    plan = plan_steps(images, batch_size, ranks, epochs, None)
    orders = [TrainingOrder(plan, Shard(rank, ranks, batch_size), seed) for rank in range(ranks)]
    return [[order.records(step)[1].tolist() for order in orders] for step in range(plan.total_steps)]


def steps(text):
    """The steps of a list, or what is wrong with it."""
    try:
        return sorted(parse_steps(text))
    except ValueError as error:
        return str(error)


plan = plan_steps(IMAGENET, 128, 8, 150, None)
print(
    json.dumps(
        {
            "steps": [plan.steps_per_epoch, plan.total_steps],
            "warm_up": rates(128, 8, [700, 1200, 1800, 6255]),
            "cosine": rates(128, 8, [6256, 7506, 7507, 125100, 187650]),
            "bases": [
                rates(batch, ranks, [5 * (IMAGENET // (batch * ranks))])[0]
                for batch, ranks in ((128, 1), (256, 1), (128, 8))
            ],
            "given": rates(128, 8, [6255], "--lr", "0.5"),
            "scored": [
                [case, scored(*case)]
                for case in ((360, 3, 50), (1, 4, 8), (37, 3, 5), (100, 2, 25), (7, 1, 3))
            ],
            "trained": trained(103, 3, 8, 3, 5),
            "trained_again": trained(103, 3, 8, 3, 5),
            "trained_alone": trained(103, 1, 24, 3, 5),
            "other_seed": trained(103, 3, 8, 3, 6),
            "lists": {
                text: steps(text) for text in ("0|5|10-12", "7", "3-5|4", "", "5-3", "a", "1-", "0-200", "-1")
            },
            "line": training_line(
                StepNumbers(700, 0.5595, 33558.6, 3.051382, 6.754, 7.786 - 6.754, 0.00671, 0.0312, 0.1)
            ),
            "late_line": training_line(
                StepNumbers(187650, 149.98, 333558.6, 3.05, 2.5, 1.0, 0.0000065794, 0.6, 0.8)
            ),
        }
    )
)
