"""Where the run stands as a whole: what ``state.json`` says beside the ranks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from console.runs.state import Cause, Phase, ProcessId, RunState
from console.runs.supervisor.job import Job
from console.runs.supervisor.progress import Progress
from console.runs.supervisor.ranks import Ranks


@dataclass
class Standing:
    """The run's phase, attempt, cause and figures, which change as it goes. Times are Unix seconds.

    ``changed`` asks for the state to be written some time, ``urgent`` for at once.
    """

    job: Job
    supervisor: ProcessId
    phase: Phase = Phase.STARTING
    started: float | None = None
    ended: float | None = None
    attempt: int = 1
    cause: Cause | None = None
    stalled: bool = False
    progress: Progress = field(default_factory=Progress)
    changed: bool = True
    urgent: bool = True

    def restore(self, state: RunState) -> None:
        """Go on from what an earlier supervisor wrote."""
        self.phase, self.started, self.attempt = state.phase, state.started, state.attempt
        self.progress = Progress(
            state.last, state.best, state.acknowledged, state.refused, state.total_steps, state.total_epochs
        )

    def enter(self, phase: Phase) -> None:
        """Go over into another phase."""
        self.phase = phase
        self.urgent = True

    def state(self, ranks: Ranks) -> RunState:
        """The state as of now."""
        return RunState(
            run_id=self.job.folder.run_id,
            phase=self.phase,
            created=self.job.created,
            started=self.started,
            ended=self.ended,
            supervisor=None if self.phase.final else self.supervisor,
            ranks=tuple(rank.state() for rank in ranks.all),
            attempt=self.attempt,
            last=dict(self.progress.last),
            best=dict(self.progress.best),
            total_steps=self.progress.total_steps,
            total_epochs=self.progress.total_epochs,
            stalled=self.stalled,
            acknowledged=dict(self.progress.acknowledged),
            cause=self.cause,
            updated=time.time(),
            refused=tuple(sorted(self.progress.refused)),
        )
