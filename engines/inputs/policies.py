"""Learned augmentation policies: which operations an image gets, and how strong.

The policy "v0" is the one that EfficientNet's authors train with: per image one of 25 pairs of operations, each
with its probability and level. It is not the table of Cubuk et al., "AutoAugment" (2018), and stronger: at its
levels a translation can leave nothing of an image, and Posterize at level 2 keeps no bit.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

import numpy as np

from engines.inputs import policy_operations as operations
from engines.ops.framework import Tensor, tf

DRAWS = 5
"""Numbers in [0, 1) per image: the pair, then chance and sign of both operations."""

FILL = 128
"""Grey value of what geometric operations bring in from outside the image."""

OPERATIONS: Dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "AutoContrast": lambda image, amount: operations.auto_contrast(image),
    "Color": operations.colour,
    "Equalize": lambda image, amount: operations.equalize(image),
    "Invert": lambda image, amount: operations.invert(image),
    "Posterize": operations.posterize,
    "Rotate": partial(operations.rotate, fill=FILL),
    "ShearX": partial(operations.shear_x, fill=FILL),
    "ShearY": partial(operations.shear_y, fill=FILL),
    "Solarize": operations.solarize,
    "SolarizeAdd": operations.solarize_add,
    "TranslateY": partial(operations.translate_y, fill=FILL),
}
"""By name: (image uint8 ``[height, width, 3]``, amount float32) -> such an image."""

NAMES = sorted(OPERATIONS)


class Policy(NamedTuple):
    """Per pair and place in it, all ``[pairs, 2]``: the operation as an index into :data:`NAMES`, its
    probability, its amount, and whether the amount's sign is random."""

    operation: np.ndarray
    probability: np.ndarray
    amount: np.ndarray
    signed: np.ndarray


def load(name: str) -> Policy:
    """The policy called ``name``."""
    content = json.loads((Path(__file__).parent / "policies.json").read_text(encoding="utf-8"))
    amounts, pairs = content["amounts"], content["policies"][name]
    return Policy(
        operation=_table(pairs, np.int32, lambda one: NAMES.index(one[0])),
        probability=_table(pairs, np.float32, lambda one: one[1]),
        amount=_table(pairs, np.float32, lambda one: _amount(amounts.get(one[0], {}), one[2])),
        signed=_table(pairs, np.bool_, lambda one: amounts.get(one[0], {}).get("signed", False)),
    )


def apply(policy: Policy, image: Tensor, draws: Tensor) -> Tensor:
    """``image`` (uint8 ``[height, width, 3]`` of static shape) after one pair, chosen by the :data:`DRAWS` numbers
    ``draws``. Only the operations chosen are computed."""
    pair = tf.cast(draws[0] * float(len(policy.operation)), tf.int32)
    none = len(NAMES)
    for place in (0, 1):
        operation, probability, amount, signed = [
            tf.gather(tf.constant(one[:, place]), pair) for one in policy
        ]
        amount = tf.where(tf.logical_and(signed, draws[3 + place] < 0.5), -amount, amount)
        chosen = tf.where(draws[1 + place] < probability, operation, none)
        image = tf.switch_case(chosen, _branches(image, amount))
    return image


def _branches(image: Tensor, amount: Tensor) -> List[Callable[[], Tensor]]:
    """The operation for each of :data:`NAMES`; the last does nothing."""
    return [partial(OPERATIONS[name], image, amount) for name in NAMES] + [lambda: tf.identity(image)]


def _amount(rule: Dict[str, Any], level: int) -> float:
    """The amount that ``level`` 0 … 10 means for an operation; 0 for one that takes no amount."""
    value = float(rule.get("at_zero", 0.0) + rule.get("per_level", 0.0) * level)
    return float(int(value)) if rule.get("whole") else value


def _table(pairs: List[List[Any]], dtype: Any, read: Callable[[Tuple[Any, ...]], Any]) -> np.ndarray:
    return np.array([[read(one) for one in pair] for pair in pairs], dtype=dtype)
