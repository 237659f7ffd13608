"""The debug and precision switches of the launch form, one field for each toggle and for each part of one."""

from __future__ import annotations

from typing import Any

from console.catalog.profile import Backend, Toggle
from console.i18n import t
from console.launch.options.declarations import Entry, Input, Part
from console.launch.options.registry import excluded_by, find_toggle
from console.launch.options.toggle import ToggleOption
from console.tui.launch.form.basis import Basis
from console.tui.launch.form.field import Field, FieldKind, Option
from console.tui.launch.form.state import TOGGLE

KINDS = {
    Input.CHECK: FieldKind.CHECK,
    Input.CHOICE: FieldKind.LIST,
    Input.TEXT: FieldKind.TEXT,
    Input.NUMBER: FieldKind.TEXT,
}
BLOCKED_WIDTH = 2
"""Cells of the box of a toggle that can do nothing here: the remark behind it says why."""


def toggle_rows(basis: Basis) -> list[tuple[Field, ...]]:
    """The check boxes in one row, a row of details for each that is on, then the other toggles."""
    rows = [_ToggleRow(basis, offer) for offer in basis.profile.toggles]
    checks = tuple(one.field() for one in rows if one.entry.input is Input.CHECK)
    details = [one.details() for one in rows]
    others = [(one.field(),) for one in rows if one.entry.input is not Input.CHECK]
    return [row for row in (checks, *details, *others) if row]


class _ToggleRow:
    """One toggle as a profile offers it."""

    def __init__(self, basis: Basis, offer: Toggle) -> None:
        self._basis = basis
        self._offer = offer
        self._toggle: ToggleOption[Any] = find_toggle(offer.name.value)
        self._value = self._toggle.chosen(basis.choices.toggles)
        self._id = TOGGLE + offer.name.value
        self._error = basis.errors.get(offer.name.value)
        self.entry: Entry = self._toggle.entry(self._value, offer, basis.backend)

    def field(self) -> Field:
        """The toggle itself. What is on can always be turned off; an error is shown beside the first part."""
        obstacle = self._obstacle()
        enabled = not obstacle or self._value is not None
        return Field(
            self._id,
            KINDS[self.entry.input],
            t(self._toggle.label),
            self.entry.text,
            self._options(),
            changed=self.entry.changed,
            error=None if self._toggle.parts else self._error,
            enabled=enabled,
            note=obstacle,
            help=t(self._toggle.help),
            width=0 if enabled or self.entry.input is not Input.TEXT else BLOCKED_WIDTH,
        )

    def _options(self) -> tuple[Option, ...]:
        unset = (Option("", t(self.entry.unset)),) if self.entry.unset else ()
        return (*unset, *(Option(one, one) for one in self.entry.options))

    def _obstacle(self) -> str:
        """Why the toggle can do nothing here, or an empty text."""
        backend, backends = self._basis.backend, self._offer.backends
        if backend is not Backend.AUTO and backend not in backends:
            return t("form.npu_only") if backends == {Backend.NPU} else t("form.not_on_backend")
        other = excluded_by(self._toggle, self._basis.choices.toggles)
        return t("form.excluded_by", this=t(self._toggle.label), other=t(other.label)) if other else ""

    def details(self) -> tuple[Field, ...]:
        """The parts of a toggle that is on."""
        if self._value is None:
            return ()
        return tuple(
            self._part(part, self._error if part is self._toggle.parts[0] else None)
            for part in self._toggle.parts
        )

    def _part(self, part: Part, wrong: str | None) -> Field:
        field_id = f"{self._id}.{part.name}"
        return Field(
            field_id,
            KINDS[part.input],
            t(part.label),
            self._basis.state.unread.get(field_id, part.text(self._value)),
            error=self._basis.errors.get(field_id) or wrong,
            help=t(part.help),
            width=0 if part.input is Input.CHECK else part.width,
            numeric=part.input is Input.NUMBER,
        )
