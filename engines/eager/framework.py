"""TensorFlow 2 as it starts: eager, with ``tf.function``. Import ``tf`` from here and nowhere else."""

from __future__ import annotations

from engines.common.errors import UsageError
from engines.ops.framework import VERSION

import tensorflow as tf  # isort: skip  # after the environment is set for it

__all__ = ["VERSION", "require_version", "tf"]


def require_version(oldest: "tuple[int, int]", what: str) -> None:
    """Raise :class:`UsageError` where this TensorFlow is older than ``what`` needs."""
    if tuple(int(part) for part in VERSION.split(".")[:2]) < oldest:
        raise UsageError(
            "{} needs TensorFlow {}.{} or newer, but this interpreter has {}; "
            "choose another interpreter.".format(what, oldest[0], oldest[1], VERSION)
        )


require_version((2, 4), "This engine")
