"""HRNet started as the console starts it: a tiny network of all stages, on the images of the other engines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from tests.engines.engine_runs import EngineRun

CFG = """\
[COMMON]
summary_step = 1
save_step = 3
lr_rate_init = 0.1
momentum = 0.9
[NET]
weight_l2_scale = 1e-2
num_stages = 3
num_channels = 4
[FRONT]
num_channels = 4
bottlenect_channels = 8   ; the seed's spelling
output_channels = 4
num_blocks = 1
[S2]
num_modules = 1
num_blocks = 1
num_branches = 2
[S3]
num_modules = 1
num_blocks = 1
num_branches = 3
[S4]
num_modules = 1
num_blocks = 1
num_branches = 4
[HEAD]
base_channel = 4
num_branches = 4
cls_num = 4
fc_channel = 16
"""
WEIGHT_DECAY, MOMENTUM, BN_DECAY, EPSILON = 1e-2, 0.9, 0.9, 1e-5
LR = 0.1 * 8 / 256

SMALL = (
    "--image_size=32 --batch_size=8 --batch_size_eval=3 --max_epochs=3 --seed=7 --threads=1 --backend=cpu "
    "--epochs_between_evals=1"
).split()
"""Two steps an epoch, six in all; an evaluation takes four steps and fills the last."""

LINE = re.compile(
    r"iter #(\d+): lr = (\S+) \| loss = (\S+) \| acc_top1 = (\S+) \| acc_top5 = (\S+) \| l2_loss = (\S+) "
    r"\| speed = (\d+\.\d\d) pics / sec"
)


def write_cfg(folder: Path, text: str = CFG) -> Path:
    """The tiny network's cfg, or ``text``, as a file in ``folder``."""
    path = folder / "tiny.cfg"
    path.write_text(text, encoding="utf-8")
    return path


class Runs:
    """The runs of one test module."""

    def __init__(self, folder: Path, images: Path) -> None:
        self._folder = folder
        self._common = [f"--data_path={images}", f"--net_cfg={write_cfg(folder)}", *SMALL]
        self._runs: list[EngineRun] = []

    def begin(self, name: str, *flags: str, ranks: int = 1, **options: Any) -> EngineRun:
        """Start the tiny network in the folder ``name`` with further flags."""
        run = EngineRun(self._folder / name, [*self._common, *flags], ranks, engine="hrnet", **options)
        self._runs.append(run)
        return run

    def finish(self, *runs: EngineRun) -> None:
        """Wait for ``runs`` to end well."""
        for run in runs:
            codes = run.wait()
            assert codes == [0] * len(codes), [run.log(rank) for rank in range(len(codes))]

    def kill(self) -> None:
        """End what is left."""
        for run in self._runs:
            run.kill()


def checkpoint(run: EngineRun, step: int) -> Path:
    """The path of a checkpoint of ``run``."""
    return run.run_dir / "checkpoints" / f"model.ckpt-{step}"


def lines(run: EngineRun, rank: int = 0) -> list[list[float]]:
    """The fields of every training line: step, lr, loss, top1, top5, l2_loss, speed."""
    found = [LINE.fullmatch(line) for line in run.lines("iter #", rank)]
    assert all(found)
    return [[float(text) for text in match.groups()] for match in found if match]


def timeless(run: EngineRun, rank: int = 0) -> list[list[float]]:
    """The fields without the speed."""
    return [line[:-1] for line in lines(run, rank)]


def convolve(x: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    """``SAME`` convolution of NHWC images, one kernel position after the other."""
    size = kernel.shape[0]
    out = [-(-side // stride) for side in x.shape[1:3]]
    missing = [max((n - 1) * stride + size - side, 0) for n, side in zip(out, x.shape[1:3], strict=True)]
    pads = [(one // 2, one - one // 2) for one in missing]
    padded = np.pad(x.astype(np.float64), ((0, 0), *pads, (0, 0)))
    total = np.zeros((x.shape[0], *out, kernel.shape[3]))
    for row in range(size):
        for column in range(size):
            window = padded[
                :, row : row + out[0] * stride : stride, column : column + out[1] * stride : stride
            ]
            total += window[:, : out[0], : out[1]] @ kernel[row, column].astype(np.float64)
    return total


def conv_bn(tensors: dict[str, np.ndarray], name: str, x: np.ndarray, stride: int = 1) -> np.ndarray:
    """What the layers called ``name`` make of ``x`` by the weights of a dump, without activation."""
    y = convolve(x, tensors[f"{name}/conv/kernel"], stride)
    y = (y - y.mean(axis=(0, 1, 2))) / np.sqrt(y.var(axis=(0, 1, 2)) + EPSILON)
    return np.asarray(y * tensors[f"{name}/bn/gamma"] + tensors[f"{name}/bn/beta"])
