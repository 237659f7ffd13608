"""The debug and precision switches of the launch form."""

from __future__ import annotations

from console.catalog.profile import Backend, Toggle, ToggleName
from console.i18n import t
from console.tui.launch.form.basis import Basis
from console.tui.launch.form.field import ON, Field, FieldKind, Option

EXCLUSIVE = {ToggleName.OVERFLOW_DUMP: ToggleName.DATA_DUMP, ToggleName.DATA_DUMP: ToggleName.OVERFLOW_DUMP}
"""Switches that exclude each other: the adapter's two dumps use the same hooks."""

SWITCHES = (ToggleName.OVERFLOW_DUMP, ToggleName.DATA_DUMP, ToggleName.PROFILING)
"""The toggles that are on or off; the others are a choice or a file."""


def toggle_rows(basis: Basis) -> list[tuple[Field, ...]]:
    """The switches in one row, a row of values for each that is on, then the other toggles."""
    builder = _ToggleRows(basis)
    toggles = basis.profile.toggles
    switches = tuple(builder.check(toggle) for toggle in toggles if toggle.name in SWITCHES)
    details = [builder.details(toggle.name) for toggle in toggles]
    others = [(builder.value_field(toggle),) for toggle in toggles if toggle.name not in SWITCHES]
    return [row for row in (switches, *details, *others) if row]


class _ToggleRows:
    def __init__(self, basis: Basis) -> None:
        self.toggles = basis.choices.toggles
        self.backend = basis.backend
        self.errors = basis.errors
        self.unread = basis.state.unread

    def details(self, name: ToggleName) -> tuple[Field, ...]:
        """The values of a switch that is on."""
        if name not in SWITCHES or getattr(self.toggles, name.value) is None:
            return ()
        if name is ToggleName.OVERFLOW_DUMP:
            return self._overflow_details()
        if name is ToggleName.DATA_DUMP:
            return self._dump_details()
        return self._profiling_details()

    def value_field(self, toggle: Toggle) -> Field:
        """A toggle that is a choice or a file."""
        return self._precision(toggle) if toggle.name is ToggleName.PRECISION_MODE else self._path(toggle)

    def _value(self, toggle: Toggle) -> object:
        return getattr(self.toggles, toggle.name.value)

    def _obstacle(self, toggle: Toggle) -> str:
        """Why the switch can do nothing here, or an empty text."""
        if self.backend is not Backend.AUTO and self.backend not in toggle.backends:
            return t("form.npu_only") if toggle.backends == {Backend.NPU} else t("form.not_on_backend")
        other = EXCLUSIVE.get(toggle.name)
        if other is not None and getattr(self.toggles, other.value) is not None:
            this, that = t(f"form.toggle_{toggle.name.value}"), t(f"form.toggle_{other.value}")
            return t("form.excluded_by", this=this, other=that)
        return ""

    def _common(self, toggle: Toggle) -> tuple[bool, str]:
        """Whether it can be used (what is on can always be turned off), and the remark behind it."""
        obstacle = self._obstacle(toggle)
        return not obstacle or self._value(toggle) is not None, obstacle

    def check(self, toggle: Toggle) -> Field:
        """A toggle that is a switch."""
        enabled, note = self._common(toggle)
        value = self._value(toggle)
        return Field(
            f"toggle:{toggle.name.value}",
            FieldKind.CHECK,
            t(f"form.toggle_{toggle.name.value}"),
            ON if value is not None else "",
            changed=value is not None,
            enabled=enabled,
            note=note,
            help=t(f"form.toggle_{toggle.name.value}_help"),
        )

    def _precision(self, toggle: Toggle) -> Field:
        enabled, note = self._common(toggle)
        chosen = self.toggles.precision_mode
        default = toggle.default_on(self.backend)
        offered = toggle.choices_on(self.backend)
        if chosen is not None and chosen not in offered:
            offered = (*offered, chosen)  # what stands in the plan is shown, with what is wrong about it
        options = [Option(one, one) for one in offered]
        if default is None:
            options.insert(0, Option("", t("form.precision_default")))
        return Field(
            "toggle:precision_mode",
            FieldKind.LIST,
            t("form.toggle_precision_mode"),
            chosen or default or "",
            tuple(options),
            changed=chosen is not None and chosen != default,
            error=self.errors.get("precision_mode"),
            enabled=enabled,
            note=note,
            help=t("form.toggle_precision_mode_help"),
        )

    def _path(self, toggle: Toggle) -> Field:
        enabled, note = self._common(toggle)
        value = self._value(toggle)
        return Field(
            f"toggle:{toggle.name.value}",
            FieldKind.TEXT,
            t(f"form.toggle_{toggle.name.value}"),
            "" if value is None else str(value),
            changed=value is not None,
            error=self.errors.get(toggle.name.value),
            enabled=enabled,
            note=note,
            help=t(f"form.toggle_{toggle.name.value}_help"),
            width=0 if enabled else 2,
        )

    def _overflow_details(self) -> tuple[Field, ...]:
        dump = self.toggles.overflow_dump
        stop = Field(
            "toggle:overflow_dump.stop",
            FieldKind.CHECK,
            t("form.overflow_stop"),
            ON if dump and dump.stop_on_overflow else "",
            error=self.errors.get(ToggleName.OVERFLOW_DUMP.value),
            help=t("form.overflow_stop_help"),
        )
        return (stop,)

    def _dump_details(self) -> tuple[Field, ...]:
        dump = self.toggles.data_dump
        assert dump is not None
        wrong = self.errors.get(ToggleName.DATA_DUMP.value)
        return (self._text("toggle:data_dump.steps", t("form.dump_steps"), dump.steps, wrong, width=16),)

    def _profiling_details(self) -> tuple[Field, ...]:
        traced = self.toggles.profiling
        assert traced is not None
        wrong = self.errors.get(ToggleName.PROFILING.value)
        return (
            self._text(
                "toggle:profiling.first", t("form.first_step"), str(traced.first), wrong, numeric=True
            ),
            self._text("toggle:profiling.last", t("form.last_step"), str(traced.last), None, numeric=True),
        )

    def _text(
        self,
        field_id: str,
        label: str,
        value: str,
        wrong: str | None,
        *,
        width: int = 8,
        numeric: bool = False,
    ) -> Field:
        return Field(
            field_id,
            FieldKind.TEXT,
            label,
            self.unread.get(field_id, value),
            error=self.errors.get(field_id) or wrong,
            help=t("form.steps_help"),
            width=width,
            numeric=numeric,
        )
