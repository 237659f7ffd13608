"""Profiling on CPU: the framework's trace of chosen steps as a Chrome trace file."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

from tensorflow.python.client import timeline

from engines.common.atomic import replace_file
from engines.common.job import Job
from engines.graph.framework import tf


class GraphTracer:
    """Traces one range of steps at a time and writes ``trace.json`` when the range or the training ends."""

    def __init__(self, job: Job, steps: Optional[Tuple[int, int]]) -> None:
        self._job = job
        self._steps = steps
        self._events: List[Dict[str, Any]] = []
        self._metadata: Any = None

    def schedule(self, first: int, last: int) -> Tuple[int, int]:
        """Trace the steps ``first`` to ``last``, both included; returns them.

        Raises ``ValueError`` with a sentence while another range is waiting or being traced.
        """
        if self._steps is not None:
            raise ValueError("another range of steps is being traced")
        self._steps = (first, last)
        return self._steps

    def start(self, step: int) -> Tuple[Any, Any]:
        """Run options and a place for the trace of ``step``; ``(None, None)`` where it is not traced."""
        if self._steps is None or not self._steps[0] <= step <= self._steps[1]:
            return None, None
        self._metadata = tf.RunMetadata()
        return tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), self._metadata

    def finish(self, step: int, ended: bool) -> None:
        """Take in the trace of ``step``; write the file after the last one, or at the training's end."""
        if self._metadata is not None:
            self._add(self._metadata, step)
            self._metadata = None
        if self._steps is not None and self._events and (ended or step >= self._steps[1]):
            self._write(min(step, self._steps[1]))

    def _add(self, metadata: Any, step: int) -> None:
        trace = timeline.Timeline(metadata.step_stats).generate_chrome_trace_format()
        for event in json.loads(trace)["traceEvents"]:
            if event.get("ph") == "M":
                if event in self._events:
                    continue
            elif "args" in event:
                event["args"]["step"] = step
            self._events.append(event)

    def _write(self, last: int) -> None:
        assert self._steps is not None
        name = "steps-{}-{}_rank-{}".format(self._steps[0], last, self._job.ranks.rank)
        folder = self._job.toggles.profile_path / name
        text = json.dumps({"traceEvents": self._events}).encode("utf-8")
        replace_file(folder / "trace.json", lambda file: file.write(text))
        path = self._job.relative(folder)
        self._job.reporter.event("profile", first=self._steps[0], last=last, path=path)
        self._steps = None
        self._events = []
