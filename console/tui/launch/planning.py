"""A launch in the making: what the operator chose, the plan made of it off the event loop, and its start."""

from __future__ import annotations

from dataclasses import replace

from textual import work
from textual.timer import Timer

from console.launch.plan import Choices, Host, LaunchPlan
from console.tui.base_screen import ConsoleScreen
from console.tui.known_profiles import KnownProfiles
from console.tui.launch.form.basis import FormContext
from console.tui.launch.form.launch_state import LaunchState

PLAN_DELAY = 0.12
"""Seconds without a change after which a plan is made; shorter than the pause between words."""

PLAN_LIFE = 60.0
"""Seconds after which a plan is made anew: devices get busy, disks fill, names carry the time."""


class PlanningScreen(ConsoleScreen):
    """Keeps one state per profile, so that going to another profile and back loses nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.known: KnownProfiles | None = None
        self.states: dict[str, LaunchState] = {}
        self.profile_name: str | None = None
        self.form_context = FormContext()
        self._planned: Choices | None = None
        self._planned_at = 0.0
        self._plan_timer: Timer | None = None
        self._start_when_planned = False

    def show_form(self) -> None:
        """Show the state, and what the plan says of it."""
        raise NotImplementedError

    def show_plan(self, plan: LaunchPlan) -> None:
        """Show findings and command of a new plan."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Plans grow old."""
        self._leave_clock = self.console_app.clock.listen(self._stay_fresh)

    def on_unmount(self) -> None:
        """Leave the clock."""
        self._leave_clock()

    def on_screen_resume(self) -> None:
        """Check again: devices, disk and data may have changed while another screen was on top."""
        if self.checked:
            self.plan_soon(0)

    def _stay_fresh(self, now: float) -> None:
        if self.is_current and self.checked and now - self._planned_at > PLAN_LIFE:
            self.plan_soon(0)

    @property
    def state(self) -> LaunchState | None:
        """What stands in the form."""
        return self.states.get(self.profile_name or "")

    @property
    def plan(self) -> LaunchPlan | None:
        """The newest plan made of it."""
        return self.form_context.plan

    @property
    def checked(self) -> bool:
        """True when the newest plan is of what stands in the form now."""
        return self.plan is not None and self.state is not None and self._planned == self.state.choices

    def set_state(self, state: LaunchState) -> None:
        """Take over a changed state, and plan anew when that makes a difference."""
        before, self.states[state.profile.name] = self.state, state
        self._start_when_planned = False
        self.show_form()
        if before is None or before.choices != state.choices:
            self.plan_soon(PLAN_DELAY)

    def forget_plan(self) -> None:
        """The plan there is belongs to another profile."""
        self._planned = None
        self.form_context = replace(self.form_context, plan=None)

    def plan_soon(self, delay: float) -> None:
        """Make a plan once the choices have stood still for ``delay`` seconds."""
        if self._plan_timer is not None:
            self._plan_timer.stop()
        if delay:
            self._plan_timer = self.set_timer(delay, self._make_plan)
        else:
            self.call_after_refresh(self._make_plan)  # What is to be seen is drawn first.

    def _make_plan(self) -> None:
        if self.state is not None:
            self._plan_in_thread(self.state.choices)

    @work(thread=True, exclusive=True, group="plan")
    def _plan_in_thread(self, choices: Choices) -> None:
        from console.catalog.loader import Catalog
        from console.launch.host import observe_host
        from console.launch.service import make_plan

        app = self.console_app
        profiles = self.known.profiles if self.known else {}
        try:
            host = observe_host()
            plan = make_plan(choices, Catalog(profiles, ()), host)
        except Exception as error:
            app.call_later(app.report, error)
            return
        self.call_later(self._take_plan, choices, plan, host)

    def _take_plan(self, choices: Choices, plan: LaunchPlan, host: Host) -> None:
        """Show a plan, unless the choices have changed since it was asked for."""
        self.console_app.take_host(host)
        if self.state is None or choices != self.state.choices:
            return
        self._planned = choices
        self._planned_at = self.console_app.clock.now()
        self.form_context = replace(self.form_context, plan=plan, host=host)
        self.show_plan(plan)
        self.show_form()
        if self._start_when_planned:
            self._start_when_planned = False
            self.action_start()

    @property
    def blocked(self) -> bool:
        """True while an error stands against the launch, as far as is known."""
        return (
            self.state is None or bool(self.state.problems) or (self.plan is not None and self.plan.blocked)
        )

    def action_start(self) -> None:
        """Start what is shown; a press that comes before the plan counts as soon as there is one."""
        if not self.checked or self.plan is None:
            self._start_when_planned = True
        elif not self.blocked:
            self.remember_folder(self.plan)
            self.console_app.start_run(self.plan)

    def remember_folder(self, plan: LaunchPlan) -> None:
        """Keep a folder the operator gave for a data set, unless it is the one known for it anyway."""
        folder = plan.choices.data_dir
        dataset = (self.form_context.datasets or {}).get(plan.dataset)
        folders = self.console_app.settings.data_folders
        if folder not in (None, dataset.folder if dataset else None, folders.get(plan.dataset)):
            self.console_app.remember(data_folders={**folders, plan.dataset: folder})
