"""The launch form as a pure function of what was chosen, the plan made of it, and the host."""

from __future__ import annotations

from console.i18n import t
from console.launch.options.declarations import ON
from console.tui.launch.form.basis import Basis, FormContext
from console.tui.launch.form.field import Field, FieldKind, Form, Section
from console.tui.launch.form.parameters import parameter_fields
from console.tui.launch.form.placement import placement_rows
from console.tui.launch.form.state import LaunchState
from console.tui.launch.form.toggles import toggle_rows


def launch_form(state: LaunchState, context: FormContext) -> Form:
    """Every field, in the current language."""
    basis = Basis(state, context)
    sections = [
        Section("", tuple(placement_rows(basis))),
        Section(t("form.section_parameters"), (parameter_fields(basis),), grid=True),
        Section(t("form.section_debug"), tuple(toggle_rows(basis))),
        Section(t("form.section_run"), tuple(_run_rows(basis))),
    ]
    return tuple(section for section in sections if any(section.rows))


def _run_rows(basis: Basis) -> list[tuple[Field, ...]]:
    """Name and note of the run, restarts and core binding."""
    name = Field(
        "name",
        FieldKind.TEXT,
        t("form.name"),
        basis.choices.name or (basis.plan.run_name if basis.plan else ""),
        changed=basis.choices.name is not None,
        error=basis.errors.get("name"),
        help=t("form.name_help"),
        width=32,
    )
    restarts = Field(
        "restarts",
        FieldKind.TEXT,
        t("form.restarts"),
        basis.state.unread.get("restarts", str(basis.choices.restarts)),
        changed=basis.choices.restarts != 0,
        error=basis.errors.get("restarts"),
        help=t("form.restarts_help"),
        width=5,
        numeric=True,
    )
    note = Field("note", FieldKind.TEXT, t("form.note"), basis.choices.note, help=t("form.note_help"))
    bind = Field(
        "bind_cores",
        FieldKind.CHECK,
        t("form.bind_cores"),
        ON if basis.choices.bind_cores else "",
        changed=basis.choices.bind_cores,
        error=basis.errors.get("bind_cores"),
        help=t("form.bind_cores_help"),
    )
    return [(name, restarts, bind), (note,)]
