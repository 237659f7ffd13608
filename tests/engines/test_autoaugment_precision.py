"""Mixed precision on CPU: bfloat16 where the CPU has instructions for it, a sentence where it has none."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from engines.autoaugment import recipe
from engines.autoaugment.model import WideResNet
from engines.common.devices import processor
from engines.common.devices.ranks import RankEnvironment
from engines.common.errors import UsageError
from engines.common.flags.toggles import read_toggles
from engines.pytorch.cpu import TorchCpu
from engines.pytorch.precision import Precision
from engines.pytorch.preflight import check_backend


class OneThread:
    """All that a backend asks of a job."""

    options = argparse.Namespace(threads=1)


@pytest.mark.parametrize("level", ["O1", "O2", "O3"])
def test_low_precision_computes_in_bfloat16_and_comes_close_to_float32(level: str) -> None:
    backend = TorchCpu(OneThread())  # type: ignore[arg-type]
    precision = Precision(level, backend, 1024.0)
    assert precision.scaler is None
    torch.manual_seed(0)
    exact = WideResNet(10, 1, 10, 0.0)
    network = WideResNet(10, 1, 10, 0.0)
    network.load_state_dict(exact.state_dict())
    network = precision.convert(network.to(memory_format=torch.channels_last))
    weights = {parameter.dtype for parameter in network.parameters()}
    assert weights == ({torch.bfloat16} if level == "O3" else {torch.float32})
    seen: list[torch.dtype] = []
    network.layer1[0].conv1.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))

    images, labels = torch.randn(8, 3, 32, 32), torch.arange(8)
    with precision.context():
        logits = network(precision.input(images))
    assert seen == [torch.bfloat16]
    loss, wanted = (functional.cross_entropy(one.float(), labels) for one in (logits, exact(images)))
    assert loss.item() == pytest.approx(wanted.item(), rel=0.03)
    loss.backward()
    backend.sgd(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=False).step()
    moved = network.fc.weight.float() - exact.fc.weight
    assert torch.isfinite(moved).all() and float(moved.detach().abs().max()) > 0


@pytest.mark.parametrize(
    ("flags", "allowed"),
    [("fpu avx2", False), ("fpu avx512_bf16", True), ("fpu amx_bf16 amx_tile", True)],
)
def test_a_cpu_without_bfloat16_refuses_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, allowed: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    options = recipe.parse(["--precision_mode=O1", f"--run_dir={tmp_path}"])
    arguments = ("cpu", read_toggles(options, options.run_dir), RankEnvironment(0, 1, ()))
    if allowed:
        check_backend(*arguments)
        return
    with pytest.raises(UsageError, match="this CPU has no instructions for it"):
        check_backend(*arguments)
