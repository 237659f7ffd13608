"""The tensors of one training step that dumps and overflow checks look at, in graph order."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Tuple


class Tap(NamedTuple):
    """A named tensor with the named tensors it was computed from."""

    name: str
    tensor: Any
    inputs: Tuple[Tuple[str, Any], ...]


class Taps:
    """Collects taps while the graph is built."""

    def __init__(self) -> None:
        self.items = []  # type: List[Tap]

    def record(self, name: str, tensor: Any, **inputs: Any) -> None:
        """Add ``tensor`` under ``name``."""
        self.items.append(Tap(name, tensor, tuple(inputs.items())))

    def tensors(self) -> Dict[str, Any]:
        """Every tensor and every input once: a tap under its name, an input under ``<tap>/<input>``."""
        found = {}  # type: Dict[str, Any]
        seen = set()
        for tap in self.items:
            for name, tensor in ((tap.name, tap.tensor),) + tuple(
                ("{}/{}".format(tap.name, name), tensor) for name, tensor in tap.inputs
            ):
                if tensor.name not in seen:
                    seen.add(tensor.name)
                    found[name] = tensor
        return found
