"""Logs as no sane training would write them: nothing is lost, and the supervisor stays answerable."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from console.runs import control
from console.runs.curves.gaps import recorded_gaps
from console.runs.state import Phase
from tests.faults.conftest import (
    Launcher,
    events,
    printed,
    rank_pid,
    stored,
    supervisor_pid,
    wait_for,
    wait_for_end,
)

MEGABYTES = 1 << 20


def resident_bytes(pid: int) -> int:
    """The most memory a process had resident so far (``VmHWM``)."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))


def test_garbage_is_kept_in_the_log_and_put_up_with(launch: Launcher) -> None:
    folder = launch(
        r"""
        import os
        out = os.fdopen(1, "wb", buffering=0)
        out.write(bytes(range(256)) * 200 + b"\n")
        out.write(b"@event {not json\n@event [1]\n@event {}\n@event {\"kind\": 3}\n")
        out.write(b"\x1b[31mstep 1 loss 0.25\x1b[0m\n")
        out.write(b"\x00" * 100000 + b"\r\r\r\n")
        out.write(b"step 2 loss 0.125")
        """
    )
    state = wait_for_end(folder)
    assert state.phase is Phase.FINISHED
    assert [pair for pair in stored(folder, "loss") if pair[0] in (1, 2)] == [(1, 0.25), (2, 0.125)]
    assert folder.log_path(0).read_bytes().startswith(bytes(range(256)))
    assert [event.detail["count"] for event in events(folder, "damaged_events")] == [4]


def test_damaged_event_lines_are_told_of_again_only_when_they_have_doubled(launch: Launcher) -> None:
    folder = launch(
        r"""
        import time
        for number in range(40):
            print("@event {torn", flush=True)
            time.sleep(0.06)
        """
    )
    wait_for_end(folder)
    counts = [event.detail["count"] for event in events(folder, "damaged_events")]
    assert 20 < counts[-1] <= 40
    assert len(counts) <= 6 and all(later >= 2 * earlier for earlier, later in pairwise(counts))


def test_lines_of_a_megabyte_cost_neither_memory_nor_the_lines_around_them(launch: Launcher) -> None:
    folder = launch(
        """
        import sys, time
        for step in range(40):
            sys.stdout.write("x" * (1 << 20) + f"\\nstep {step} loss {step}.5\\n")
        sys.stdout.flush()
        print("all out")
        while True:
            time.sleep(0.1)
        """
    )
    wait_for(lambda: printed(folder, "all out"))
    wait_for(lambda: (state := folder.state()) is not None and state.ranks[0].last_step == 39)
    wait_for(lambda: len(stored(folder, "loss")) == 40)
    assert stored(folder, "loss") == [(step, step + 0.5) for step in range(40)]
    assert resident_bytes(supervisor_pid(folder)) < 40 * MEGABYTES
    control.kill(folder)
    wait_for_end(folder)


def test_a_flood_of_lines_is_stored_whole_while_requests_are_heard(launch: Launcher) -> None:
    folder = launch(
        """
        import itertools, signal, sys, time
        leave = []
        signal.signal(signal.SIGTERM, lambda *_: leave.append(1))
        begin = time.monotonic()
        for block in itertools.count():
            steps = range(block * 1000, block * 1000 + 1000)
            sys.stdout.write("".join(f"step: {step} loss: {step % 97}.0 lr: 0.1\\n" for step in steps))
            sys.stdout.flush()
            if leave:
                break
            time.sleep(max(0.0, begin + (block + 1) / 20 - time.monotonic()))
        """,
        ranks=2,
    )
    wait_for(lambda: printed(folder, "step: 20000 ", rank=1))
    control.stop(folder)
    state = wait_for_end(folder)
    assert state.phase is Phase.STOPPED
    for rank in range(2):
        lines = folder.log_path(rank).read_text().splitlines()
        assert stored(folder, "loss", rank) == [(step, float(step % 97)) for step in range(len(lines))]


def test_an_endless_progress_bar_is_live_without_a_line_end(launch: Launcher) -> None:
    folder = launch(
        """
        import itertools, sys, time
        for step in itertools.count(1):
            sys.stdout.write(f"\\rstep {step}/100000 loss=0.5")
            sys.stdout.flush()
            time.sleep(0.02)
        """
    )
    wait_for(lambda: (state := folder.state()) is not None and (state.ranks[0].last_step or 0) > 5)
    control.kill(folder)
    assert wait_for_end(folder).phase is Phase.STOPPED


def test_a_log_cut_short_by_somebody_is_told_and_read_on(launch: Launcher) -> None:
    folder = launch(
        """
        import os, time
        for step in range(1, 4):
            print(f"step {step} loss {step}.5")
        while not os.path.exists("{run_dir}/go"):
            time.sleep(0.01)
        print("step 4 loss 4.5")
        """
    )
    wait_for(lambda: (state := folder.state()) is not None and state.ranks[0].last_step == 3)
    folder.log_path(0).write_bytes(b"")
    wait_for(lambda: events(folder, "log_truncated"))
    (folder.path / "go").touch()
    assert wait_for_end(folder).phase is Phase.FINISHED
    assert stored(folder, "loss") == [(step, step + 0.5) for step in range(1, 5)]
    assert rank_pid(folder) > 0


def test_a_log_the_reader_cannot_cope_with_costs_the_curves_and_not_the_control(launch: Launcher) -> None:
    folder = launch(
        "import time\nprint('step 1 loss 0.5', flush=True)\ntime.sleep(900)\n", ranks=2, line_patterns=("(",)
    )
    wait_for(lambda: printed(folder, "step 1", 1))
    wait_for(lambda: len(events(folder, "log_unreadable")) == 2)
    assert [gap.message.key for gap in recorded_gaps(folder)] == ["runs.gap_log_unreadable"]
    control.stop(folder)
    assert wait_for_end(folder).phase is Phase.STOPPED
