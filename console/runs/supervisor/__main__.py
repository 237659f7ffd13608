"""``python -m console.runs.supervisor RUN_DIR [--adopt] [--report FD]``.

With ``--report`` it is started by a console: it reads its orders from standard input, leaves the console's
process tree, and writes one JSON line to the descriptor once the ranks run or it is clear that they will not.
Without it, it stays in the foreground, for looking at what it does.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from console.i18n import Language, set_language
from console.launch.plan import RankCommand
from console.runs.folder import RunFolder
from console.runs.processes.locks import lock_patiently
from console.runs.processes.table import identify
from console.runs.spec.job import Job, read_job
from console.runs.supervisor.live_state import LiveState
from console.runs.supervisor.loop import Supervisor
from console.runs.supervisor.ranks import adopted_ranks, new_ranks
from console.runs.supervisor.record import Record, say
from console.runs.supervisor.signals import Signals
from console.runs.supervisor.spawn import StartError

USAGE = "usage: python -m console.runs.supervisor RUN_DIR [--adopt] [--report FD]"

LOCK_PATIENCE = 2.0
"""Seconds to try for the lock before another supervisor is believed to have it."""

_PR_SET_CHILD_SUBREAPER = 36


def main(arguments: Sequence[str]) -> int:
    """Supervise one run to its end; the exit code is 0 unless the supervision itself could not be done."""
    rest = [argument for argument in arguments if argument != "--adopt"]
    report = -1
    if len(rest) == 3 and rest[1] == "--report" and rest[2].isdigit():
        report = int(rest[2])
    elif len(rest) != 1:
        sys.stderr.write(USAGE + "\n")
        return 2
    orders = _detach() if report >= 0 else {}
    return supervise(RunFolder(Path(rest[0])), orders, report, adopt="--adopt" in arguments)


def supervise(folder: RunFolder, orders: dict[str, Any], report: int, *, adopt: bool) -> int:
    """Take the lock, start or adopt the ranks, report, and go on until the run has ended.

    ``orders`` are what :func:`console.runs.processes.daemon.launch_supervisor` sends: the language to speak and the
    commands with their secrets; nothing on adoption.
    """
    os.umask(0o077)
    os.chdir(folder.path)
    set_language(Language(orders.get("language", Language.ENGLISH)))
    # The descriptor stays open, and with it the lock held, until this process ends.
    if lock_patiently(folder.supervisor_lock_path, LOCK_PATIENCE) is None:
        return _report(report, {"refused": "supervised"})
    state = folder.state() if adopt else None
    if state is not None and state.phase.final:
        return _report(report, {"refused": "ended"})
    _become_parent_of_orphans()
    job = read_job(folder)
    ranks = adopted_ranks(job, state) if adopt else new_ranks(job, _commands(job, orders))
    process = identify(os.getpid())
    assert process is not None
    supervisor = Supervisor(LiveState(job, process), ranks, Record(folder), Signals())
    try:
        if adopt:
            supervisor.adopt(state)
        else:
            supervisor.start()
        _report(report, {"started": True})
    except StartError as failure:
        say(f"rank {failure.rank} was not started: {failure}")
        _report(report, {"failed": failure.as_json()})
    supervisor.run()
    return 0


def _detach() -> dict[str, Any]:
    """Read the orders, then go on in a child that belongs to no terminal and has no parent to wait for it."""
    orders: dict[str, Any] = json.loads(sys.stdin.buffer.read() or b"{}")
    if os.fork():
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return orders


def _become_parent_of_orphans() -> None:
    """Have processes that a dying rank leaves behind become our children, so
    that they can be found and ended."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _commands(job: Job, orders: dict[str, Any]) -> Sequence[RankCommand]:
    """The frozen commands with the secrets that were sent along."""
    sent = orders.get("commands")
    if sent is None:
        return job.commands
    return [
        RankCommand(one.rank, one.device, tuple(argv), env, one.cpu_ids)
        for one, (argv, env) in zip(job.commands, sent, strict=True)
    ]


def _report(descriptor: int, answer: dict[str, Any]) -> int:
    """Tell the console that waits for it; 0. The console may be gone, which is no reason to stop."""
    if descriptor >= 0:
        try:
            os.write(descriptor, json.dumps(answer).encode())
            os.close(descriptor)
        except OSError as error:
            say(f"the console that started this run does not listen any more: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
