"""The disk takes no more: the training goes on, and the record catches up when there is room again."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.errors import UserError
from console.locations import HOME_VARIABLE
from console.runs import control
from console.runs.folder import RunFolder
from console.runs.state import Phase
from tests.faults.conftest import (
    Launcher,
    alive,
    events,
    printed,
    rank_pid,
    started_with,
    stored,
    supervisor_pid,
    wait_for,
    wait_for_end,
)

STEADY = """
    import itertools, os, time
    for step in itertools.count():
        print(f"step: {step} loss: {step % 89}.0")
        if os.path.exists("{run_dir}/enough"):
            break
        time.sleep(0.002)
"""


def limit_file_size(pid: int, size: int) -> None:
    """Let one process write no file beyond ``size`` bytes, as a quota does; its children are left alone."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def assert_store_equals_log(folder: RunFolder) -> None:
    lines = folder.log_path(0).read_text().splitlines()
    assert stored(folder, "loss") == [(step, float(step % 89)) for step in range(len(lines))]


def lines_behind(folder: RunFolder) -> int:
    """The number of lines that the rank has printed and the state does not tell of yet."""
    state = folder.state()
    assert state is not None
    return len(folder.log_path(0).read_bytes().splitlines()) - (state.ranks[0].last_step or 0)


def test_the_supervisor_keeps_the_training_alive_and_catches_up(launch: Launcher) -> None:
    folder = launch(STEADY)
    wait_for(lambda: printed(folder, "step: 50 ") and lines_behind(folder) < 200)
    limit_file_size(supervisor_pid(folder), 1)
    wait_for(lambda: lines_behind(folder) > 500)
    assert alive(rank_pid(folder)) and alive(supervisor_pid(folder))
    limit_file_size(supervisor_pid(folder), resource.RLIM_INFINITY)
    wait_for(lambda: events(folder, "disk_full"))
    (folder.path / "enough").touch()
    assert wait_for_end(folder).phase is Phase.FINISHED
    assert_store_equals_log(folder)
    assert len(events(folder, "disk_full")) == 1


def test_a_stop_is_obeyed_while_nothing_can_be_written(launch: Launcher) -> None:
    folder = launch(STEADY)
    wait_for(lambda: printed(folder, "step: 50 ") and lines_behind(folder) < 200)
    supervisor, rank = supervisor_pid(folder), rank_pid(folder)
    limit_file_size(supervisor, 1)
    wait_for(lambda: lines_behind(folder) > 300)
    control.stop(folder)
    wait_for(lambda: not alive(rank))
    assert alive(supervisor), "it stays until the end is written down"
    limit_file_size(supervisor, resource.RLIM_INFINITY)
    assert wait_for_end(folder).phase is Phase.STOPPED
    assert_store_equals_log(folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, mounted for the test."""
    mount_point = tmp_path / "disk"
    mount_point.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(mount_point)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mounting, check=False).returncode:
        pytest.skip("needs the right to mount a small disk; the file size limit above covers the same code")
    yield mount_point
    subprocess.run(["umount", "--lazy", str(mount_point)], check=True)


def test_a_disk_that_is_really_full(
    launch: Launcher, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch.home = small_disk / "home"
    monkeypatch.setenv(HOME_VARIABLE, str(launch.home))
    folder = launch(
        """
        import itertools, os, sys, time
        lines = open("{run_dir}/../../../../lines.txt", "w", buffering=1)
        for step in itertools.count():
            try:
                print(f"step: {step} loss: 0.5")
            except OSError:
                pass
            lines.write(f"{step}\\n")
            if os.path.exists("{run_dir}/../../../../enough"):
                break
            time.sleep(0.005)
        """
    )
    try:
        wait_for(lambda: (state := folder.state()) is not None and (state.ranks[0].last_step or 0) > 20)
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(bytes(4096))
        steps = small_disk.parent / "lines.txt"
        count = len(steps.read_text().splitlines())
        wait_for(lambda: len(steps.read_text().splitlines()) > count + 300)
        assert alive(rank_pid(folder)) and alive(supervisor_pid(folder))
        with pytest.raises(UserError) as refusal:
            control.stop(folder)
        assert refusal.value.message.key == "runs.request_not_written"
        filler.unlink()
        (small_disk.parent / "enough").touch()
        assert wait_for_end(folder).phase is Phase.FINISHED
        whole = [line for line in folder.log_path(0).read_text().splitlines() if line.endswith(" loss: 0.5")]
        assert len(stored(folder, "loss")) >= len(whole)
    finally:
        for process in started_with(launch.home):
            process.kill()
