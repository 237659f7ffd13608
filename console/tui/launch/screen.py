"""The launch screen: choose a profile, fill in its form, see what will be executed, start it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual import events, on, work
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.widget import Widget

from console.errors import user_error
from console.i18n import t
from console.launch.options.choices import Choices
from console.launch.plan import LaunchPlan
from console.tui.actions import Scope, bindings
from console.tui.base_screen import ConsoleScreen
from console.tui.launch.checks import CommandPane, PreflightPane, VerdictLine, verdict_of
from console.tui.launch.form.fields import launch_form
from console.tui.launch.form.pane import FormPane
from console.tui.launch.form.state import change, reset, reset_all
from console.tui.launch.form.view import FormView
from console.tui.launch.known_profiles import KnownProfiles, read_profiles, remembered_profiles
from console.tui.launch.planner import Planner
from console.tui.launch.profiles import ProfilesPane
from console.tui.session import Session
from console.tui.widgets.pane_tabs import PaneTabs

FIRST_PROFILE = "alexnet"
"""The profile a newcomer sees: a small network that trains on built-in data within minutes on any machine."""

ROOMY_HEIGHT = 50
"""Lines of terminal from which on the advanced parameters need not be folded away."""

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
    AUTO_FOCUS = "FormView"
    DEFAULT_CLASSES = SHOWN_PANE + FIRST_PANE

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.planner = Planner(self, session, self.show_form, self._show_plan)
        self._wanted: Choices | None = None

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
        """Read the profiles, and follow clock and starts."""
        session = self.session
        self._subscriptions = (
            session.clock.listen(self._beat),
            session.starter.busy.listen(lambda _busy: self._show_verdict()),
        )
        known = remembered_profiles()
        if known is not None:
            self._take_profiles(known)
        else:
            self._read_profiles()

    def on_unmount(self) -> None:
        """Follow no longer."""
        for leave in self._subscriptions:
            leave()

    def on_screen_resume(self) -> None:
        """Check again: devices, disk and data may have changed while another screen was on top."""
        if self.planner.checked:
            self.planner.plan_soon(0)

    def _beat(self, now: float) -> None:
        if self.is_current:
            self.planner.stay_fresh(now)

    @property
    def checked(self) -> bool:
        """True when :attr:`plan` is of what stands in the form now."""
        return self.planner.checked

    @property
    def plan(self) -> LaunchPlan | None:
        """The newest plan."""
        return self.planner.plan

    def on_resize(self, event: events.Resize) -> None:
        """There may be more room now, or less."""
        self.show_form()

    @work(thread=True, exclusive=True, group="profiles")
    def _read_profiles(self) -> None:
        try:
            known = read_profiles()
        except Exception as error:
            self.app.call_later(self.session.notifier.report, error)
            return
        self.call_later(self._take_profiles, known)

    def _take_profiles(self, known: KnownProfiles) -> None:
        self.planner.take_profiles(known)
        wanted = [self.planner.profile_name, FIRST_PROFILE, *known.profiles]
        name = next((one for one in wanted if one in known.profiles), None)
        self.query_one(ProfilesPane).show(known, name)
        if name is not None:
            self.planner.choose(known.profiles[name])
        if self._wanted is not None:
            self.take(self._wanted)

    @on(ProfilesPane.Chosen)
    def _choose_profile(self, event: ProfilesPane.Chosen) -> None:
        self.planner.choose(event.profile)

    @on(ProfilesPane.Entered)
    def _enter_form(self) -> None:
        self._show_pane("settings")
        self.query_one(FormView).focus()

    def take(self, choices: Choices) -> None:
        """Show the form of another run's choices, to be changed and launched."""
        known = self.planner.known
        if known is None:
            self._wanted = choices
            return
        self._wanted = None
        profile = known.profiles.get(choices.profile)
        if profile is None:
            self.session.notifier.report(user_error("form.profile_gone", profile=choices.profile))
            return
        self.planner.fill_in(profile, choices)
        self.query_one(ProfilesPane).point_at(profile.name)
        self._show_pane("settings")
        self.planner.choose(profile)
        self.query_one(FormView).focus()

    def _show_plan(self, plan: LaunchPlan) -> None:
        """Show findings and command below the form."""
        self.query_one(PreflightPane).show(plan)
        self.query_one(CommandPane).show(plan)

    def show_form(self) -> None:
        """Show the form, and whether it can be launched."""
        state = self.planner.state
        if state is None:
            return
        pane = self.query_one("#settings", FormPane)
        pane.border_title = f"{state.profile.title} · {state.profile.framework}"
        pane.border_subtitle = t("form.changed_are_marked")
        context = replace(self.planner.form_context, roomy=self.app.size.height >= ROOMY_HEIGHT)
        pane.show(launch_form(state, context))
        self._show_verdict()

    def _show_verdict(self) -> None:
        form, starting = self.query_one(FormView).form, self.session.starter.busy.value
        self.query_one(VerdictLine).show(verdict_of(self.planner.state, self.plan, form, starting=starting))
        self.refresh_bindings()

    def relabel(self) -> None:
        """The form in the current language."""
        self.show_form()

    @on(FormView.Changed)
    def _change(self, event: FormView.Changed) -> None:
        event.stop()
        state = self.planner.state
        if state is None:
            return
        if event.field.id == "start_from":
            self._choose_start(event.value)
        else:
            self.planner.set_state(change(state, event.field.id, event.value))

    def _choose_start(self, value: str) -> None:
        from console.tui.launch.start_points import StartPointChooser

        StartPointChooser(self, self.session, self.planner, self.take).choose(value)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Launch is off while an error stands or a start is under way; copying needs a command."""
        if not self.is_mounted:
            return True
        if action == "start":
            return None if self.planner.blocked or self.session.starter.busy.value else True
        if action == "copy":
            return True if self.query_one(CommandPane).has_command else None
        if action in ("next_pane", "previous_pane"):
            return self.has_class("-narrow")
        return True

    def action_start(self) -> None:
        """Start what is shown."""
        self.planner.start()

    def action_copy(self) -> None:
        """Put the command on the clipboard of the operator's terminal."""
        text = self.query_one(CommandPane).text
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(t("form.copied"), markup=False)

    def action_reset(self) -> None:
        """Give the field with the cursor its default again."""
        field = self.query_one(FormView).current
        state = self.planner.state
        if state is not None and field is not None:
            self.planner.set_state(reset(state, field.id))

    def action_reset_all(self) -> None:
        """Give every field its default again."""
        if self.planner.state is not None:
            self.planner.set_state(reset_all(self.planner.state))

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

    def action_save(self) -> None:
        """Keep the form as a profile of the operator's own."""
        from console.launch.save import save_profile
        from console.tui.dialogs.prompt import PromptDialog

        state = self.planner.state
        if state is None:
            return

        def answered(name: str | None) -> None:
            if name is None:
                return
            try:
                path = save_profile(name.strip(), state.profile, state.choices)
            except Exception as error:
                self.session.notifier.report(error)
                return
            self.notify(t("form.saved", path=path), markup=False)
            self.planner.profile_name = name.strip()
            self._read_profiles()

        name = f"{state.profile.name}-mine"
        self.app.push_screen(PromptDialog(t("form.save_title"), name, hint=t("form.save_hint")), answered)
