"""The tensors of one training step that dumps and overflow checks look at, in graph order."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Tuple


class Tap(NamedTuple):
    """A named tensor with what it was computed from, as (role, tensor)."""

    name: str
    tensor: Any
    inputs: Tuple[Tuple[str, Any], ...]


class Taps:
    """Collects taps while the graph is built, and gives every tensor one name.

    A tap's tensor is called as the tap is; an input that is no tap of its own is called
    ``<first tap that uses it>/<role>``.
    """

    def __init__(self) -> None:
        self.items: List[Tap] = []
        self._names: Dict[str, str] = {}
        self._tensors: Dict[str, Any] = {}

    def record(self, name: str, tensor: Any, **inputs: Any) -> None:
        """Add ``tensor`` under ``name``."""
        self.items.append(Tap(name, tensor, tuple(inputs.items())))
        self._name(name, tensor)
        for role, source in inputs.items():
            self._name("{}/{}".format(name, role), source)

    @property
    def tensors(self) -> Dict[str, Any]:
        """Every tensor under its one name, inputs included."""
        return self._tensors

    @property
    def size(self) -> int:
        """Bytes of all tensors in one step; their shapes are known while training."""
        return sum(
            tensor.shape.num_elements() * tensor.dtype.base_dtype.size for tensor in self._tensors.values()
        )

    def inputs(self, tap: Tap) -> Dict[str, str]:
        """The names of what ``tap`` was computed from, by role."""
        return {role: self._names[tensor.name] for role, tensor in tap.inputs}

    def _name(self, name: str, tensor: Any) -> None:
        if tensor.name not in self._names:
            self._names[tensor.name] = name
            self._tensors[name] = tensor
