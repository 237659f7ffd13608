"""Networks, schedule and command line."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from engines.autoaugment import recipe
from engines.autoaugment.model import ResNet50, WideBlock, WideResNet, parameter_count
from engines.common.errors import UsageError
from engines.common.step_plan import StepPlan
from tests.engines.engine_runs import run_briefly


@pytest.mark.parametrize(
    ("depth", "width", "classes", "parameters"),
    [
        (28, 10, 10, 36_479_194),
        (28, 10, 100, 36_536_884),
        (16, 1, 10, 175_066),
        (10, 1, 10, 77_850),
        (28, 2, 10, 1_467_610),
        (40, 2, 10, 2_243_546),
        (16, 4, 10, 2_748_890),
    ],
)
def test_parameter_counts(depth: int, width: int, classes: int, parameters: int) -> None:
    with torch.device("meta"):
        assert parameter_count(WideResNet(depth, width, classes, 0.3)) == parameters


def test_resnet_50_has_the_paper_s_size_and_output() -> None:
    with torch.device("meta"):
        network = ResNet50(1000)
        assert parameter_count(network) == 25_557_032
        assert network(torch.empty(2, 3, 224, 224)).shape == (2, 1000)
        assert network.layer4(torch.empty(2, 1024, 14, 14)).shape == (2, 2048, 7, 7)


@pytest.mark.parametrize(("channels", "stride"), [(4, 1), (6, 2)])
def test_a_block_is_pre_activated_with_its_shortcut_after_the_activation(channels: int, stride: int) -> None:
    torch.manual_seed(0)
    block, x = WideBlock(4, channels, stride, dropout=0.0), torch.randn(5, 4, 8, 8)

    def normalised(values: torch.Tensor) -> torch.Tensor:
        mean = values.mean((0, 2, 3), keepdim=True)
        return (values - mean) / (values.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-5).sqrt()

    activated = normalised(x).clamp(min=0)
    shortcut = x if channels == 4 else functional.conv2d(activated, block.shortcut.weight, stride=stride)
    middle = normalised(functional.conv2d(activated, block.conv1.weight, stride=stride, padding=1))
    wanted = functional.conv2d(middle.clamp(min=0), block.conv2.weight, padding=1) + shortcut
    torch.testing.assert_close(block(x), wanted, rtol=1e-4, atol=1e-5)


def test_batch_norm_statistics_move_by_a_tenth() -> None:
    network, images = WideResNet(10, 1, 10, 0.0), torch.randn(6, 3, 32, 32)
    network(images)
    first = functional.conv2d(images, network.conv.weight, padding=1)
    statistics = network.layer1[0].bn1
    torch.testing.assert_close(statistics.running_mean, 0.1 * first.mean((0, 2, 3)))
    torch.testing.assert_close(statistics.running_var, 0.9 + 0.1 * first.var((0, 2, 3)))


def test_convolutions_start_with_the_spread_of_their_fan_out() -> None:
    torch.manual_seed(0)
    weight = WideResNet(16, 4, 10, 0.0).layer3[0].conv2.weight
    assert float(weight.std()) == pytest.approx(math.sqrt(2 / (9 * 256)), rel=0.02)


def test_the_learning_rate_drops_at_the_milestones_and_not_before() -> None:
    options = recipe.parse([])
    plan = StepPlan(train_images=50_000, global_batch=128, total_steps=200 * 390)
    rates = {epoch: recipe.learning_rate(options, plan, epoch * 390) for epoch in (0, 59, 60, 120, 160, 199)}
    assert rates == pytest.approx({0: 0.1, 59: 0.1, 60: 0.02, 120: 0.004, 160: 0.0008, 199: 0.0008})
    assert recipe.learning_rate(options, plan, 60 * 390 - 1) == pytest.approx(0.1)


def test_the_learning_rate_grows_with_the_global_batch_after_a_warm_up() -> None:
    options = recipe.parse(["--warmup_epochs=5", "--lr_schedule=cosine", "--epochs=100"])
    plan = StepPlan(train_images=50_000, global_batch=1024, total_steps=100 * 48)
    assert recipe.learning_rate(options, plan, 0) == pytest.approx(0.8 / 240)
    assert recipe.learning_rate(options, plan, 239) == pytest.approx(0.8)
    assert recipe.learning_rate(options, plan, 50 * 48) == pytest.approx(0.4)
    assert recipe.parse(["--lr=0.3"]).lr == 0.3


def test_the_seed_s_own_flags_are_understood() -> None:
    flags = (
        "--name run --dataset cifar100 --depth 28 --width 10 --cutout true --auto-augment true --epochs 200 "
        "--lr 0.1 --milestones 60,120,160 --gamma 0.2 --momentum 0.9 --weight-decay 5e-4 --nesterov false "
        "--device_id 5 --apex --apex-opt-level O2 --loss-scale-value 128"
    )
    options = recipe.parse(flags.split())
    assert (options.cutout, options.auto_augment, options.use_nesterov) == (True, True, False)
    assert (list(options.milestones), options.num_classes) == ([60, 120, 160], 100)
    assert (options.precision_mode, options.loss_scale) == ("O2", 128.0)
    assert recipe.parse(["--learning-rate=0.2", "--cutout=True"]).name == "cifar10_WideResNet28-10_wCutout"


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--depht=28"], "did you mean '--depth'"),
        (["--depth=30"], "6 n + 4"),
        (["--cutout=maybe"], "must be True or False"),
        (["--milestones=60,50"], "rising epochs"),
        (["--apex", "--precision_mode=O2"], "contradict"),
        (["--loss_scale=0"], "positive factor"),
        (["--image_size=4"], "too small"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(flags: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("+", r"\+")) as caught:
        recipe.parse(flags)
    assert "\n" not in str(caught.value)


def test_digits_and_house_numbers_are_never_mirrored() -> None:
    flips = {name: recipe.parse([f"--dataset={name}"]).random_flip for name in recipe.DATASETS}
    assert flips == {"cifar10": True, "cifar100": True, "imagenet": True, "svhn": False, "digits": False}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--backend=npu", "--synthetic=True"], "needs the package torch_npu"),
        (["--backend=cpu", "--synthetic=True", "--use_mixlist=True", f"--mixlist_file={__file__}"], "alone"),
        (
            ["--backend=cpu", "--synthetic=True", "--fusion_off_flag=True", f"--fusion_off_file={__file__}"],
            "alone",
        ),
        (["--data_dir=/nowhere"], "--data_dir /nowhere is not a folder."),
        (["--nonsense"], "Unknown flag '--nonsense'"),
    ],
)
def test_what_cannot_be_done_ends_at_once_with_one_sentence(flags: list[str], words: str) -> None:
    done = run_briefly("autoaugment", *flags)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
