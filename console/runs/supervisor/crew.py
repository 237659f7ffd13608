"""The ranks a supervisor begins with: new ones to be started, or those an earlier supervisor started."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from console.launch.plan import RankCommand
from console.runs.processes import session_leader_writing
from console.runs.state import RunState
from console.runs.supervisor.job import Job
from console.runs.supervisor.rank import Rank
from console.runs.supervisor.ranks import Ranks
from console.runs.supervisor.recover import argv_of, environment_of


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
