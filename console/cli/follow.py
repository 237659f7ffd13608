"""Following a run in a plain terminal: its log as talk, its end as the exit code."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from console.cli.output import print_json, say
from console.cli.summary import describe_run, end_sentence
from console.errors import ExitCode
from console.i18n import t
from console.runs.adoption import observed_state
from console.runs.folder import RunFolder
from console.runs.model import Phase

POLL_SECONDS = 0.25


class LogFollower:
    """Copies what is appended to one file, in whole lines where it can."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self._rest = b""

    def new_lines(self) -> list[str]:
        """The lines completed since the last call; a file that is not there yet has none."""
        try:
            with self.path.open("rb") as log:
                log.seek(self.offset)
                block = log.read(1 << 20)
        except FileNotFoundError:
            return []
        self.offset += len(block)
        *lines, self._rest = (self._rest + block).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]


def follow_run(folder: RunFolder, *, as_json: bool) -> int:
    """Print rank 0's log on stderr until the run ends; Ctrl-C leaves the run alone and goes.

    Returns ``OK`` for a run that finished or was stopped on request, ``FAILED`` for any other end.
    """
    follower = LogFollower(folder.log_path(0))
    try:
        while True:
            state = observed_state(folder)
            lines = follower.new_lines()
            for line in lines:
                say(line)
            if state.phase.final and not lines:
                break
            if not lines:
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        say(t("cli.left_alone", run=folder.run_id))
        return ExitCode.INTERRUPTED
    if as_json:
        print_json(describe_run(folder))
    say(end_sentence(folder))
    return ExitCode.OK if state.phase in (Phase.FINISHED, Phase.STOPPED) else ExitCode.FAILED


def last_offset(path: Path, lines: int) -> int:
    """The byte offset at which the last ``lines`` lines of a file begin, found from its end."""
    try:
        with path.open("rb") as log:
            position = log.seek(0, os.SEEK_END)
            tail = b""
            while position > 0 and tail.count(b"\n") <= lines:
                block = min(1 << 16, position)
                position -= block
                log.seek(position)
                tail = log.read(block) + tail
    except FileNotFoundError:
        return 0
    kept = tail.split(b"\n")[-(lines + 1) :] if tail.endswith(b"\n") else tail.split(b"\n")[-lines:]
    return position + len(tail) - len(b"\n".join(kept)) if lines else position + len(tail)


def print_line(rank: int | None, line: str) -> None:
    """One log line on stdout, with its rank in front when several are shown."""
    click.echo(line if rank is None else f"{rank}│ {line}")
