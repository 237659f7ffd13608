"""``feed_engine.py ENGINE SECONDS [flags]``: the images/s at which an engine's input pipeline makes batches.

Runs under every interpreter that the engines run under.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from rate import print_rate

from engines.common.devices.processor import keep_freed_memory
from engines.common.job import prepare_job
from engines.common.step_plan import plan_steps
from engines.common.stop_flag import StopFlag

ENDLESS = 1 << 30


def main(name: str, seconds: float, *flags: str) -> None:
    """Print the rate."""
    keep_freed_memory()
    recipe = importlib.import_module(f"engines.{name}.recipe")
    job = prepare_job(name, recipe.parse(list(flags)), StopFlag(), getattr(recipe, "CHECKS", None))
    module = importlib.import_module(f"engines.{name}.train")
    framework = "torch" if "torch" in sys.modules else "eager" if "engines.eager" in sys.modules else "graph"
    batches = {"torch": torch_batches, "eager": eager_batches, "graph": graph_batches}[framework](job, module)
    print_rate(batches, job.options.batch_size, seconds)
    os._exit(0)  # as the engines do: threads that make batches must not crash the interpreter on its way out


def torch_batches(job: Any, module: Any) -> Iterator[Any]:
    """As :mod:`engines.pytorch.training` goes through them."""
    from engines.pytorch.networks import TorchNetwork
    from engines.pytorch.prefetching import Prefetched

    images = own_class(module, TorchNetwork)(job.options).training_images(job, job.options.threads)
    plan = plan_steps(images.count, job.options.batch_size, 1, 1, ENDLESS)
    return iter(Prefetched(images.batches(plan, 0)))


def eager_batches(job: Any, module: Any) -> Iterator[Any]:
    """As :mod:`engines.eager.training` goes through them."""
    from engines.eager.datasets import training_set
    from engines.eager.networks import EagerNetwork

    network = own_class(module, EagerNetwork)(job.options)
    images = network.open_images(job, "train")
    plan = plan_steps(images.count, job.options.batch_size, 1, 1, ENDLESS)
    return iter(training_set(job, network, images, plan, 0, job.options.threads))


def graph_batches(job: Any, module: Any) -> Iterator[Any]:
    """As :mod:`engines.graph.training` goes through them."""
    from engines.graph.datasets import open_images, training_iterator
    from engines.graph.framework import tf
    from engines.graph.networks import GraphNetwork

    images = open_images(job, "train")
    assert images is not None
    plan = plan_steps(images.count, job.options.batch_size, 1, 1, ENDLESS)
    with tf.Graph().as_default():
        network = own_class(module, GraphNetwork)(job.options)
        iterator = training_iterator(job, network, images, plan, job.options.threads)
        with tf.Session() as session:
            session.run(iterator.initializer, {iterator.start: 0})
            batch = [one.op for one in tf.nest.flatten(iterator.batch)]
            while True:
                yield session.run(batch)


def own_class(module: Any, base: type) -> Any:
    """The class of ``module`` that is the engine's own."""
    found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, base)]
    return next(one for one in found if one.__module__ == module.__name__)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *sys.argv[3:])
