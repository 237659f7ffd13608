"""Telling processes apart, and finding what belongs to whom."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from console.runs.processes.table import (
    ProcessStat,
    all_processes,
    family,
    identify,
    is_alive,
    is_of_earlier_boot,
    is_of_this_place,
    read_stat,
)

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as process:
        yield process
        process.kill()


def test_a_process_is_itself_until_it_ends(child: subprocess.Popen[bytes]) -> None:
    process = identify(child.pid)
    assert process is not None
    assert is_alive(process)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(process), "a zombie has ended"
    child.wait()
    assert not is_alive(process)
    assert identify(child.pid) is None


def test_the_same_pid_with_another_start_is_another_process(child: subprocess.Popen[bytes]) -> None:
    process = identify(child.pid)
    assert process is not None
    place, _, tick = process.mark.rpartition(":")
    assert not is_alive(replace(process, mark=f"{place}:{int(tick) + 1}"))


def test_a_clock_that_was_set_makes_no_stranger_of_a_process(child: subprocess.Popen[bytes]) -> None:
    process = identify(child.pid)
    assert process is not None
    assert is_alive(replace(process, created=process.created - 7200.0))


def test_without_a_mark_the_start_time_decides(child: subprocess.Popen[bytes]) -> None:
    process = identify(child.pid)
    assert process is not None
    assert is_alive(replace(process, mark=""))
    assert not is_alive(replace(process, mark="", created=process.created - 10.0))


def test_the_place_of_a_process() -> None:
    process = identify(os.getpid())
    assert process is not None
    boot, namespace, tick = process.mark.split(":")
    assert is_of_this_place(process) and not is_of_earlier_boot(process)
    rebooted = replace(process, mark=f"another-boot:{namespace}:{tick}")
    assert not is_of_this_place(rebooted) and is_of_earlier_boot(rebooted)
    contained = replace(process, mark=f"{boot}:1:{tick}")
    assert not is_of_this_place(contained) and not is_of_earlier_boot(contained)


def test_a_command_name_with_blanks_and_parentheses_is_read(tmp_path: object) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "open('/proc/self/comm','w').write(') 1 (x'); " + SLEEP]
    ) as child:
        stat = read_stat(child.pid)
        child.kill()
    assert stat is not None
    assert stat.parent == os.getpid()


def test_all_processes_knows_this_one() -> None:
    assert os.getpid() in {stat.pid for stat in all_processes()}


def stat(pid: int, parent: int, session: int) -> ProcessStat:
    return ProcessStat(pid, "S", parent, pid, session, 0)


def test_a_family_is_sessions_and_descendants_without_the_roots() -> None:
    table = [
        stat(1, 0, 1),
        stat(10, 1, 10),  # a rank
        stat(11, 10, 10),  # its worker
        stat(12, 10, 12),  # its worker in a session of its own
        stat(13, 12, 12),  # and that one's child
        stat(14, 1, 10),  # an orphan in the rank's session
        stat(15, 14, 15),  # that one's child
        stat(20, 1, 20),  # somebody else's
    ]
    assert family(table, {10}, {10}) == {11, 12, 13, 14, 15}
    assert family(table, set(), {12}) == {13}
    assert family(table, set(), set()) == set()
