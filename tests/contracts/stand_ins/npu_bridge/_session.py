"""What importing the adapter does to ``tf.Session``: options are read, and looped operations really loop."""

from __future__ import annotations

import hashlib

import numpy as np
from tensorflow.compat import v1 as tf

from npu_bridge._calls import record, require
from npu_bridge._environment import check_ranks, device, open_device
from npu_bridge._options import DEFAULTS, read_options

THREADS = 16
"""More than the collectives that can wait at one time, each of which holds a thread here."""

_made = tf.Session.__init__
_run = tf.Session.run
_close = tf.Session.close


def patch():
    """Put this module's functions into ``tf.Session``."""
    tf.Session.__init__ = make
    tf.Session.run = run
    tf.Session.close = close


def loops(graph):
    """The looped operations of ``graph``, by name: how many steps one run makes."""
    if not hasattr(graph, "npu_loops"):
        graph.npu_loops = {}
    return graph.npu_loops


def make(self, target="", graph=None, config=None):
    require(target == "", "the device is reached through no server")
    options = read_options(config)
    number = device(options.get("session_device_id"))
    check_ranks(number)
    open_device(number)
    record("session", options=options, device=number)
    self.npu_options = dict(DEFAULTS, **options)
    on_cpu = tf.ConfigProto(
        intra_op_parallelism_threads=1, inter_op_parallelism_threads=THREADS, allow_soft_placement=True
    )
    _made(self, target, graph, on_cpu)


def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
    """As the device does it: all that is fetched with a looped operation is done in each of its steps, and
    the values are the last one's."""
    require(options is None and run_metadata is None, "there is no trace of a single run")
    known, steps = loops(self.graph), 1
    for fetched in tf.nest.flatten(fetches):
        name = getattr(getattr(fetched, "op", fetched), "name", fetched)
        if name in known:
            steps = known[name]
            agreed = steps == self.npu_options["iterations_per_loop"]
            require(agreed, "iterations_per_loop of the session is not that of the loop")
    for _ in range(steps):
        values = _run(self, fetches, feed_dict)
    return values


def close(self):
    """Close, and record what the variables have become: all ranks must agree."""
    if self.npu_options["iterations_per_loop"] > 1:
        require(loops(self.graph), "iterations_per_loop is set for the session alone")
    with self.graph.as_default():
        variables = tf.global_variables()
    digest = hashlib.sha256()
    for value in _run(self, variables):
        digest.update(np.ascontiguousarray(value).tobytes())
    record("close", variables=len(variables), digest=digest.hexdigest())
    _close(self)
