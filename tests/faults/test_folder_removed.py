"""Somebody removes the folder of a live run."""

from __future__ import annotations

import os
import shutil
import signal

from tests.faults.conftest import Launcher, alive, printed, rank_pid, supervisor_pid, wait_for


def test_the_training_is_left_alone_and_a_note_names_its_processes(launch: Launcher) -> None:
    folder = launch("import time\nprint('up')\ntime.sleep(900)\n", ranks=2)
    wait_for(lambda: printed(folder, "up", 0) and printed(folder, "up", 1))
    supervisor, ranks = supervisor_pid(folder), [rank_pid(folder, 0), rank_pid(folder, 1)]
    shutil.rmtree(folder.path)
    wait_for(lambda: not alive(supervisor), "the supervisor to leave")
    note = folder.path.with_name(f"{folder.run_id}.orphaned.txt").read_text()
    assert all(str(pid) in note and alive(pid) for pid in ranks)
    assert not folder.path.exists()
    for pid in ranks:
        os.kill(pid, signal.SIGKILL)
