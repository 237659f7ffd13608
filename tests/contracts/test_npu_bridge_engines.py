"""The other graph engines on the stand-in of ``npu_bridge``: batch normalisation, moving averages and a dynamic
loss scale come out as on CPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from console.locations import engines_dir
from tests.contracts.npu_bridge_runs import NpuRun
from tests.engines.checkpoint_values import Values, assert_same_training, read_checkpoints
from tests.engines.engine_runs import EngineRun, write_images

COMMON = (
    "--num_classes=4 --batch_size=4 --max_train_steps=2 --warmup_epochs=0 --seed=7 --threads=1 --mode=train"
)

ENGINES = {
    "efficientnet": "--width_coefficient=0.1 --depth_coefficient=0.1 --dropout_rate=0 --image_size=64",
    "hrnet": "--net_cfg={folder}/small.cfg --image_size=32",
}
"""Small networks whose smallest maps still have several pixels: normalising single ones by their few images
would blow rounding up."""

SMALL_HRNET = """
[NET]
num_stages = 1
num_channels = 8
[FRONT]
num_channels = 8
bottlenect_channels = 16
output_channels = 8
num_blocks = 1
[S2]
num_modules = 1
num_blocks = 1
num_branches = 2
[HEAD]
base_channel = 8
num_branches = 2
cls_num = 4
fc_channel = 16
"""

SCALES = ("loss_scale", "good_steps", "bad_steps")
"""What the adapter adds to a checkpoint for a dynamic loss scale."""


class Runs(NamedTuple):
    """Two steps of ``engine``: two ranks on ``cpu`` and on ``npu``, there in one call, and ``one`` NPU rank, whose
    device overflows in both steps."""

    engine: str
    cpu: EngineRun
    npu: NpuRun
    one: NpuRun


@pytest.fixture(scope="module", params=ENGINES)
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    engine = request.param
    folder = tmp_path_factory.mktemp(engine)
    data = write_images(folder / "data")
    (folder / "small.cfg").write_text(SMALL_HRNET)
    flags = [f"--data_dir={data}", *COMMON.split(), *ENGINES[engine].format(folder=folder).split()]
    begun: list[EngineRun] = []

    def finish(run: EngineRun) -> None:
        begun.append(run)
        codes = run.wait()
        assert codes == [0] * len(codes), [run.log(rank) for rank in range(len(codes))]

    try:
        cpu = EngineRun(folder / "cpu", [*flags, "--backend=cpu"], 2, engine=engine)
        finish(cpu)
        npu = NpuRun(folder / "npu", [*flags, "--iterations_per_loop=2"], 2, engine=engine)
        finish(npu)
        one = NpuRun(folder / "one", flags, engine=engine, NPU_BRIDGE_OVERFLOW="0:1,0:2")
        finish(one)
        yield Runs(engine, cpu, npu, one)
    finally:
        for run in begun:
            run.kill()


@pytest.fixture(scope="module")
def ends(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> list[Values]:
    """The variables at the end of each run."""
    prefixes = [run.run_dir / "checkpoints" / "model.ckpt-2" for run in (runs.cpu, runs.npu, runs.one)]
    return read_checkpoints(prefixes, tmp_path_factory.mktemp("ends"))


def test_two_ranks_train_as_on_cpu(runs: Runs, ends: list[Values]) -> None:
    cpu, npu, _ = ends
    assert npu["global_step"] == 2
    assert_same_training(cpu, {name: value for name, value in npu.items() if name not in SCALES})
    assert runs.npu.named("close", 0) == runs.npu.named("close", 1)


def test_ranks_share_gradients_statistics_and_numbers(runs: Runs) -> None:
    first, second = ([call for call in runs.npu.calls(rank) if call["call"] != "session"] for rank in (0, 1))
    assert first == second
    statistics, numbers, start = runs.npu.named("allreduce")
    assert statistics["shape"][0] > 100
    assert (numbers["shape"], start["shape"]) == ([5], [])
    assert [made["is_distributed"] for made in runs.npu.named("NPULossScaleOptimizer")] == [True]


def test_each_engine_scales_the_loss_by_its_recipe(runs: Runs) -> None:
    fixed = runs.one.named("FixedLossScaleManager")
    moving = runs.one.named("ExponentialUpdateLossScaleManager")
    if runs.engine == "hrnet":
        assert fixed == []
        assert moving == [
            {
                "init_loss_scale": 2.0**32,
                "incr_every_n_steps": 1000,
                "decr_every_n_nan_or_inf": 2,
                "incr_ratio": 2,
                "decr_ratio": 0.5,
            }
        ]
    else:
        assert (fixed, moving) == ([{"loss_scale": 1024.0}], [])


def test_overflows_are_counted_as_steps_and_lower_a_dynamic_scale(runs: Runs, ends: list[Values]) -> None:
    end = ends[2]
    assert end["global_step"] == 2
    scale = {name: end[name] for name in SCALES if name in end}
    dynamic = {"loss_scale": 2.0**31, "good_steps": 0, "bad_steps": 0}
    assert scale == (dynamic if runs.engine == "hrnet" else {})


def test_options_are_the_engines_own(runs: Runs) -> None:
    options = {"use_off_line": True, "precision_mode": "allow_mix_precision", "iterations_per_loop": 1}
    if runs.engine == "efficientnet":
        options["modify_mixlist"] = str(engines_dir() / "efficientnet" / "mixlist.json")
    assert runs.one.options() == options
