"""The panes below the form: preflight findings, the command, and the verdict with the launch button."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from textual.containers import VerticalScroll
from textual.content import Content
from textual.css.scalar import Unit
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from console.i18n import t
from console.launch.findings import Finding, Level
from console.launch.plan import LaunchPlan
from console.launch.preview import preview_text
from console.tui.actions import Scope, find_action
from console.tui.cells import cell_len, fit
from console.tui.launch.form.basis import told_finding
from console.tui.launch.form.field import Form, fields_of
from console.tui.launch.form.layout import LEVEL_GLYPHS
from console.tui.launch.form.state import LaunchState

LEVEL_COLOURS = {
    Level.OK: "$success",
    Level.INFO: "$muted",
    Level.WARNING: "$warning",
    Level.ERROR: "$error",
}
_WORST_FIRST = (Level.ERROR, Level.WARNING, Level.INFO)


class PreflightPane(VerticalScroll):
    """The findings, the worst first; what is well shares a line."""

    def __init__(self) -> None:
        super().__init__(Static(), id="preflight", classes="pane")
        self._plan: LaunchPlan | None = None

    def on_mount(self) -> None:
        """Name the pane."""
        self.relabel()

    def relabel(self) -> None:
        """Everything in the current language."""
        self.border_title = t("form.section_preflight")
        self.show(self._plan)

    def show(self, plan: LaunchPlan | None) -> None:
        """Show the findings of a plan; none yet while it is being made."""
        self._plan = plan
        words = Content.styled(t("form.checking"), "$muted") if plan is None else _findings(plan)
        self.query_one(Static).update(words)


def _findings(plan: LaunchPlan) -> Content:
    levels = {level: [one for one in plan.findings if one.level is level] for level in Level}
    lines = [_finding_line(one, plan) for level in _WORST_FIRST for one in levels[level]]
    sound = [_finding_line(one, plan) for one in levels[Level.OK]]
    return Content("\n").join([*lines, Content("   ").join(sound)] if sound else lines)


def _finding_line(finding: Finding, plan: LaunchPlan) -> Content:
    colour = LEVEL_COLOURS[finding.level]
    line = Content.assemble((f"{LEVEL_GLYPHS[finding.level]} ", colour), told_finding(finding, plan))
    if finding.remedy is None:
        return line
    return Content.assemble(line, (f" → {finding.remedy}", "$primary"))


class CommandPane(VerticalScroll):
    """The command of rank 0; with all that is added to its environment where there is room."""

    ROOM = 8
    """Lines from which on the whole preview is shown."""

    def __init__(self) -> None:
        super().__init__(Static(markup=False), id="command", classes="pane")
        self._plan: LaunchPlan | None = None

    @property
    def has_command(self) -> bool:
        """False while there is no plan, or one that is blocked."""
        return self._plan is not None and bool(self._plan.ranks)

    @property
    def text(self) -> str:
        """The whole preview, to copy; empty while there is no command."""
        return preview_text(self._plan) if self._plan is not None else ""

    def on_mount(self) -> None:
        """Name the pane."""
        self.relabel()

    def on_resize(self) -> None:
        """The room may have changed."""
        self.relabel()

    def relabel(self) -> None:
        """Everything in the current language."""
        self.border_title = t("form.section_command")
        self.show(self._plan)

    def show(self, plan: LaunchPlan | None) -> None:
        """Show the command of a plan."""
        self._plan = plan
        if plan is None or not self.has_command:
            text = t("form.no_command")
        elif self.max_content_height < self.ROOM:
            text = f"$ {shlex.join(plan.ranks[0].argv)}"
        else:
            text = preview_text(plan)
        self.query_one(Static).update(text)

    @property
    def max_content_height(self) -> int:
        """Lines the pane has, or could have at most, for text."""
        limit = self.styles.max_height
        height = self.container_size.height
        cells = int(limit.value) - 2 if limit is not None and limit.unit is Unit.CELLS else height
        return min(cells, height)


@dataclass(frozen=True, slots=True)
class Verdict:
    """``ready`` allows the launch. ``words`` says why or why not, in the language of the moment."""

    ready: bool
    level: Level
    words: Callable[[], str]


def verdict_of(state: LaunchState | None, plan: LaunchPlan | None, form: Form, *, starting: bool) -> Verdict:
    """The verdict on what stands in a form, and on the newest plan made of it."""
    if starting:
        return Verdict(False, Level.INFO, lambda: t("form.starting"))
    if state is not None and state.problems:
        wrong = next((field for field in fields_of(form) if field.id in state.problems), None)
        if wrong is not None:
            return Verdict(False, Level.ERROR, lambda: f"{wrong.label}: {wrong.error}")
    if plan is None:
        return Verdict(False, Level.INFO, lambda: t("form.checking"))
    errors = [finding for finding in plan.findings if finding.level is Level.ERROR]
    if errors:
        first, count = errors[0], len(errors)
        return Verdict(
            False, Level.ERROR, lambda: t("form.blocked", count=count, first=told_finding(first, plan))
        )
    warnings = sum(finding.level is Level.WARNING for finding in plan.findings)
    if warnings:
        return Verdict(True, Level.WARNING, lambda: t("form.ready_with_warnings", count=warnings))
    return Verdict(True, Level.OK, lambda: t("form.ready", profile=plan.profile, dataset=plan.dataset))


class VerdictLine(Widget):
    """One line: whether the launch can go ahead, and the button for it."""

    DEFAULT_CSS = """
    VerdictLine {
        height: 1;
        padding: 0 1;
        background: $surface;
        link-style: bold;
        link-color: $background;
        link-background: $success;
        link-style-hover: bold;
        link-color-hover: $background;
        link-background-hover: $primary;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._verdict = Verdict(ready=False, level=Level.INFO, words=lambda: t("form.checking"))

    def show(self, verdict: Verdict) -> None:
        """Show another verdict."""
        self._verdict = verdict
        self.refresh()

    def render(self) -> Content:
        """The words on the left, the button on the right."""
        action = find_action(Scope.LAUNCH, "start")
        label = f" ▶ {action.text} {action.key_text} "
        if self._verdict.ready:
            button = Content(label).stylize(Style.from_meta({"@click": action.command}))
        else:
            button = Content.styled(label, "$muted on $panel")
        width = self.content_size.width
        glyph = LEVEL_GLYPHS[self._verdict.level]
        words = fit(f"{glyph} {self._verdict.words()}", width - cell_len(label) - 2)
        blanks = " " * (width - cell_len(words) - cell_len(label))
        return Content.assemble((words, LEVEL_COLOURS[self._verdict.level]), blanks, button)
