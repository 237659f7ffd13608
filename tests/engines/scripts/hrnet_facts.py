"""What HRNet's recipe comes to, as JSON: rates by epoch, sizes and schedules. Needs no framework."""

import json

from engines.common.reporting.reporter import StepNumbers
from engines.common.step_plan import plan_steps
from engines.hrnet import recipe
from engines.hrnet.recipe import training_line

IMAGENET = 1281167


def rates(ranks, epochs, *flags):
    """The learning rates at the first and the last step before and after the starts of ``epochs``."""
    options = recipe.parse(list(flags))
    plan = plan_steps(IMAGENET, options.batch_size, ranks, options.max_epochs, options.max_train_steps)
    starts = [epoch * plan.steps_per_epoch for epoch in epochs]
    return [[recipe.learning_rate(options, plan, start + offset) for offset in (-1, 0)] for start in starts]


def settings(*flags):
    """What the options say after ``flags``."""
    options = recipe.parse(list(flags))
    kept = (
        "num_classes display_every save_checkpoints_steps momentum weight_decay mode max_train_steps".split()
    )
    return {name: getattr(options, name) for name in kept}


numbers = StepNumbers(100, 0.1, 324.63, 0.1, 7.0, 1.1234, 0.0125, 0.0, 0.03125)
print(
    json.dumps(
        {
            "one": rates(1, [30, 60, 90]),
            "eight": rates(8, [30, 60, 90]),
            "warm": rates(8, [5], "--warmup_epochs=5"),
            "own": rates(1, [2, 3], "--lr=0.5", "--lr_milestones=2,3", "--max_epochs=4"),
            "seed": rates(1, [1], "--max_epochs=1", "--lr_milestones=30,60,90"),
            "w18": settings("--net_cfg=w18", "--eval_only=True"),
            "w30": settings("--nb_classes=10", "--summary_step=7", "--save_step=9", "--nb_smpls_train=3200"),
            "line": training_line(numbers),
        }
    )
)
