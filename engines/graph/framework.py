"""TensorFlow as its graph-mode interface, the same on every version.

Import ``tf`` from here and nowhere else: importing this module switches eager execution off.
"""

from __future__ import annotations

from engines.ops.framework import VERSION, tf

__all__ = ["VERSION", "tf"]

tf.disable_v2_behavior()
