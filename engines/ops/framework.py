"""TensorFlow under its 1.x names, quiet, in whatever mode it is: what input pipelines are written in."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # no backend here is a GPU; looking for one costs time
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # else importing TensorFlow imports Keras, which is slow
if sys.version_info >= (3, 10):
    # oneDNN's kernels are faster also on processors for which TensorFlow leaves them off. Those of 2.6, which
    # ends at Python 3.9, can crash.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
warnings.filterwarnings("ignore", category=FutureWarning)  # TensorFlow 1.15 with later numpy
logging.getLogger("tensorflow").setLevel(logging.ERROR)

import tensorflow as _tensorflow  # noqa: E402

tf = _tensorflow.compat.v1

Tensor = Any
"""A tensor, symbolic or not, or a variable; TensorFlow itself declares no types that tell them apart."""

DType = Any
"""A ``tf.DType``."""

Dataset = Any
"""A ``tf.data.Dataset``."""

VERSION = _tensorflow.__version__
