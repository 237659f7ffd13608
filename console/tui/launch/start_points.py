"""The start of a launch: from nothing, from a run to resume, or from a checkpoint to fine-tune."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from textual.screen import Screen

from console.i18n import t
from console.i18n.sizes import bytes_text
from console.launch.options.choices import Choices
from console.runs.checkpoints import Checkpoint, list_checkpoints
from console.runs.folder import RunFolder
from console.runs.state import RunSummary
from console.tui.dialogs.picker import Choice, PickerDialog
from console.tui.dialogs.prompt import PromptDialog
from console.tui.launch.form.placement import FINE_TUNE, RESUME, SCRATCH
from console.tui.launch.planner import Planner
from console.tui.session import Session
from console.tui.wording import UNKNOWN, moment_text

RUNS_LOOKED_AT = 50
"""Only the newest runs of a profile are looked through; an older checkpoint can be given by its path."""

ANOTHER_PATH = ""


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


class StartPointChooser:
    """Asks for a start point in dialogs over ``screen`` and puts it into the planner's state.

    ``resume`` is called with the choices of a run to resume, which replace all others.
    """

    def __init__(
        self, screen: Screen[Any], session: Session, planner: Planner, resume: Callable[[Choices], object]
    ) -> None:
        self._screen = screen
        self._session = session
        self._planner = planner
        self._resume_choices = resume

    def choose(self, value: str) -> None:
        """Do what an option of the field ``start_from`` asks for."""
        state = self._planner.state
        if state is None:
            return
        if value == SCRATCH:
            self._start_from_path(None)
        elif value in (RESUME, FINE_TUNE):
            work = partial(self._find, state.profile.name, value)
            self._screen.run_worker(work, thread=True, exclusive=True, group="start-points")

    def _find(self, profile: str, purpose: str) -> None:
        points = start_points(self._session.runs.value or (), profile)
        self._screen.call_later(self._ask, points, purpose)

    def _ask(self, points: list[StartPoint], purpose: str) -> None:
        now = self._session.clock.now()
        choices = [point.choice(now) for point in points]
        if purpose == FINE_TUNE:
            choices.append(Choice(ANOTHER_PATH, t("form.start_type_path")))
        if not choices:
            self._screen.notify(t("form.no_checkpoints"), severity="warning", markup=False)
            return
        by_path = {str(point.checkpoint.path): point for point in points}

        def chosen(path: str | None) -> None:
            if path == ANOTHER_PATH:
                self._ask_path()
            elif path is not None and purpose == RESUME:
                self._resume(by_path[path])
            elif path is not None:
                self._start_from_path(Path(path))

        title = t("form.start_resume") if purpose == RESUME else t("form.start_fine_tune")
        self._screen.app.push_screen(PickerDialog(title, choices), chosen)

    def _ask_path(self) -> None:
        def answered(text: str | None) -> None:
            if text and text.strip():
                self._start_from_path(Path(text.strip()).expanduser())

        self._screen.app.push_screen(PromptDialog(t("form.start_path_title")), answered)

    def _start_from_path(self, path: Path | None) -> None:
        state = self._planner.state
        if state is not None:
            choices = replace(state.choices, start_from=path, resume_run=None)
            self._planner.set_state(replace(state, choices=choices))

    def _resume(self, point: StartPoint) -> None:
        from console.runs.resume import resume_choices

        try:
            self._resume_choices(resume_choices(point.folder, point.checkpoint.path))
        except Exception as error:
            self._session.notifier.report(error)
