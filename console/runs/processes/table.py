"""Processes as Linux's ``/proc`` shows them (proc(5)): who is who, who is alive, who belongs to whom."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from console.runs.state import ProcessId

PROC = Path("/proc")
CREATED_TOLERANCE = 1.0
_DEAD_STATES = "ZXx"


class ProcessStat(NamedTuple):
    """The fields of ``/proc/PID/stat`` that say who a process is; ``start`` is in clock ticks since boot."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    start: int

    @property
    def dead(self) -> bool:
        """True for a zombie: the process has ended and only its exit code is left."""
        return self.state in _DEAD_STATES


def read_stat(pid: int) -> ProcessStat | None:
    """The process ``pid`` of now, or ``None`` when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The second field is the command in parentheses; it may hold blanks and parentheses itself.
    fields = text[text.rfind(b")") + 2 :].split()
    parent, group, session = map(int, fields[1:4])
    return ProcessStat(pid, fields[0].decode(), parent, group, session, int(fields[19]))


def all_processes() -> list[ProcessStat]:
    """Every process of this pid namespace that has not ended."""
    stats = (read_stat(int(path.name)) for path in PROC.iterdir() if path.name.isdigit())
    return [stat for stat in stats if stat is not None and not stat.dead]


def identify(pid: int) -> ProcessId | None:
    """The identity of the process that has the pid now, ``None`` when there is none."""
    stat = read_stat(pid)
    return None if stat is None else _process_id(stat)


def is_alive(process: ProcessId) -> bool:
    """True while this very process runs: not a zombie, not a later process under the same pid."""
    stat = read_stat(process.pid)
    if stat is None or stat.dead:
        return False
    now = _process_id(stat)
    if process.mark and now.mark:
        return process.mark == now.mark
    return abs(process.created - now.created) <= CREATED_TOLERANCE


def is_of_this_place(process: ProcessId) -> bool:
    """True when ``process`` was started since this boot and in this pid
    namespace, so that we can look for it."""
    return process.mark.rpartition(":")[0] == _place() if process.mark else True


def is_of_earlier_boot(process: ProcessId) -> bool:
    """True when the machine's boot id has changed since ``process`` was started."""
    return bool(process.mark) and process.mark.partition(":")[0] != _place().partition(":")[0]


def family(processes: Iterable[ProcessStat], sessions: Collection[int], roots: Collection[int]) -> set[int]:
    """The pids in one of ``sessions``, and those descended from one of
    ``roots`` (without the roots themselves)."""
    table = list(processes)
    children: dict[int, list[int]] = {}
    for stat in table:
        children.setdefault(stat.parent, []).append(stat.pid)
    members = {stat.pid for stat in table if stat.session in sessions}
    frontier = [*roots, *members]
    while frontier:
        for child in children.get(frontier.pop(), ()):
            if child not in members:
                members.add(child)
                frontier.append(child)
    return members - set(roots)


def writes_to(pid: int, path: Path) -> bool:
    """True when a process has the file ``path`` as its standard output or error."""
    try:
        wanted = path.stat()
        outputs = [(PROC / str(pid) / "fd" / number).stat() for number in ("1", "2")]
    except OSError:
        return False
    return any((one.st_dev, one.st_ino) == (wanted.st_dev, wanted.st_ino) for one in outputs)


def session_leader_writing(path: Path) -> ProcessId | None:
    """The session leader whose output is the file ``path``: a rank that nobody took down the pid of."""
    for stat in all_processes():
        if stat.session == stat.pid and writes_to(stat.pid, path):
            return _process_id(stat)
    return None


def _process_id(stat: ProcessStat) -> ProcessId:
    created = _boot_time() + stat.start / os.sysconf("SC_CLK_TCK")
    return ProcessId(stat.pid, created, f"{_place()}:{stat.start}")


@cache
def _place() -> str:
    """Boot id and pid namespace: within one such place a pid and its start tick name one process."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{(PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ":"


@cache
def _boot_time() -> float:
    """The start of this machine, in Unix seconds, by its clock as it stood when first asked."""
    for line in (PROC / "stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0
