"""The arithmetic of one step on two ranks, against numpy; and two ranks that stay one network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.engines.checkpoint_values import Values, read_checkpoints
from tests.engines.efficientnet_runs import AVERAGE, BLOCK, HEAD, SMALL_EFFICIENTNET, told
from tests.engines.engine_runs import EngineRun

RANKS = (0, 1)
LAST = 3
"""The step that is looked at; the averages have left their beginnings by then."""

RATE, DECAY, MOMENTUM, EPSILON = 0.1 * 4 / 256, 0.01, 0.9, 1e-3

KEEP_VARIABLES = Path(__file__).parent / "scripts" / "keep_variables.py"


class Step(NamedTuple):
    """The variables before and after step 3, and what each rank's dump has of it."""

    before: Values
    after: Values
    dumps: tuple[Values, Values]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, images: Path) -> Iterator[EngineRun]:
    """Two ranks that went on until one of them was asked to stop."""
    flags = (
        "--train_batch_size=4 --mode=train --train_steps=100000 --save_checkpoints_steps=1 "
        "--max_checkpoint_to_save=100000 --moving_average_decay=0.9 --data_dump_flag=True "
        f"--data_dump_step={LAST} --use_cache=True"
    ).split()
    repository = str(Path(__file__).resolve().parents[2])
    run = EngineRun(
        tmp_path_factory.mktemp("efficientnet-ranks"),
        [*SMALL_EFFICIENTNET, f"--data_dir={images}", *flags],
        ranks=2,
        engine="efficientnet",
        program=KEEP_VARIABLES,
        PYTHONPATH=repository,
    )
    try:
        run.wait_until(lambda: all(len(run.lines("step:", rank)) > LAST for rank in RANKS), "a fourth step")
        run.terminate(1)
        assert run.wait() == [0, 0], run.log()
        yield run
    finally:
        run.kill()


@pytest.fixture(scope="module")
def step(run: EngineRun, tmp_path_factory: pytest.TempPathFactory) -> Step:
    folder = run.run_dir / "checkpoints"
    prefixes = [folder / f"model.ckpt-{number}" for number in (LAST - 1, LAST)]
    before, after = read_checkpoints(prefixes, tmp_path_factory.mktemp("values"))
    dumps = [run.dump(f"dumps/data/step-{LAST}_rank-{rank}") for rank in RANKS]
    return Step(before, after, (dumps[0], dumps[1]))


TRAINED = (
    f"{BLOCK}/conv2d/kernel",
    f"{BLOCK}/depthwise_conv2d/depthwise_kernel",
    f"{BLOCK}/se/conv2d_1/bias",
    f"{BLOCK}/tpu_batch_normalization_1/gamma",
    f"{HEAD}/bias",
)


@pytest.mark.parametrize("name", TRAINED)
def test_rmsprop_applies_the_mean_of_the_ranks_gradients(step: Step, name: str) -> None:
    one, other = (dump[f"{name}/gradient"] for dump in step.dumps)
    assert np.abs(one - other).max() > 1e-7, "each rank has images of its own"
    weight = step.before[name]
    gradient = (one + other) / 2
    if "batch_normalization" not in name:
        gradient = gradient + DECAY * weight
    squares = 0.9 * step.before[f"{name}/RMSProp"] + 0.1 * gradient**2
    move = MOMENTUM * step.before[f"{name}/RMSProp_1"] + RATE * gradient / np.sqrt(squares + EPSILON)
    for found, wanted in (
        (step.after[f"{name}/RMSProp"], squares),
        (step.after[f"{name}/RMSProp_1"], move),
        (step.after[name], weight - move),
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-7)
    assert np.abs(step.after[name] - weight).max() > 1e-6


def test_moving_statistics_take_the_mean_of_what_the_ranks_batches_say(step: Step) -> None:
    name = f"{BLOCK}/tpu_batch_normalization"
    inputs = [dump[f"{BLOCK}/conv2d"].reshape(-1, step.before[f"{name}/gamma"].size) for dump in step.dumps]
    for kind, batch in (
        ("moving_mean", np.mean([one.mean(0) for one in inputs], axis=0)),
        ("moving_variance", np.mean([one.var(0, ddof=1) for one in inputs], axis=0)),
    ):
        wanted = 0.9 * step.before[f"{name}/{kind}"] + 0.1 * batch
        np.testing.assert_allclose(step.after[f"{name}/{kind}"], wanted, rtol=1e-4, atol=1e-6)


def test_each_rank_normalises_by_its_own_batch(step: Step) -> None:
    name = f"{BLOCK}/tpu_batch_normalization"
    for dump in step.dumps:
        x = dump[f"{BLOCK}/conv2d"]
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        y = (x - mean) / np.sqrt(variance + 1e-3) * step.before[f"{name}/gamma"] + step.before[f"{name}/beta"]
        np.testing.assert_allclose(dump[name], y / (1 + np.exp(-y)), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", [*TRAINED, f"{BLOCK}/tpu_batch_normalization/moving_variance"])
def test_averages_follow_the_variables(step: Step, name: str) -> None:
    share = min(0.9, (1 + LAST) / (10 + LAST))
    wanted = share * step.before[name + AVERAGE] + (1 - share) * step.after[name]
    np.testing.assert_allclose(step.after[name + AVERAGE], wanted, rtol=1e-5, atol=1e-7)


def test_both_ranks_tell_the_same_and_stop_together(run: EngineRun) -> None:
    assert told(run, 0) == told(run, 1)
    (stop,) = run.events("stop", 0)
    assert run.events("stop", 1) == [stop]
    assert run.result()["status"] == "stopped"
    assert list((run.run_dir / "checkpoints").glob(f"model.ckpt-{stop['step']}.index"))
    assert not run.events("checkpoint", 1), "one rank saves"
    assert [len(run.lines("--use_cache is not used", rank)) for rank in RANKS] == [1, 0], "one rank notices"


def test_both_ranks_end_with_the_same_variables_all_of_them_saved(run: EngineRun, tmp_path: Path) -> None:
    one, other = (np.load(run.run_dir / f"variables-{rank}.npz") for rank in RANKS)
    (stop,) = run.events("stop")
    (saved,) = read_checkpoints([run.run_dir / "checkpoints" / f"model.ckpt-{stop['step']}"], tmp_path)
    assert set(one) == set(other) == set(saved)
    for name, value in saved.items():
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
        np.testing.assert_array_equal(one[name], value, err_msg=name)
    assert any(name.endswith(f"moving_mean{AVERAGE}") for name in saved)
