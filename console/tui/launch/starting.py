"""What a launch starts from: nothing, a run to resume, or a checkpoint to fine-tune."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from console.i18n import t
from console.launch.plan import Choices
from console.tui.launch.form.placement_fields import FINE_TUNE, RESUME, SCRATCH
from console.tui.launch.planning import PlanningScreen

if TYPE_CHECKING:
    from console.tui.launch.start_points import StartPoint

ANOTHER_PATH = ""


class StartingScreen(PlanningScreen):
    """Lets the operator choose what to start from."""

    def take(self, choices: Choices) -> None:
        """Show the form of other choices, to be changed and launched."""
        raise NotImplementedError

    def choose_start(self, value: str) -> None:
        """Do what an option of the field ``start_from`` asks for."""
        if self.state is None:
            return
        if value == SCRATCH:
            self._start_from_path(None)
        elif value in (RESUME, FINE_TUNE):
            self._find_start_points(self.state.profile.name, value)

    @work(thread=True, exclusive=True, group="start-points")
    def _find_start_points(self, profile: str, purpose: str) -> None:
        from console.tui.launch.start_points import start_points

        app = self.console_app
        points = start_points(app.runs or (), profile)
        self.call_later(self._ask_start_point, points, purpose)

    def _ask_start_point(self, points: list[StartPoint], purpose: str) -> None:
        from console.tui.dialogs.picker import Choice, PickerDialog

        now = self.console_app.clock.now()
        choices = [point.choice(now) for point in points]
        if purpose == FINE_TUNE:
            choices.append(Choice(ANOTHER_PATH, t("form.start_type_path")))
        if not choices:
            self.notify(t("form.no_checkpoints"), severity="warning", markup=False)
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
        self.app.push_screen(PickerDialog(title, choices), chosen)

    def _ask_path(self) -> None:
        from console.tui.dialogs.prompt import PromptDialog

        def answered(text: str | None) -> None:
            if text and text.strip():
                self._start_from_path(Path(text.strip()).expanduser())

        self.app.push_screen(PromptDialog(t("form.start_path_title")), answered)

    def _start_from_path(self, path: Path | None) -> None:
        if self.state is not None:
            choices = replace(self.state.choices, start_from=path, resume_run=None)
            self.set_state(replace(self.state, choices=choices))

    def _resume(self, point: StartPoint) -> None:
        from console.runs.resume import resume_choices

        try:
            self.take(resume_choices(point.folder, point.checkpoint.path))
        except Exception as error:
            self.console_app.report(error)
