"""Profiling on CPU: the framework's trace of chosen steps, for TensorBoard and as a Chrome trace file."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from engines.common.atomic import replace_file
from engines.common.job import Job
from engines.eager.framework import tf

PLANE_MODULES = (
    "tensorflow.tsl.profiler.protobuf.xplane_pb2",
    "tensorflow.core.profiler.protobuf.xplane_pb2",
)
"""The modules in which versions keep the format of the profiler's files."""

STEP_EVENT = "step"


class EagerTracer:
    """Traces one range of steps at a time.

    When the range or the training ends, its folder holds what TensorBoard's profile plugin reads, and the same
    as ``trace.json``.
    """

    def __init__(self, job: Job, steps: Optional[Tuple[int, int]]) -> None:
        self._job = job
        self._steps = steps
        self._folder: Optional[Path] = None

    def schedule(self, first: int, last: int) -> Tuple[int, int]:
        """Trace the steps ``first`` to ``last``, both included; returns them.

        Raises ``ValueError`` with a sentence while another range is waiting or being traced.
        """
        if self._steps is not None:
            raise ValueError("another range of steps is being traced")
        self._steps = (first, last)
        return self._steps

    def start(self, step: int) -> Any:
        """A context for ``step``, which is traced if it lies in the range."""
        if self._steps is not None and self._folder is None and self._steps[0] <= step <= self._steps[1]:
            self._steps = (step, self._steps[1])
            name = "steps-{}-{}_rank-{}".format(step, self._steps[1], self._job.ranks.rank)
            self._folder = self._job.toggles.profile_path / name
            tf.profiler.experimental.start(str(self._folder))
        return tf.profiler.experimental.Trace(STEP_EVENT, step_num=step)

    def finish(self, step: int, ended: bool) -> None:
        """``step`` is done; write the trace after the last one of the range, or at the training's end."""
        if self._folder is None or self._steps is None or (step < self._steps[1] and not ended):
            return
        tf.profiler.experimental.stop()
        events = [event for path in self._folder.glob("**/*.xplane.pb") for event in chrome_events(path)]
        text = json.dumps({"traceEvents": events}).encode("utf-8")
        replace_file(self._folder / "trace.json", lambda file: file.write(text))
        path = self._job.relative(self._folder)
        self._job.reporter.event("profile", first=self._steps[0], last=step, path=path)
        self._steps = self._folder = None


def chrome_events(path: Path) -> Iterator[Dict[str, Any]]:
    """The events of an XSpace file in the form of Chrome's trace viewer.

    A plane (a device) becomes a process, its lines threads; times are in microseconds.
    """
    space = _planes_module().XSpace()
    space.ParseFromString(path.read_bytes())
    for process, plane in enumerate(space.planes):
        yield _label("process_name", plane.name, process)
        for thread, line in enumerate(plane.lines):
            yield _label("thread_name", line.name, process, thread)
            for event in line.events:
                yield {
                    "ph": "X",
                    "name": plane.event_metadata[event.metadata_id].name,
                    "pid": process,
                    "tid": thread,
                    "ts": line.timestamp_ns / 1e3 + event.offset_ps / 1e6,
                    "dur": event.duration_ps / 1e6,
                    "args": _arguments(plane, event),
                }


def _planes_module() -> Any:
    for name in PLANE_MODULES:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise RuntimeError("this TensorFlow has none of {}".format(", ".join(PLANE_MODULES)))


def _label(kind: str, name: str, process: int, thread: int = 0) -> Dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": process, "tid": thread, "args": {"name": name}}


def _arguments(plane: Any, event: Any) -> Dict[str, Any]:
    found: List[Tuple[str, Any]] = []
    for stat in event.stats:
        kind = stat.WhichOneof("value")
        value = getattr(stat, kind) if kind is not None else None
        if kind == "ref_value":
            value = plane.stat_metadata[value].name
        if isinstance(value, (int, float, str)):
            found.append((plane.stat_metadata[stat.metadata_id].name, value))
    return dict(found)
