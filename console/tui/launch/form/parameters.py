"""The profile's parameters as fields."""

from __future__ import annotations

from console.catalog.profile import Parameter, ParameterType, ParameterValue
from console.catalog.values import format_value
from console.i18n import t
from console.launch.devices import wanted_count
from console.launch.options.declarations import ON
from console.launch.parameters import default_values
from console.tui.launch.form.basis import Basis, label_of
from console.tui.launch.form.field import Field, FieldKind, Option
from console.tui.launch.form.state import PARAMETER

NUMBER_WIDTH, WORD_WIDTH = 9, 18


def parameter_fields(basis: Basis) -> tuple[Field, ...]:
    """Every parameter; advanced ones behind a fold, which never hides a changed one."""
    dataset = basis.choices.dataset or basis.profile.default_dataset
    defaults = default_values(basis.profile, dataset, wanted_count(basis.profile, basis.choices))
    parameters = basis.profile.parameters
    unfolded = basis.context.roomy if basis.state.advanced is None else basis.state.advanced
    every = [(one, _parameter(basis, one, defaults[one.name])) for one in parameters]
    fields = [field for one, field in every if not one.advanced or unfolded or field.changed or field.error]
    advanced = sum(one.advanced for one in parameters)
    if advanced:
        words = t("form.fewer") if unfolded else t("form.more", count=advanced)
        fields.append(Field("advanced", FieldKind.FOLD, words, ON if unfolded else ""))
    return tuple(fields)


def _parameter(basis: Basis, parameter: Parameter, default: ParameterValue | None) -> Field:
    planned = basis.plan.parameters.get(parameter.name) if basis.plan else None
    # Where there is no default the plan may have a value of its own, such as a share of the cores.
    value = basis.choices.parameters.get(parameter.name, planned if default is None else default)
    field_id = PARAMETER + parameter.name
    text = basis.state.unread.get(field_id, "" if value is None else format_value(value))
    kind = FieldKind.TEXT
    options: tuple[Option, ...] = ()
    if parameter.type is ParameterType.BOOLEAN:
        kind, text = FieldKind.CHECK, ON if value is True else ""
    elif parameter.type is ParameterType.CHOICE:
        kind, options = FieldKind.LIST, tuple(Option(one, one) for one in parameter.choices)
    numeric = parameter.type in (ParameterType.INTEGER, ParameterType.NUMBER)
    return Field(
        field_id,
        kind,
        label_of(parameter.name),
        text,
        options,
        changed=parameter.name in basis.choices.parameters and value != default,
        error=basis.errors.get(field_id) or basis.errors.get(parameter.name),
        help=parameter_help(parameter, default),
        width=NUMBER_WIDTH if numeric else WORD_WIDTH,
        numeric=numeric,
    )


def parameter_help(parameter: Parameter, default: ParameterValue | None) -> str:
    """The parameter's meaning, its legal values, and its value when nothing is chosen."""
    parts = [str(parameter.help)]
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        parts.append(t("form.help_range", low=f"{low:g}", high=f"{high:g}"))
    elif low is not None:
        parts.append(t("form.help_at_least", low=f"{low:g}"))
    elif high is not None:
        parts.append(t("form.help_at_most", high=f"{high:g}"))
    parts.append(
        t("form.help_no_default") if default is None else t("form.help_default", value=format_value(default))
    )
    parts.append(parameter.flag)
    return t("form.help_separator").join(parts)
