"""TensorFlow as its graph-mode interface, the same on every version.

Import ``tf`` from here and nowhere else: importing this module switches eager execution off.
"""

from __future__ import annotations

from typing import Any

from engines.ops.framework import VERSION, tf

__all__ = ["VERSION", "Operation", "Session", "tf"]

Operation = Any
"""An operation of the graph, which is run for what it does."""

Session = Any
"""A ``tf.Session``."""

tf.disable_v2_behavior()
