"""The BiT-HyperRule and the seed's recipe, as published, and what flags change of them."""

from __future__ import annotations

import pytest

from engines.bit import recipe
from engines.bit.recipe import BiTSettings
from engines.bit.rule import hyper_rule, resolution
from engines.common.errors import UsageError


def options(*flags: str) -> BiTSettings:
    return recipe.parse(list(flags))


@pytest.mark.parametrize(
    ("images", "steps", "warmup", "decays", "mixup"),
    [
        (1, 500, 100, (200, 300, 400), 0.0),
        (19_999, 500, 100, (200, 300, 400), 0.0),
        (20_000, 10_000, 500, (3_000, 6_000, 9_000), 0.1),
        (499_999, 10_000, 500, (3_000, 6_000, 9_000), 0.1),
        (500_000, 20_000, 500, (6_000, 12_000, 18_000), 0.1),
    ],
)
def test_the_rule_by_the_size_of_the_set(
    images: int, steps: int, warmup: int, decays: tuple[int, ...], mixup: float
) -> None:
    assert tuple(hyper_rule(images)) == (steps, warmup, decays, mixup)


def test_the_rule_by_the_size_of_the_images() -> None:
    assert resolution(28 * 28) == resolution(96 * 96 - 1) == (160, 128)
    assert resolution(96 * 96) == resolution(500 * 375) == (512, 480)
    assert recipe.sizes(options(), 32 * 32) == (160, 128, 128)
    assert recipe.sizes(options("--image_size=64"), 32 * 32) == (64, 64, 64)
    assert recipe.sizes(options("--image_size=64", "--resize=80", "--eval_size=96"), 32 * 32) == (80, 64, 96)


def test_the_rate_warms_up_and_falls_by_tens() -> None:
    chosen = recipe.recipe(options("--batch_size=256"), 3_670, 2)
    assert (chosen.plan.total_steps, chosen.base_lr) == (500, pytest.approx(0.003))
    rates = [chosen.learning_rate(step) for step in (0, 49, 99, 200, 201, 300, 301, 400, 401, 499)]
    expected = [3e-5, 1.5e-3, 3e-3, 3e-3, 3e-4, 3e-4, 3e-5, 3e-5, 3e-6, 3e-6]
    assert rates == pytest.approx(expected)


def test_flags_change_parts_of_the_rule() -> None:
    chosen = recipe.recipe(options("--max_train_steps=1000", "--mixup_alpha=0.2", "--lr=0.5"), 3_670, 1)
    assert tuple(chosen.rule) == (1000, 200, (400, 600, 800), 0.2)
    assert chosen.base_lr == 0.5
    chosen = recipe.recipe(options("--epochs=4", "--decay_steps=7,9", "--warmup_steps=0"), 3_120, 1)
    assert (chosen.plan.total_steps, chosen.period) == (4 * 48, 48)
    assert (chosen.rule.warmup_steps, chosen.rule.decay_steps) == (0, (7, 9))


def test_the_seeds_recipe_under_the_seeds_flags() -> None:
    given = options("--recipe=seed", "--epochs=15", "--log_steps=1", "--eval_static=True")
    chosen = recipe.recipe(given, 3_120, 1)
    assert (chosen.plan.total_steps, chosen.period, given.patience) == (150, 10, 2)
    assert (given.finetune, given.batch_size) == ("head", 64)
    assert chosen.base_lr == pytest.approx(0.000375)
    rates = [chosen.learning_rate(step) for step in (0, 200, 201, 300, 301, 400, 401)]
    assert rates == pytest.approx([0.000375 * factor for factor in (1, 1, 0.1, 0.1, 0.01, 0.01, 0.001)])
    assert recipe.sizes(given, 320 * 240) == (384, 224, 384)
    assert recipe.recipe(options("--recipe=seed"), 3_120, 1).plan.total_steps == 300


def test_a_long_set_is_evaluated_after_each_pass_and_a_short_one_twenty_times() -> None:
    assert recipe.recipe(options("--batch_size=512"), 1_281_167, 1).period == 1_281_167 // 512
    assert recipe.recipe(options("--batch_size=512"), 1_437, 1).period == 25


def test_mixture_weights_are_drawn_by_seed_and_step() -> None:
    weights = [recipe.mix_weight(5, step, 0.1) for step in range(200)]
    assert weights == [recipe.mix_weight(5, step, 0.1) for step in range(200)]
    assert weights != [recipe.mix_weight(6, step, 0.1) for step in range(200)]
    assert all(0.5 <= weight <= 1.0 for weight in weights)
    assert 0.9 < sum(weights) / len(weights) < 0.99, "Beta(0.1, 0.1) mixes few images deeply"
    assert recipe.mix_weight(5, 3, 0.0) == 1.0


def test_flags_without_effect_are_told() -> None:
    (static,) = options("--recipe=seed", "--eval_static=True").notices
    assert static.startswith("--eval_static is not used")
    (patience,) = options("--patience=3", "--mode=train").notices
    assert patience.startswith("--patience is not used")


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--resize=100", "--image_size=128"], "--resize 100 is smaller than --image_size 128"),
        (["--image_size=0"], "--image_size 0 is no size"),
        (["--base_width=48"], "--base_width 48"),
        (["--train_percent=100"], "--train_percent 100"),
        (["--patience=2", "--do_checkpoint=False"], "--patience needs --do_checkpoint True"),
        (["--decay_steps=soon"], "--decay_steps"),
        (["--finetune=some"], "--finetune"),
    ],
)
def test_a_wrong_value_is_refused_by_name(flags: list[str], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        options(*flags)
