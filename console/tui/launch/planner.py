"""A launch in the making: the operator's choices, the plan made of them off the event loop, and its start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from console.catalog.profile import Profile
from console.launch.machine.host import Host
from console.launch.options.choices import Choices
from console.launch.plan import LaunchPlan
from console.tui.launch.form.basis import FormContext
from console.tui.launch.form.state import LaunchState
from console.tui.launch.known_profiles import KnownProfiles
from console.tui.session import Session

PLAN_DELAY = 0.12
"""Seconds without a change after which a plan is made; shorter than the pause between words."""

PLAN_LIFE = 60.0
"""Seconds after which a plan is made anew: devices get busy, disks fill, names carry the time."""


class Planner:
    """Keeps one state per profile, so that going to another profile and back loses nothing.

    ``screen`` lends its timers and threads. ``state_changed`` is called when the form is to be shown again,
    ``planned`` with every new plan.
    """

    def __init__(
        self,
        screen: Screen[Any],
        session: Session,
        state_changed: Callable[[], object],
        planned: Callable[[LaunchPlan], object],
    ) -> None:
        self._screen = screen
        self._session = session
        self._state_changed = state_changed
        self._tell_planned = planned
        self.known: KnownProfiles | None = None
        self.profile_name: str | None = None
        self.form_context = FormContext()
        self._states: dict[str, LaunchState] = {}
        self._planned: Choices | None = None
        self._planned_at = 0.0
        self._plan_timer: Timer | None = None
        self._start_when_planned = False

    def take_profiles(self, known: KnownProfiles) -> None:
        """Keep the profiles and data sets as they were just read."""
        self.known = known
        self.form_context = replace(self.form_context, datasets=known.datasets)

    def choose(self, profile: Profile) -> None:
        """Go to a profile, with its form as it was left, and plan."""
        self.profile_name = profile.name
        left = self._states.get(profile.name)
        if left is None or left.profile != profile:
            choices = left.choices if left else Choices(profile=profile.name)
            self._states[profile.name] = LaunchState(profile, choices)
        self._planned = None
        self.form_context = replace(self.form_context, plan=None)
        self._state_changed()
        self.plan_soon(0)

    def fill_in(self, profile: Profile, choices: Choices) -> None:
        """Put another run's choices into the profile's form; the new run gets a name of its own."""
        self._states[profile.name] = LaunchState(profile, replace(choices, name=None))

    def set_state(self, state: LaunchState) -> None:
        """Take over a changed state, and plan anew when that makes a difference."""
        before, self._states[state.profile.name] = self.state, state
        self._start_when_planned = False
        self._state_changed()
        if before is None or before.choices != state.choices:
            self.plan_soon(PLAN_DELAY)

    @property
    def state(self) -> LaunchState | None:
        """The content of the form."""
        return self._states.get(self.profile_name or "")

    @property
    def plan(self) -> LaunchPlan | None:
        """The newest plan made of it."""
        return self.form_context.plan

    @property
    def checked(self) -> bool:
        """True when the newest plan is of what stands in the form now."""
        return self.plan is not None and self.state is not None and self._planned == self.state.choices

    @property
    def blocked(self) -> bool:
        """True while an error stands against the launch, as far as is known."""
        return (
            self.state is None or bool(self.state.problems) or (self.plan is not None and self.plan.blocked)
        )

    def stay_fresh(self, now: float) -> None:
        """Plan anew when the plan has grown old by ``now`` (Unix seconds)."""
        if self.checked and now - self._planned_at > PLAN_LIFE:
            self.plan_soon(0)

    def plan_soon(self, delay: float) -> None:
        """Make a plan once the choices have stood still for ``delay`` seconds."""
        if self._plan_timer is not None:
            self._plan_timer.stop()
        if delay:
            self._plan_timer = self._screen.set_timer(delay, self._make_plan)
        else:
            self._screen.call_after_refresh(self._make_plan)  # What is to be seen is drawn first.

    def _make_plan(self) -> None:
        if self.state is not None:
            work = partial(self._plan_in_thread, self.state.choices)
            self._screen.run_worker(work, thread=True, exclusive=True, group="plan")

    def _plan_in_thread(self, choices: Choices) -> None:
        from console.catalog.loader import Catalog
        from console.launch.machine.observe import observe_host
        from console.launch.service import make_plan

        profiles = self.known.profiles if self.known else {}
        try:
            host = observe_host()
            plan = make_plan(choices, Catalog(profiles, ()), host)
        except Exception as error:
            self._screen.app.call_later(self._session.notifier.report, error)
            return
        self._screen.call_later(self._take_plan, choices, plan, host)

    def _take_plan(self, choices: Choices, plan: LaunchPlan, host: Host) -> None:
        """Show a plan, unless the choices have changed since it was asked for."""
        self._session.host.take_observed(host)
        if self.state is None or choices != self.state.choices:
            return
        self._planned = choices
        self._planned_at = self._session.clock.now()
        self.form_context = replace(self.form_context, plan=plan, host=host)
        self._tell_planned(plan)
        self._state_changed()
        if self._start_when_planned:
            self._start_when_planned = False
            self.start()

    def start(self) -> None:
        """Start what is shown; a press that comes before the plan counts as soon as there is one."""
        if not self.checked or self.plan is None:
            self._start_when_planned = True
        elif not self.blocked:
            self.remember_folder(self.plan)
            self._session.starter.start(self.plan)

    def remember_folder(self, plan: LaunchPlan) -> None:
        """Keep a folder the operator gave for a data set, unless it is the one known for it anyway."""
        folder = plan.choices.data_dir
        dataset = (self.form_context.datasets or {}).get(plan.dataset)
        folders = self._session.settings.data_folders
        if folder not in (None, dataset.folder if dataset else None, folders.get(plan.dataset)):
            self._session.remember(data_folders={**folders, plan.dataset: folder})
