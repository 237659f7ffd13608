"""Batches made ahead of the step that needs them."""

from __future__ import annotations

import queue
import threading
from typing import Any, Iterable, Iterator

import torch

DEPTH = 2


class Prefetched:
    """Goes through ``batches`` in a thread of its own, up to two ahead; what it raises is raised here.

    That thread computes on one core: the others belong to the training step.
    """

    def __init__(self, batches: Iterable[Any]) -> None:
        self._ready: queue.Queue[Any] = queue.Queue(maxsize=DEPTH)
        threading.Thread(target=self._run, args=(batches,), name="batches", daemon=True).start()

    def __iter__(self) -> Iterator[Any]:
        while True:
            batch, error = self._ready.get()
            if error is not None:
                raise error
            if batch is None:
                return
            yield batch

    def _run(self, batches: Iterable[Any]) -> None:
        torch.set_num_threads(1)
        try:
            for batch in batches:
                self._ready.put((batch, None))
            self._ready.put((None, None))
        except BaseException as error:
            self._ready.put((None, error))
