"""``torch.npu.amp``."""

from __future__ import annotations

import contextlib

import torch

from torch_npu._calls import record


@contextlib.contextmanager
def autocast(enabled: bool = True):
    """In float32: a CPU without low precision would emulate it for minutes."""
    record("autocast", enabled=enabled)
    yield


class GradScaler(torch.amp.GradScaler):
    def __init__(
        self,
        init_scale=2.0**16,
        growth_factor=2.0,
        backoff_factor=0.5,
        growth_interval=2000,
        dynamic=True,
        enabled=True,
    ) -> None:
        record("GradScaler", init_scale=init_scale, dynamic=dynamic)
        if not dynamic:
            growth_interval = 1 << 30
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
