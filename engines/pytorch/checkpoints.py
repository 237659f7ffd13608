"""Checkpoints: everything a training needs to go on, in one file that ``torch.load`` reads without running code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence

import torch
from torch import Tensor, nn

from engines.common.atomic import replace_file
from engines.common.checkpoints.transfer import TransferReport, match_names
from engines.common.errors import UsageError

SUFFIX = ".pt"
"""The end of a checkpoint's path."""

NETWORK, OPTIMIZER, SCALER, STEP = "network", "optimizer", "scaler", "step"


class TrainingState(NamedTuple):
    """All that a resumed training cannot derive from flags and step; random numbers it can. ``scaler`` is
    ``None`` where the loss is not scaled."""

    network: nn.Module
    optimizer: torch.optim.Optimizer
    scaler: Any


def save(path: Path, state: TrainingState, step: int) -> None:
    """Write the checkpoint of ``step``."""
    content = {NETWORK: state.network.state_dict(), OPTIMIZER: state.optimizer.state_dict(), STEP: step}
    if state.scaler is not None:
        content[SCALER] = state.scaler.state_dict()
    replace_file(path, lambda file: torch.save(content, file))


def resume(path: Path, state: TrainingState, content: Dict[str, Any]) -> int:
    """Take over the ``content`` of the checkpoint ``path``; returns its step.

    Raises :class:`UsageError` where the network does not fit.
    """
    load_network(path, state.network, weights_of(content))
    state.optimizer.load_state_dict(content[OPTIMIZER])
    if state.scaler is not None and SCALER in content:
        state.scaler.load_state_dict(content[SCALER])
    return int(content[STEP])


def load(path: Path) -> Dict[str, Any]:
    """The content of ``path``, its tensors on the host. Raises :class:`UsageError` for what is no checkpoint."""
    try:
        content = torch.load(str(path), map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError("The checkpoint {} cannot be read: {}".format(path, reason)) from None
    if not isinstance(content, dict):
        raise UsageError("{} holds no checkpoint.".format(path))
    return content


def read_checkpoint(path: Path) -> Dict[str, Any]:
    """A checkpoint that this engine wrote. Raises :class:`UsageError` for any other file."""
    content = load(path)
    missing = [name for name in (NETWORK, OPTIMIZER, STEP) if name not in content]
    if missing:
        raise UsageError(
            "{} cannot be resumed from: it has no '{}'; its weights alone may fit --restore_path.".format(
                path, missing[0]
            )
        )
    return content


def weights_of(content: Dict[str, Any]) -> Dict[str, Tensor]:
    """The weights in a checkpoint of this engine's, or in a file of weights as others keep them."""
    for key in (NETWORK, "state_dict", "model"):
        if isinstance(content.get(key), dict):
            content = content[key]
            break
    return {
        name[len("module.") :] if name.startswith("module.") else name: value
        for name, value in content.items()
        if isinstance(value, Tensor)
    }


def load_network(path: Path, network: nn.Module, weights: Dict[str, Tensor]) -> None:
    """Take every weight from ``weights``. Raises :class:`UsageError` where one is missing or of another shape."""
    own = network.state_dict()
    for name in own:
        if name not in weights:
            raise UsageError("{} does not fit the network: it has no '{}'.".format(path, name))
    _check_shapes(path, list(own), own, weights, "use the flags it was trained with")
    network.load_state_dict({name: weights[name] for name in own})


def transfer(path: Path, network: nn.Module, exclude: Sequence[str]) -> TransferReport:
    """Take the weights that ``path`` has, but for those under the scopes ``exclude``.

    Raises :class:`UsageError` where a shape differs or nothing matches.
    """
    own, weights = network.state_dict(), weights_of(load(path))
    report = match_names(list(own), weights, exclude, separator=".")
    if not report.loaded:
        raise UsageError("{} holds none of this network's weights; nothing was restored.".format(path))
    _check_shapes(path, report.loaded, own, weights, "exclude it by --restore_exclude")
    network.load_state_dict({name: weights[name] for name in report.loaded}, strict=False)
    return report._replace(unused=sorted(name for name in weights if name not in own))


def _check_shapes(
    path: Path, names: Sequence[str], own: Dict[str, Tensor], found: Dict[str, Tensor], remedy: str
) -> None:
    for name in names:
        shapes: List[List[int]] = [list(found[name].shape), list(own[name].shape)]
        if shapes[0] != shapes[1]:
            raise UsageError(
                "'{}' is {} in {} but {} here; {}.".format(name, shapes[0], path, shapes[1], remedy)
            )
