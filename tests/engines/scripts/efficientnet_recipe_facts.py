"""EfficientNet's flags and schedule, as JSON. Needs no framework."""

import json

from engines.common.reporting.reporter import StepNumbers
from engines.common.step_plan import plan_steps
from engines.efficientnet import recipe
from engines.efficientnet.recipe import training_line

IMAGENET = 1281167


def rates(ranks, steps, *flags):
    """The learning rates of the 0-based ``steps``."""
    options = recipe.parse(list(flags))
    plan = plan_steps(IMAGENET, options.batch_size, ranks, options.max_epochs, options.max_train_steps)
    return [recipe.learning_rate(options, plan, step) for step in steps]


def plan(ranks, *flags):
    """Steps of an epoch and of the whole training."""
    options = recipe.parse(list(flags))
    plan = plan_steps(IMAGENET, options.batch_size, ranks, options.max_epochs, options.max_train_steps)
    return [plan.steps_per_epoch, plan.total_steps]


def settings(*flags):
    """What flags come to."""
    options = vars(recipe.parse(list(flags)))
    return {name: value for name, value in options.items() if isinstance(value, (int, float, str, tuple))}


SEED_SCRIPT = (
    "--data_dir=/data/imagenet --model_dir=/tmp/run --mode=train_and_eval --train_batch_size=256 "
    "--iterations_per_loop=625 --train_steps=218750 --steps_per_eval=31250 --eval_batch_size=128 "
    "--base_learning_rate=0.2 --model_name=efficientnet-b0 --num_train_images=1281167 --num_eval_images=50000 "
    "--num_label_classes=1000 --use_tpu=False --use_cache=False --skip_host_call=True --data_format=channels_last"
).split()

print(
    json.dumps(
        {
            "seed": rates(8, [10625, 11250, 13125, 18750], "--base_learning_rate=0.2"),
            "by_itself": [rates(ranks, [26000 // ranks])[0] for ranks in (1, 8)],
            "half_batch": rates(1, [60000], "--train_batch_size=128")[0],
            "warm_up": rates(8, [0, 1, 1500, 3124, 3125], "--base_learning_rate=0.2"),
            "plan": plan(8),
            "script": settings(*SEED_SCRIPT),
            "notices": recipe.parse(SEED_SCRIPT).notices,
            "b4": settings("--model_name=efficientnet-b4"),
            "b4_own": settings(
                "--model_name=efficientnet-b4",
                "--input_image_size=64",
                "--dropout_rate=0",
                "--width_coefficient=0.5",
            ),
            "line": training_line(
                StepNumbers(
                    11250, 17.983604, 11605.053567, 0.176, 3.7, 0.200111675, 0.16159661114, 0.4375, 0.7
                )
            ),
        }
    )
)
