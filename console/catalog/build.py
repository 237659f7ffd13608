"""From a document to a :class:`~console.catalog.profile.Profile`, with the checks that look at several keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from console.catalog.datasets import load_datasets
from console.catalog.document import Place, Scalar, Sequence, Table
from console.catalog.inherit import find
from console.catalog.nearest import nearest_or_all
from console.catalog.problems import Problems
from console.catalog.profile import (
    Backend,
    DatasetChoice,
    ExternalCommand,
    LocalizedText,
    Parameter,
    ParameterType,
    ParameterValue,
    Profile,
    ProfileDefaults,
    PublishedResult,
    Toggle,
    ToggleName,
)
from console.catalog.schema import PROFILE
from console.catalog.values import check_value, parse_value
from console.errors import UserError
from console.i18n import Message
from console.metrics.canonical import FRACTIONS

CONSOLE_FLAGS = frozenset(
    {
        "--data_dir",
        "--run_dir",
        "--mode",
        "--backend",
        "--resume_from",
        "--precision_mode",
        "--over_dump",
        "--over_dump_path",
        "--over_dump_stop",
        "--data_dump_flag",
        "--data_dump_step",
        "--data_dump_path",
        "--profiling",
        "--profiling_dump_path",
        "--profiling_steps",
        "--use_mixlist",
        "--mixlist_file",
        "--fusion_off_flag",
        "--fusion_off_file",
    }
)
"""Flags the console gives by itself, so that no parameter may carry them."""

NUMERIC = (ParameterType.INTEGER, ParameterType.NUMBER)


def build_profile(document: Table, source: Path, problems: Problems) -> Profile | None:
    """The profile that a complete document describes; ``None`` after noting its problems."""
    before = len(problems.found)
    values = PROFILE.read(document, "", problems)
    if len(problems.found) > before:
        return None
    builder = _Builder(document, values, source, problems)
    profile = builder.build()
    return None if len(problems.found) > before else profile


class _Builder:
    """Holds what every check needs: the document for its lines, the values read from it, and the problems."""

    def __init__(self, document: Table, values: Mapping[str, Any], source: Path, problems: Problems) -> None:
        self._document = document
        self._values = values
        self._source = source
        self._problems = problems
        self._parameters = {
            name: _parameter(name, given) for name, given in values.get("parameters", {}).items()
        }

    def build(self) -> Profile:
        values = self._values
        backends = tuple(Backend(word) for word in values["backends"])
        self._check_program()
        self._check_flags()
        profile = Profile(
            name=values["name"],
            title=values["title"],
            summary=values.get("summary", LocalizedText("", "")),
            framework=values["framework"],
            runtimes=values.get("runtimes", ()),
            datasets=tuple(self._datasets()),
            devices=values["devices"],
            backends=backends,
            parameters=tuple(self._complete_parameters()),
            toggles=tuple(self._toggles(backends)),
            engine=values.get("engine"),
            command=self._command(),
            tasks=values.get("tasks", ("train",)),
            line_patterns=values.get("line_patterns", ()),
            published=tuple(self._published()),
            adapters=values.get("adapters", ()),
            defaults=self._defaults(),
            source=self._source,
        )
        self._check_defaults(profile)
        return profile

    def _check_program(self) -> None:
        if ("engine" in self._values) == ("command" in self._values):
            self._problem("catalog.engine_or_command", "engine")

    def _check_flags(self) -> None:
        owners: dict[str, str] = {}
        for parameter in self._parameters.values():
            flag, path = parameter.flag, ("parameters", parameter.name)
            if flag in CONSOLE_FLAGS:
                self._problem("catalog.console_flag", *path, flag=flag)
            elif flag in owners:
                self._problem("catalog.flag_twice", *path, flag=flag, other=owners[flag])
            owners.setdefault(flag, parameter.name)

    def _complete_parameters(self) -> Iterator[Parameter]:
        for name, bare in self._parameters.items():
            given = self._values["parameters"][name]
            path = ("parameters", name)
            self._check_limits(bare)
            default = self._value(bare, given.get("default"), *path, "default")
            per_devices = {
                count: self._value(bare, node, *path, "per_devices", str(count))
                for count, node in given.get("per_devices", {}).items()
            }
            yield _parameter(
                name, given, default, {count: one for count, one in per_devices.items() if one is not None}
            )

    def _check_limits(self, parameter: Parameter) -> None:
        path = ("parameters", parameter.name)
        limits = [limit for limit in (parameter.minimum, parameter.maximum) if limit is not None]
        if limits and parameter.type not in NUMERIC:
            self._problem("catalog.limits_of_words", *path, type=parameter.type.value)
        elif limits != sorted(limits):
            self._problem("catalog.limits_crossed", *path)
        if (parameter.type is ParameterType.CHOICE) != bool(parameter.choices):
            self._problem("catalog.choices_and_type", *path)

    def _datasets(self) -> Iterator[DatasetChoice]:
        for name, given in self._values["datasets"].items():
            path = ("datasets", name)
            parameters = self._overrides(given.get("parameters", {}), *path, "parameters")
            per_devices = {
                count: self._overrides(nodes, *path, "per_devices", str(count))
                for count, nodes in given.get("per_devices", {}).items()
            }
            yield DatasetChoice(name, parameters, per_devices, self._layouts(given, *path, "layouts"))

    def _layouts(self, given: Mapping[str, Any], *path: str) -> tuple[str, ...]:
        """The layouts given for a data set, which must be among its own."""
        layouts: tuple[str, ...] = given.get("layouts", ())
        own = load_datasets()[path[1]].layouts
        for index, layout in enumerate(layouts):
            if layout not in own:
                values = {"layout": layout, "dataset": path[1], "layouts": ", ".join(own)}
                self._problem("catalog.not_its_layout", *path, str(index), **values)
        return layouts

    def _overrides(self, nodes: Mapping[str, Scalar], *path: str) -> dict[str, ParameterValue]:
        values: dict[str, ParameterValue] = {}
        for name, node in nodes.items():
            parameter = self._parameters.get(name)
            if parameter is None:
                close = nearest_or_all(name, self._parameters)
                self._problem("catalog.unknown_parameter", *path, name, name=name, nearest=close)
                continue
            value = self._value(parameter, node, *path, name)
            if value is not None:
                values[name] = value
        return values

    def _value(self, parameter: Parameter, node: Scalar | None, *path: str) -> ParameterValue | None:
        """The value of a parameter, checked; ``None`` where there is none or a wrong one."""
        if node is None:
            return None
        try:
            value = parse_value(parameter, node.text)
        except UserError as error:
            self._problems.add(node.place, ".".join(path), error.message)
            return None
        wrong = check_value(parameter, value)
        if wrong is not None:
            self._problems.add(node.place, ".".join(path), wrong)
        return value

    def _toggles(self, backends: tuple[Backend, ...]) -> Iterator[Toggle]:
        for word, given in self._values.get("toggles", {}).items():
            name, choices, default = ToggleName(word), given.get("choices", ()), given.get("default")
            if (name is ToggleName.PRECISION_MODE) != bool(choices):
                self._problem("catalog.choices_of_precision", "toggles", word)
            elif default is not None and default not in choices:
                close = nearest_or_all(default, choices)
                self._problem(
                    "catalog.not_a_choice", "toggles", word, "default", value=default, nearest=close
                )
            cpu_choices = given.get("cpu_choices", ())
            for value in cpu_choices:
                if value not in choices:
                    close = nearest_or_all(value, choices)
                    self._problem(
                        "catalog.not_a_choice", "toggles", word, "cpu_choices", value=value, nearest=close
                    )
            effective = frozenset(Backend(one) for one in given.get("backends", ())) or frozenset(backends)
            yield Toggle(name, effective, choices, default, tuple(cpu_choices))

    def _command(self) -> ExternalCommand | None:
        given = self._values.get("command")
        if given is None:
            return None
        cwd = Path(given["cwd"]).expanduser() if "cwd" in given else None
        if cwd is not None and not cwd.is_absolute():
            cwd = self._source.parent / cwd
        return ExternalCommand(given["argv"], cwd, given.get("env", {}))

    def _published(self) -> Iterator[PublishedResult]:
        for index, given in enumerate(self._values.get("published", ())):
            if given["metric"] in FRACTIONS and not 0 <= given["value"] <= 1:
                self._problem("catalog.not_a_fraction", "published", str(index), value=given["value"])
            yield PublishedResult(**given)

    def _defaults(self) -> ProfileDefaults:
        given = dict(self._values.get("defaults", {}))
        if "backend" in given:
            given["backend"] = Backend(given["backend"])
        if "data_dir" in given:
            given["data_dir"] = Path(given["data_dir"]).expanduser()
        return ProfileDefaults(**given)

    def _check_defaults(self, profile: Profile) -> None:
        defaults = profile.defaults
        offered: dict[str, tuple[object, list[str]]] = {
            "dataset": (defaults.dataset, [one.dataset for one in profile.datasets]),
            "devices": (defaults.devices, [str(count) for count in profile.devices]),
            "task": (defaults.task, list(profile.tasks)),
        }
        if defaults.backend is not Backend.AUTO:
            offered["backend"] = (defaults.backend.value, [one.value for one in profile.backends])
        for key, (value, words) in offered.items():
            if value is not None and str(value) not in words:
                self._problem(
                    "catalog.default_not_offered", "defaults", key, value=value, offered=", ".join(words)
                )

    def _problem(self, message_key: str, *path: str, **values: object) -> None:
        self._problems.add(self._place(*path), ".".join(path), Message.of(message_key, **values))

    def _place(self, *path: str) -> Place:
        """The place of the key or list item at ``path``, or the beginning of the profile without one."""
        parent = find(self._document, *path[:-1])
        if isinstance(parent, Sequence):
            return parent.items[int(path[-1])].place
        keys = parent.keys if isinstance(parent, Table) else {}
        return keys.get(path[-1], self._document.place)


def _parameter(
    name: str,
    given: Mapping[str, Any],
    default: ParameterValue | None = None,
    per_devices: Mapping[int, ParameterValue] | None = None,
) -> Parameter:
    return Parameter(
        name=name,
        flag=given.get("flag", f"--{name}"),
        type=ParameterType(given["type"]),
        help=given["help"],
        default=default,
        minimum=given.get("minimum"),
        maximum=given.get("maximum"),
        choices=given.get("choices", ()),
        per_devices=per_devices or {},
        advanced=given.get("advanced", False),
    )
