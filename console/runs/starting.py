"""The state of a run of which nothing has happened yet."""

from __future__ import annotations

from collections.abc import Sequence

from console.launch.plan import RankCommand
from console.runs.state import Phase, RankState, RunState


def starting_state(run_id: str, created: float, ranks: Sequence[RankCommand] = ()) -> RunState:
    """What is known before a supervisor has its word; ``created`` in Unix seconds."""
    return RunState(
        run_id=run_id,
        phase=Phase.STARTING,
        created=created,
        started=None,
        ended=None,
        supervisor=None,
        ranks=tuple(RankState(one.rank, one.device, Phase.STARTING) for one in ranks),
        attempt=1,
        last={},
        best={},
        total_steps=None,
        total_epochs=None,
        stalled=False,
        acknowledged={},
        cause=None,
        updated=created,
    )
