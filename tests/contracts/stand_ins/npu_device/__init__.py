"""A stand-in for the adapter ``npu_device`` of a host with 910s that computes on CPU.

It has the names, parameters and value sets that the adapter documents and the engines use or could use by
mistake, and raises for anything else and for calls in a wrong order. Each call is appended as JSON to the file
``NPU_BRIDGE_CALLS``, one per rank; ranks talk through files in the folder ``NPU_BRIDGE_EXCHANGE``, as those of
the stand-in for the adapter of TensorFlow 1 do.
"""

from __future__ import annotations

from npu_device import distribute
from npu_device._device import close, open  # noqa: A004
from npu_device._options import global_options

__all__ = ["close", "distribute", "global_options", "open"]
