"""Whether the launch can go ahead, in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.i18n import t
from console.launch.plan import LaunchPlan, Level
from console.tui.launch.form.basis import told_finding
from console.tui.launch.form.field import Form, fields_of
from console.tui.launch.form.launch_state import LaunchState


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
