"""TensorFlow under its 1.x names, quiet, in whatever mode it is: what input pipelines are written in."""

from __future__ import annotations

import logging
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # no backend here is a GPU; looking for one costs time
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # else importing TensorFlow imports Keras, which is slow
warnings.filterwarnings("ignore", category=FutureWarning)  # TensorFlow 1.15 with later numpy
logging.getLogger("tensorflow").setLevel(logging.ERROR)

import tensorflow as _tensorflow  # noqa: E402

tf = _tensorflow.compat.v1

VERSION = _tensorflow.__version__
