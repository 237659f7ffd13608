"""Learned augmentation policies: which operations an image gets, and how strong.

Tables and ranges of E. D. Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", 2018: per image
one of 25 pairs of operations, each with its probability and one of ten magnitudes evenly spaced over the range of
the operation. Geometric amounts have a random sign, and larger magnitudes of Solarize and Posterize change more,
as in the authors' code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import numpy as np
import torch
from torch import Tensor

from engines.autoaugment import operations
from engines.autoaugment.operations import Colour

LEVELS = 10

DRAWS = 5
"""Numbers in [0, 1) per image: the pair, then chance and sign of both operations."""

PLAIN = {
    "AutoContrast": operations.auto_contrast,
    "Equalize": operations.equalize,
    "Invert": operations.invert,
}  # type: Dict[str, Callable[[Tensor], Tensor]]

GRADED = {
    "Brightness": operations.brightness,
    "Color": operations.colour,
    "Contrast": operations.contrast,
    "Posterize": operations.posterize,
    "Sharpness": operations.sharpness,
    "Solarize": operations.solarize,
}  # type: Dict[str, Callable[[Tensor, Tensor], Tensor]]

GEOMETRIC = {
    "Rotate": operations.rotate,
    "ShearX": operations.shear_x,
    "ShearY": operations.shear_y,
    "TranslateX": operations.translate_x,
    "TranslateY": operations.translate_y,
}  # type: Dict[str, Callable[[Tensor, Tensor, Colour], Tensor]]

NAMES = sorted([*PLAIN, *GRADED, *GEOMETRIC])


class Policy(NamedTuple):
    """Per pair and place in it, all ``[25, 2]``: the operation as an index into :data:`NAMES`, its probability,
    its amount, and whether the amount's sign is random."""

    operation: np.ndarray
    probability: np.ndarray
    amount: np.ndarray
    signed: np.ndarray


def load_policy(name: str) -> Policy:
    """The policy learned on ``name``: cifar10, imagenet or svhn."""
    content = json.loads((Path(__file__).parent / "policies.json").read_text(encoding="utf-8"))
    ranges, pairs = content["magnitudes"], content["policies"][name]
    return Policy(
        operation=_table(pairs, lambda one: NAMES.index(one[0])),
        probability=_table(pairs, lambda one: one[1]),
        amount=_table(pairs, lambda one: amount(ranges, one[0], one[2])),
        signed=_table(pairs, lambda one: ranges.get(one[0], {}).get("signed", False)),
    )


def amount(ranges: Dict[str, Any], operation: str, magnitude: "int | None") -> float:
    """The amount of ``operation`` at ``magnitude`` 0 … 9; 0 for one that takes none."""
    if magnitude is None:
        return 0.0
    span = ranges[operation]
    value = span["from"] + (span["to"] - span["from"]) * magnitude / (LEVELS - 1)
    return float(round(value)) if operation == "Posterize" else float(value)


def choose(policy: Policy, draws: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """The operations of images, by their ``draws`` ``[n, 5]``.

    Both ``[n, 2]``: the operation as an index into :data:`NAMES`, or -1 for none, and its amount with its sign.
    """
    pairs = np.minimum((draws[:, 0] * len(policy.operation)).astype(np.int64), len(policy.operation) - 1)
    chosen = np.where(draws[:, 1:3] < policy.probability[pairs], policy.operation[pairs], -1)
    flipped = policy.signed[pairs] & (draws[:, 3:5] < 0.5)
    return chosen, np.where(flipped, -1.0, 1.0) * policy.amount[pairs]


def apply_policy(policy: Policy, images: Tensor, draws: np.ndarray, fill: Colour) -> Tensor:
    """``images`` (uint8 ``[n, 3, h, w]``) after a random pair each, changed in place.

    Images that get the same operation are worked on together.
    """
    chosen, amounts = choose(policy, draws)
    for place in (0, 1):
        for number, name in enumerate(NAMES):
            members = torch.from_numpy(np.flatnonzero(chosen[:, place] == number))
            if len(members):
                values = torch.from_numpy(amounts[:, place])[members]
                images.index_copy_(0, members, apply_operation(name, images[members], values, fill))
    return images


def apply_operation(name: str, images: Tensor, amounts: Tensor, fill: Colour) -> Tensor:
    """One operation on ``images``, with ``amounts`` float64 ``[n]`` where it takes them."""
    if name in PLAIN:
        return PLAIN[name](images)
    if name in GRADED:
        return GRADED[name](images, amounts)
    return GEOMETRIC[name](images, amounts, fill)


def _table(pairs: List[List[Any]], read: Callable[[Tuple[Any, ...]], Any]) -> np.ndarray:
    return np.array([[read(one) for one in pair] for pair in pairs])
