"""Looking at every layer's output and every gradient of a step, by hooks that are there for that step alone."""

from __future__ import annotations

import copy
from typing import Any, Callable, Dict, Iterator, List, Mapping, Tuple

import numpy as np
import torch
from torch import Tensor, nn

See = Callable[[str, Tensor, Mapping[str, Tensor]], None]
"""Told of a tensor under its name, with the tensors it was computed from by their role."""


class Hooks:
    """Calls ``see`` for the output of every layer until it is removed.

    A layer is a module without modules of its own. An output is seen before anything changes it in place.
    """

    def __init__(self, network: nn.Module, see: See) -> None:
        self._handles = [
            module.register_forward_hook(_forward_hook(name, see)) for name, module in layers(network)
        ]

    def remove(self) -> None:
        """End it."""
        for handle in self._handles:
            handle.remove()


def layers(network: nn.Module) -> Iterator[Tuple[str, nn.Module]]:
    """The layers of ``network`` by name, in the order in which they are defined."""
    for name, module in network.named_modules():
        if not list(module.children()):
            yield name, module


def gradients(network: nn.Module) -> Iterator[Tuple[str, Tensor, Tensor]]:
    """Name, gradient and value of every parameter that has a gradient."""
    for name, parameter in network.named_parameters():
        if parameter.grad is not None:
            yield name + "/gradient", parameter.grad, parameter.detach()


class Copies:
    """Copies of tensors on the host, as long as they take no more than ``limit`` bytes together."""

    def __init__(self, limit: int) -> None:
        self.tensors: Dict[str, np.ndarray] = {}
        self.left_out = 0
        self._room = limit

    def add(self, name: str, tensor: Tensor) -> None:
        """Copy ``tensor``, or count it as left out."""
        size = _bytes(tensor)
        if name in self.tensors:
            return
        if size > self._room:
            self.left_out += 1
            return
        self._room -= size
        self.tensors[name] = to_numpy(tensor)


class OverflowWatch:
    """Finds the tensors of a step that are not finite, and copies the first few with what they came from.

    ``counts`` tells of every tensor with such values how many it has, in the order of the computation;
    ``inputs`` the names under which ``copies`` has a copied tensor's inputs.
    """

    KEPT = 4
    """One bad value soon spreads to everything after it."""

    def __init__(self, limit: int) -> None:
        self.copies = Copies(limit)
        self.counts: Dict[str, int] = {}
        self.inputs: Dict[str, List[str]] = {}

    def see(self, name: str, tensor: Tensor, inputs: Mapping[str, Tensor]) -> None:
        """Check ``tensor``."""
        if bool(torch.isfinite(tensor).all()):
            return
        self.counts[name] = int((~torch.isfinite(tensor)).sum())
        if len(self.counts) > self.KEPT:
            return
        self.copies.add(name, tensor)
        self.inputs[name] = ["{}/{}".format(name, role) for role in inputs]
        for role, source in inputs.items():
            self.copies.add("{}/{}".format(name, role), source)


def estimated_bytes(network: nn.Module, images: Tuple[int, ...]) -> int:
    """Bytes of float32 images of the shape ``images``, all outputs of ``network`` for them and all gradients,
    without computing any of them."""
    shadow = copy.deepcopy(network).to("meta")
    sizes: List[int] = []
    hooks = Hooks(shadow, lambda name, tensor, inputs: sizes.append(_bytes(tensor)))
    made_up = torch.empty(images, device="meta")
    with torch.no_grad():
        shadow(made_up.to(next(shadow.parameters()).dtype))
    hooks.remove()
    return sum(sizes) + _bytes(made_up) + sum(_bytes(one) for one in network.parameters())


def to_numpy(tensor: Tensor) -> np.ndarray:
    """A copy of ``tensor`` on the host; NumPy has no bfloat16, which becomes float32."""
    values = tensor.detach().to("cpu")
    if values.dtype == torch.bfloat16:
        values = values.float()
    return np.array(values.numpy())


def _forward_hook(name: str, see: See) -> Callable[[nn.Module, Any, Any], None]:
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            sources = {"input": inputs[0].detach()}
            for kind, parameter in module.named_parameters(recurse=False):
                sources[kind] = parameter.detach()
            see(name + "/output", output.detach(), sources)

    return hook


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
