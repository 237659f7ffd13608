"""The rate at which an input pipeline makes batches, for the scripts beside this one."""

from __future__ import annotations

import time
from collections.abc import Iterator


def print_rate(batches: Iterator[object], batch_size: int, seconds: float, warm_up: int = 3) -> None:
    """Print the images/s over ``seconds``, after ``warm_up`` batches."""
    for _ in range(warm_up):
        next(batches)
    began, made = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        next(batches)
        made += 1
    print(made * batch_size / (time.perf_counter() - began), flush=True)
