"""Checkpoints of earlier runs that a launch can start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.i18n import t
from console.i18n.sizes import bytes_text
from console.runs.checkpoints import Checkpoint, list_checkpoints
from console.runs.folder import RunFolder
from console.runs.state import RunSummary
from console.tui.dialogs.picker import Choice
from console.tui.wording import UNKNOWN, moment_text

RUNS_LOOKED_AT = 50
"""Only the newest runs of a profile are looked through; an older checkpoint can be given by its path."""


@dataclass(frozen=True, slots=True)
class StartPoint:
    """A checkpoint and the run that wrote it."""

    folder: RunFolder
    checkpoint: Checkpoint

    def choice(self, now: float) -> Choice:
        """The line of a list that stands for it."""
        checkpoint = self.checkpoint
        remark = f"{moment_text(checkpoint.time, now)}  {bytes_text(checkpoint.size)}"
        step = UNKNOWN if checkpoint.step is None else str(checkpoint.step)
        words = t("form.start_point", run=self.folder.run_id, step=step)
        return Choice(str(checkpoint.path), words, remark)


def start_points(runs: Iterable[RunSummary], profile: str) -> list[StartPoint]:
    """The checkpoints of the newest runs of a profile, newest run first. Reads the disk."""
    folders = [RunFolder(run.folder) for run in runs if run.profile == profile]
    return [
        StartPoint(folder, checkpoint)
        for folder in folders[:RUNS_LOOKED_AT]
        for checkpoint in reversed(list_checkpoints(folder))
    ]
