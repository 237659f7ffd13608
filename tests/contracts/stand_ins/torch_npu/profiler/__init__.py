"""``torch_npu.profiler``: its output folder is named as the real one's."""

from __future__ import annotations

from pathlib import Path

from torch_npu._calls import record, require


def tensorboard_trace_handler(dir_name=None, worker_name=None, analyse_flag=True, async_mode=False):
    def handle(profiler) -> None:
        folder = Path(dir_name) / f"{worker_name}_20260101000000000_ascend_pt"
        (folder / "ASCEND_PROFILER_OUTPUT").mkdir(parents=True)
        (folder / "ASCEND_PROFILER_OUTPUT" / "trace_view.json").write_text("[]")

    return handle


class profile:  # noqa: N801
    def __init__(
        self,
        *,
        activities=None,
        schedule=None,
        on_trace_ready=None,
        record_shapes=False,
        profile_memory=False,
        with_stack=False,
        with_flops=False,
        with_modules=False,
        experimental_config=None,
        use_cuda=None,
    ) -> None:
        record("profile", record_shapes=record_shapes)
        self._ready = on_trace_ready
        self._running = False

    def start(self) -> None:
        require(not self._running, "the profiler runs already")
        self._running = True

    def stop(self) -> None:
        require(self._running, "the profiler does not run")
        self._running = False
        if self._ready is not None:
            self._ready(self)
