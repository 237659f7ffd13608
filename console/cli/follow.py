"""Following a run in a plain terminal: its log as talk, its end as the exit code."""

from __future__ import annotations

import time

from console.cli.log_file import LogFollower
from console.cli.output import print_json, say
from console.cli.summary import describe_run, end_sentence
from console.errors import ExitCode
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder
from console.runs.state import Phase

POLL_SECONDS = 0.25


def follow_run(folder: RunFolder, *, as_json: bool) -> int:
    """Print rank 0's log on stderr until the run ends.

    Returns ``OK`` for a run that finished or was stopped on request, ``FAILED`` for any other end. An
    interrupt is the caller's: it ends the following, not the run.
    """
    follower = LogFollower(folder.log_path(0))
    while True:
        state = observed_state(folder)
        lines = follower.new_lines()
        for line in lines:
            say(line)
        if not lines:
            if state.phase.final:
                break
            time.sleep(POLL_SECONDS)
    if as_json:
        print_json(describe_run(folder))
    say(end_sentence(folder))
    return ExitCode.OK if state.phase in (Phase.FINISHED, Phase.STOPPED) else ExitCode.FAILED
