"""The launch screen: choose a profile, fill in its form, see what will be executed, start it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.timer import Timer
from textual.widget import Widget

from console.catalog.model import Profile
from console.errors import user_error
from console.i18n import t
from console.launch.model import Choices, LaunchPlan
from console.tui.actions import Scope, bindings
from console.tui.forms.basis import FormContext
from console.tui.forms.field import Field
from console.tui.forms.form_pane import FormPane
from console.tui.forms.form_view import FormView
from console.tui.forms.launch_form import launch_form
from console.tui.forms.launch_state import LaunchState, change, reset, reset_all
from console.tui.forms.placement_fields import FINE_TUNE, RESUME, SCRATCH
from console.tui.known_profiles import KnownProfiles, read_profiles, remembered_profiles
from console.tui.screens.base import ConsoleScreen
from console.tui.screens.launch_checks import CommandPane, PreflightPane, VerdictLine
from console.tui.screens.launch_profiles import ProfilesPane
from console.tui.screens.launch_verdict import verdict_of
from console.tui.screens.pane_tabs import PaneTabs

if TYPE_CHECKING:
    from console.tui.screens.launch_starting import StartPoint

FIRST_PROFILE = "alexnet"
"""What a newcomer sees: a small network that trains on built-in data within minutes on any machine."""

PLAN_DELAY = 0.12
"""Seconds without a change after which a plan is made; shorter than the pause between words."""

ROOMY_HEIGHT = 50
"""Lines of terminal from which on the advanced parameters need not be folded away."""

PLAN_LIFE = 60.0
"""Seconds after which a plan is made anew: devices get busy, disks fill, names carry the time."""

PANES = {
    "profiles": "form.profiles",
    "settings": "form.settings",
    "preflight": "form.section_preflight",
    "command": "form.section_command",
}

FIRST_PANE = "settings"
SHOWN_PANE = "-show-"
"""Begins the class that tells the style sheet which pane a narrow terminal shows."""


class LaunchScreen(ConsoleScreen):
    """Profiles on the left, form and checks on the right; one pane at a time on a narrow terminal."""

    SCOPE = Scope.LAUNCH
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.LAUNCH)]

    def __init__(self) -> None:
        super().__init__()
        self.add_class(SHOWN_PANE + FIRST_PANE)
        self._known: KnownProfiles | None = None
        self._states: dict[str, LaunchState] = {}
        self._profile: str | None = None
        self._form_context = FormContext()
        self._planned: Choices | None = None
        self._planned_at = 0.0
        self._plan_timer: Timer | None = None
        self._start_when_planned = False

    def compose_body(self) -> Iterator[Widget]:
        """Tabs for narrow terminals, the panes, the verdict."""
        yield PaneTabs(PANES, FIRST_PANE)
        with Horizontal(id="launch-body"):
            yield ProfilesPane()
            with Container(id="launch-work"):
                yield FormPane("settings")
                with Container(id="launch-checks"):
                    yield PreflightPane()
                    yield CommandPane()
        yield VerdictLine()

    def on_mount(self) -> None:
        """Read the profiles, and follow the app."""
        self.watch(self.app, "starting", self._show_verdict, init=False)
        self._leave_clock = self.console_app.clock.listen(self._stay_fresh)
        known = remembered_profiles()
        if known is not None:
            self._take_profiles(known)
        else:
            self._read_profiles()
        self.query_one(FormView).focus()

    def on_unmount(self) -> None:
        """Leave the clock."""
        self._leave_clock()

    def _stay_fresh(self, now: float) -> None:
        if self.is_current and self.checked and now - self._planned_at > PLAN_LIFE:
            self._plan_soon(0)

    def on_screen_resume(self) -> None:
        """Check again: devices, disk and the data may have changed while another screen was on top."""
        if self.checked:
            self._plan_soon(0)

    def on_resize(self, event: events.Resize) -> None:
        """There may be more room now, or less."""
        self._show_form()

    @property
    def state(self) -> LaunchState | None:
        """What stands in the form."""
        return self._states.get(self._profile or "")

    @property
    def plan(self) -> LaunchPlan | None:
        """The newest plan made of the form."""
        return self._form_context.plan

    @property
    def checked(self) -> bool:
        """True when the newest plan is of what stands in the form."""
        return self.plan is not None and self.state is not None and self._planned == self.state.choices

    @work(thread=True, exclusive=True, group="profiles")
    def _read_profiles(self) -> None:
        app = self.console_app
        try:
            known = read_profiles()
        except Exception as error:
            app.call_from_thread(app.report, error)
            return
        app.call_from_thread(self._take_profiles, known)

    def _take_profiles(self, known: KnownProfiles) -> None:
        self._known = known
        self._form_context = replace(self._form_context, datasets=known.datasets)
        if self._profile not in known.profiles:
            first = next(iter(known.profiles), None)
            self._profile = FIRST_PROFILE if FIRST_PROFILE in known.profiles else first
        self.query_one(ProfilesPane).show(known, self._profile)
        if self._profile is not None:
            self._show_profile(known.profiles[self._profile])

    @on(ProfilesPane.Chosen)
    def _choose_profile(self, event: ProfilesPane.Chosen) -> None:
        self._show_profile(event.profile)

    @on(ProfilesPane.Entered)
    def _enter_form(self) -> None:
        self._show_pane("settings")
        self.query_one(FormView).focus()

    def _show_profile(self, profile: Profile) -> None:
        """Show a profile's form as it was left."""
        self._profile = profile.name
        known = self._states.get(profile.name)
        if known is None or known.profile != profile:
            choices = known.choices if known else Choices(profile=profile.name)
            self._states[profile.name] = LaunchState(profile, choices)
        self._planned = None
        self._form_context = replace(self._form_context, plan=None)
        self._show_form()
        self._plan_soon(0)

    def take(self, choices: Choices) -> None:
        """Show the form of another run's choices, to be changed and launched."""
        if self._known is None:
            return
        profile = self._known.profiles.get(choices.profile)
        if profile is None:
            self.console_app.report(user_error("form.profile_gone", profile=choices.profile))
            return
        self._states[profile.name] = LaunchState(profile, replace(choices, name=None))
        self.query_one(ProfilesPane).point_at(profile.name)
        self._show_pane("settings")
        self._show_profile(profile)
        self.query_one(FormView).focus()

    def _show_form(self) -> None:
        if self.state is None:
            return
        pane = self.query_one("#settings", FormPane)
        profile = self.state.profile
        pane.border_title = f"{profile.title} · {profile.framework}"
        pane.border_subtitle = t("form.changed_are_marked")
        context = replace(self._form_context, roomy=self.app.size.height >= ROOMY_HEIGHT)
        pane.show(launch_form(self.state, context))
        self._show_verdict()

    def _show_verdict(self) -> None:
        verdict = verdict_of(
            self.state, self.plan, self.query_one(FormView).form, starting=self.console_app.starting
        )
        self.query_one(VerdictLine).show(verdict)
        self.refresh_bindings()

    def relabel(self) -> None:
        """The form in the current language."""
        self._show_form()

    @on(FormView.Changed)
    def _change(self, event: FormView.Changed) -> None:
        event.stop()
        if self.state is None:
            return
        if event.field.id == "start_from":
            self._choose_start(event.value)
            return
        self._set_state(change(self.state, event.field.id, event.value))

    def _set_state(self, state: LaunchState) -> None:
        before, self._states[state.profile.name] = self.state, state
        self._start_when_planned = False
        self._show_form()
        if before is None or before.choices != state.choices:
            self._plan_soon(PLAN_DELAY)

    def _plan_soon(self, delay: float) -> None:
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
        profiles = self._known.profiles if self._known else {}
        try:
            host = observe_host()
            plan = make_plan(choices, Catalog(profiles, ()), host)
        except Exception as error:
            app.call_from_thread(app.report, error)
            return
        app.call_from_thread(app.take_host, host)
        app.call_from_thread(self._take_plan, choices, plan)

    def _take_plan(self, choices: Choices, plan: LaunchPlan) -> None:
        """Show a plan, unless the choices have changed since it was asked for."""
        if self.state is None or choices != self.state.choices:
            return
        self._planned = choices
        self._planned_at = self.console_app.clock.now()
        self._form_context = replace(self._form_context, plan=plan, host=self.console_app.host)
        self.query_one(PreflightPane).show(plan)
        self.query_one(CommandPane).show(plan)
        self._show_form()
        if self._start_when_planned:
            self._start_when_planned = False
            self.action_start()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Launch is off while an error stands or a start is under way; copying needs a command."""
        if not self.is_mounted:
            return True
        if action == "start":
            blocked = (
                self.state is None or self.state.problems or (self.plan is not None and self.plan.blocked)
            )
            return None if blocked or self.console_app.starting else True
        if action == "copy":
            return True if self.query_one(CommandPane).text else None
        if action in ("next_pane", "previous_pane"):
            return self.has_class("-narrow")
        return True

    def action_start(self) -> None:
        """Start what is shown; a press that comes before the plan counts as soon as there is one."""
        if not self.checked or self.state is None or self.plan is None:
            self._start_when_planned = True
            return
        if not self.plan.blocked and not self.state.problems:
            self.remember_folder(self.plan)
            self.console_app.start_run(self.plan)

    def remember_folder(self, plan: LaunchPlan) -> None:
        """Keep a folder the operator gave for a data set."""
        folder = plan.choices.data_dir
        settings = self.console_app.settings
        if folder is not None and settings.data_folders.get(plan.dataset) != folder:
            self.console_app.remember(data_folders={**settings.data_folders, plan.dataset: folder})

    def action_copy(self) -> None:
        """Put the command on the clipboard of the operator's terminal."""
        text = self.query_one(CommandPane).text
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(t("form.copied"), markup=False)

    def action_reset(self) -> None:
        """Give the field with the cursor its default again."""
        field = self.query_one(FormView).current
        if self.state is not None and field is not None:
            self._set_state(self._reset_field(self.state, field))

    def _reset_field(self, state: LaunchState, field: Field) -> LaunchState:
        cleaned = reset(state, field.id)
        if field.id != "start_from":
            return cleaned
        return replace(cleaned, choices=replace(cleaned.choices, resume_run=None))

    def action_reset_all(self) -> None:
        """Give every field its default again."""
        if self.state is not None:
            self._set_state(reset_all(self.state))

    async def action_filter(self) -> None:
        """Type words that a profile must have."""
        self._show_pane("profiles")
        await self.query_one(ProfilesPane).filter_line.open()

    def action_next_pane(self) -> None:
        """Show the next pane of a narrow terminal."""
        self.query_one(PaneTabs).step(1)

    def action_previous_pane(self) -> None:
        """Show the pane before."""
        self.query_one(PaneTabs).step(-1)

    def _show_pane(self, name: str) -> None:
        self.query_one(PaneTabs).current = name

    @on(PaneTabs.Shown)
    def _switch_pane(self, event: PaneTabs.Shown) -> None:
        for name in PANES:
            self.set_class(name == event.name, SHOWN_PANE + name)
        if self.has_class("-narrow"):
            self._focus_pane(event.name)

    def _focus_pane(self, name: str) -> None:
        target = {"settings": "#settings FormView", "profiles": "#profiles OptionList"}.get(name, f"#{name}")
        self.query_one(target).focus()

    def _choose_start(self, value: str) -> None:
        if self.state is None:
            return
        if value == SCRATCH:
            choices = replace(self.state.choices, start_from=None, resume_run=None)
            self._set_state(replace(self.state, choices=choices))
        elif value in (RESUME, FINE_TUNE):
            self._find_start_points(self.state.profile.name, value)

    @work(thread=True, exclusive=True, group="start-points")
    def _find_start_points(self, profile: str, purpose: str) -> None:
        from console.tui.screens.launch_starting import start_points

        app = self.console_app
        points = start_points(app.runs or (), profile)
        app.call_from_thread(self._ask_start_point, points, purpose)

    def _ask_start_point(self, points: list[StartPoint], purpose: str) -> None:
        from console.tui.dialogs.picker import Choice, PickerDialog

        now = self.console_app.clock.now()
        choices = [point.choice(now) for point in points]
        if purpose == FINE_TUNE:
            choices.append(Choice("", t("form.start_type_path")))
        if not choices:
            self.notify(t("form.no_checkpoints"), severity="warning", markup=False)
            return
        by_path = {str(point.checkpoint.path): point for point in points}

        def chosen(path: str | None) -> None:
            if path == "":
                self._ask_path()
            elif path is not None:
                self._start_from(by_path[path], purpose)

        title = t("form.start_resume") if purpose == RESUME else t("form.start_fine_tune")
        self.app.push_screen(PickerDialog(title, choices), chosen)

    def _ask_path(self) -> None:
        from console.tui.dialogs.prompt import PromptDialog

        def answered(text: str | None) -> None:
            if text and text.strip() and self.state is not None:
                path = Path(text.strip()).expanduser()
                choices = replace(self.state.choices, start_from=path, resume_run=None)
                self._set_state(replace(self.state, choices=choices))

        self.app.push_screen(PromptDialog(t("form.start_path_title")), answered)

    def _start_from(self, point: StartPoint, purpose: str) -> None:
        if self.state is None:
            return
        if purpose == FINE_TUNE:
            choices = replace(self.state.choices, start_from=point.checkpoint.path, resume_run=None)
            self._set_state(replace(self.state, choices=choices))
            return
        from console.runs.resume import resume_choices

        try:
            self.take(resume_choices(point.folder, point.checkpoint.path))
        except Exception as error:
            self.console_app.report(error)

    def action_save(self) -> None:
        """Keep the form as a profile of the operator's own."""
        from console.launch.save import save_profile
        from console.tui.dialogs.prompt import PromptDialog

        state = self.state
        if state is None:
            return

        def answered(name: str | None) -> None:
            if name is None:
                return
            try:
                path = save_profile(name.strip(), state.profile, state.choices)
            except Exception as error:
                self.console_app.report(error)
                return
            self.notify(t("form.saved", path=path), markup=False)
            self._profile = name.strip()
            self._read_profiles()

        name = f"{state.profile.name}-mine"
        self.app.push_screen(PromptDialog(t("form.save_title"), name, hint=t("form.save_hint")), answered)
