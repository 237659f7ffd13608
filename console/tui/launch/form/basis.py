"""The input from which every part of the launch form is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from console.catalog.datasets import Dataset
from console.catalog.profile import Backend, Profile
from console.launch.findings import Finding, Level
from console.launch.machine.host import Host, NpuDevice
from console.launch.options.choices import Choices
from console.launch.plan import LaunchPlan
from console.tui.launch.form.field import Field
from console.tui.launch.form.state import LaunchState


@dataclass(frozen=True, slots=True)
class FormContext:
    """The content of the form beside the choices: the newest ``plan`` made of them, and what the host has.

    All of it is ``None`` until it is known. ``roomy`` is set where the whole form fits the terminal.
    """

    plan: LaunchPlan | None = None
    host: Host | None = None
    datasets: Mapping[str, Dataset] | None = None
    roomy: bool = False


class Basis:
    """The state of the form and its context, with what several fields ask of them.

    ``errors`` says what is wrong, by field id or by the subject of the finding.
    """

    def __init__(self, state: LaunchState, context: FormContext) -> None:
        self.state = state
        self.context = context
        self.choices: Choices = state.choices
        self.profile: Profile = state.profile
        self.plan = context.plan
        self.errors = _errors(state, context.plan)

    @property
    def backend(self) -> Backend:
        """The backend of the plan, or as near to it as is known without one."""
        if self.choices.backend is not Backend.AUTO or self.plan is None:
            return self.choices.backend
        return self.plan.backend

    @property
    def npus(self) -> tuple[NpuDevice, ...]:
        """The devices of the host, none while they are not known."""
        return self.context.host.npus if self.context.host else ()

    def told(self, field: Field, subject: str) -> Field:
        """The field with what the plan has to say of ``subject``: what is wrong, or the weightiest remark.

        Of a remark the way out is told in the preflight, where there is room for it.
        """
        findings = [one for one in self.plan.findings if one.subject == subject] if self.plan else []
        remarks = {one.level: str(one.message) for one in reversed(findings)}
        level = next((one for one in (Level.WARNING, Level.OK, Level.INFO) if one in remarks), None)
        note = remarks[level] if level else ""
        return replace(
            field, error=self.errors.get(field.id, self.errors.get(subject)), note=note, note_level=level
        )


def _errors(state: LaunchState, plan: LaunchPlan | None) -> dict[str, str]:
    errors: dict[str, str] = {}
    for finding in plan.findings if plan else ():
        if finding.level is Level.ERROR:
            errors.setdefault(finding.subject, finding_text(finding))
    return errors | {field_id: str(problem) for field_id, problem in state.problems.items()}


def finding_text(finding: Finding) -> str:
    """A finding with the way out, in one line."""
    return f"{finding.message} → {finding.remedy}" if finding.remedy else str(finding.message)


def told_finding(finding: Finding, plan: LaunchPlan) -> str:
    """The message of a finding; one about a parameter says which."""
    parameters = plan.parameters.keys() | plan.choices.parameters.keys()
    words = str(finding.message)
    return f"{label_of(finding.subject)}: {words}" if finding.subject in parameters else words


def label_of(parameter: str) -> str:
    """A parameter's name as words."""
    return parameter.replace("_", " ")
