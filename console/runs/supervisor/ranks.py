"""All ranks of a run: started and ended together, their logs read in turn."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from console.launch.plan import RankCommand
from console.metrics.ingest import IngestBatch, SeriesNames
from console.runs.processes.table import session_leader_writing
from console.runs.spec.job import Job
from console.runs.state import Phase, ProcessId, RunState
from console.runs.supervisor.outcome import phase_of_exit
from console.runs.supervisor.rank import Rank
from console.runs.supervisor.record import say
from console.runs.supervisor.signals import Exit
from console.runs.supervisor.spawn import (
    StartError,
    argv_of,
    environment_of,
    is_complete,
    resumed_command,
)

TURN_BYTES = 1 << 18
"""Bytes of log that one turn of the supervisor reads, over all ranks: bounds memory, keeps requests prompt."""

RANK_BYTES = 1 << 16


class Ranks:
    """The ranks of one run, in order."""

    def __init__(self, ranks: Sequence[Rank]) -> None:
        self.all = tuple(ranks)
        self.are_read = False
        self._next = 0
        self._defects: list[tuple[Rank, str]] = []

    @property
    def live(self) -> bool:
        """True while the process of any rank has not been seen to end."""
        return any(rank.is_live for rank in self.all)

    def processes(self) -> list[ProcessId]:
        """The processes of the ranks, ended ones included."""
        return [rank.process for rank in self.all if rank.process is not None]

    def living_pids(self) -> list[int]:
        """The pids of the ranks that have not been seen to end."""
        return [rank.process.pid for rank in self.all if rank.is_live and rank.process is not None]

    @property
    def can_start_again(self) -> bool:
        """True when no rank's command or environment has a masked value in it."""
        return all(is_complete(rank.argv, rank.environment) for rank in self.all)

    def commands(self, checkpoint: Path | None = None) -> dict[int, Sequence[str]]:
        """The command of each rank by its number; with a checkpoint the one that goes on from there."""
        commands = {rank.number: rank.argv for rank in self.all}
        if checkpoint is None:
            return commands
        return {number: resumed_command(argv, checkpoint) for number, argv in commands.items()}

    def forget_processes(self) -> None:
        """Be as before the start, for another attempt."""
        for rank in self.all:
            rank.forget_process()

    def describe(self) -> str:
        """The living ranks with their pids, in words for the log."""
        return (
            ", ".join(
                f"rank {rank.number} is {rank.process.pid}"
                for rank in self.all
                if rank.is_live and rank.process
            )
            or "no rank lives"
        )

    def note_exits(self, exits: Sequence[Exit], signalled: bool) -> list[Rank]:
        """Note the ranks among ``exits`` and return them in the order in which they ended."""
        by_pid = {rank.process.pid: rank for rank in self.all if rank.process is not None and rank.is_live}
        ended = []
        for one in exits:
            rank = by_pid.get(one.pid)
            if rank is not None:
                rank.exited(one.code, phase_of_exit(one.code, signalled), one.time)
                ended.append(rank)
        return ended

    def note_lost(self, now: float) -> list[Rank]:
        """Note, on adoption, the ranks that were not seen to end and yet are no
        more, or never were started."""
        lost = [rank for rank in self.all if rank.ended is None and (not rank.is_live or rank.has_vanished())]
        for rank in lost:
            rank.exited(None, Phase.LOST, now)
        return lost

    def note_vanished(self, now: float) -> list[Rank]:
        """Note the adopted ranks that have ended; how they did is not known here."""
        vanished = [rank for rank in self.all if rank.has_vanished()]
        for rank in vanished:
            rank.exited(None, Phase.LOST, now)
        return vanished

    def follow_logs(self, patterns: Sequence[str], offsets: Mapping[int, int], names: SeriesNames) -> None:
        """Read every log from its offset on."""
        for rank in self.all:
            with self._keeping_control(rank):
                rank.follow_log(patterns, offsets.get(rank.number, 0), names)
        self.are_read = False

    def read_logs(self) -> Iterator[tuple[Rank, IngestBatch]]:
        """One turn's share of what is new in the logs; :attr:`are_read` tells whether that was all."""
        left = TURN_BYTES
        ranks_at_rest = 0
        self.are_read = False
        while ranks_at_rest < len(self.all):
            if left <= 0:
                return
            rank = self.all[self._next]
            self._next = (self._next + 1) % len(self.all)
            begin, batch = rank.offset, None
            with self._keeping_control(rank):
                batch = rank.read_log(RANK_BYTES)
            if batch is None:
                ranks_at_rest += 1
                continue
            ranks_at_rest = 0 if batch.more else ranks_at_rest + 1
            left -= max(0, rank.offset - begin)
            yield rank, batch
        self.are_read = True

    def take_defects(self) -> list[tuple[Rank, str]]:
        """The ranks whose logs could not be read on since the last call, with what stood against it."""
        defects, self._defects = self._defects, []
        return defects

    @contextmanager
    def _keeping_control(self, rank: Rank) -> Iterator[None]:
        """Give up reading a log that the reader cannot cope with, and nothing else: the run can still be
        stopped, and the log can be read again by a better reader."""
        try:
            yield
        except Exception as defect:
            say(f"the log of rank {rank.number} is read no further:\n{traceback.format_exc()}")
            rank.stop_reading()
            self._defects.append((rank, repr(defect)))

    def finish_logs(self) -> Iterator[tuple[Rank, IngestBatch]]:
        """The unfinished last lines of the logs, once nobody writes into them any more."""
        for rank in self.all:
            batch = None
            with self._keeping_control(rank):
                batch = rank.finish_log()
            if batch is not None and batch.lines:
                yield rank, batch

    def spawn(self, commands: Mapping[int, Sequence[str]], cwd: Path, umask: int, now: float) -> None:
        """Start every rank. Raises :class:`StartError` at the first that cannot
        be; those before it run on."""
        for rank in self.all:
            try:
                rank.spawn(commands[rank.number], cwd, umask, now)
            except StartError:
                rank.exited(None, Phase.FAILED, now)
                for other in self.all[rank.number + 1 :]:
                    other.exited(None, Phase.STOPPED, now)
                raise


def new_ranks(job: Job, commands: Sequence[RankCommand]) -> Ranks:
    """Ranks yet to be started with ``commands``, whose secrets are not masked."""
    return Ranks([Rank(one, {**os.environ, **one.env}, job.folder.log_path(one.rank)) for one in commands])


def adopted_ranks(job: Job, state: RunState | None) -> Ranks:
    """The ranks as ``state`` tells of them; one that it has no process for is looked for among the living."""
    recorded = {one.rank: one for one in state.ranks} if state is not None else {}
    ranks = []
    for frozen in job.commands:
        log_path = job.folder.log_path(frozen.rank)
        state_of_rank = recorded.get(frozen.rank)
        process = state_of_rank.process if state_of_rank is not None else None
        if process is None:
            # The earlier supervisor may have died between starting a rank and writing that down.
            process = session_leader_writing(log_path)
        command = replace(frozen, argv=tuple(argv_of(frozen, process)))
        rank = Rank(command, environment_of(frozen, process), log_path)
        rank.adopt(state_of_rank, process)
        ranks.append(rank)
    return Ranks(ranks)
