"""The launch form as a pure function of what was chosen, the plan made of it, and the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.catalog.datasets import Dataset
from console.catalog.model import Backend, Parameter, ParameterType, ParameterValue, Profile
from console.catalog.values import format_value
from console.i18n import t
from console.launch.devices import wanted_count
from console.launch.model import Finding, Host, LaunchPlan, Level
from console.launch.parameters import default_values
from console.tui.forms.field import ON, Field, FieldKind, Form, Option, Section
from console.tui.forms.launch_state import AUTO_RUNTIME, PARAMETER, LaunchState
from console.tui.forms.toggle_fields import toggle_rows

SCRATCH, RESUME, FINE_TUNE, CHOSEN = "scratch", "resume", "fine_tune", "chosen"


@dataclass(frozen=True, slots=True)
class FormContext:
    """What the form shows beside the choices: the newest ``plan`` made of them, and what the host has.

    All of it is ``None`` until it is known. ``roomy`` is set where the whole form fits the terminal.
    """

    plan: LaunchPlan | None = None
    host: Host | None = None
    datasets: Mapping[str, Dataset] | None = None
    roomy: bool = False


def launch_form(state: LaunchState, context: FormContext) -> Form:
    """Every field, in the current language."""
    builder = _Builder(state, context)
    sections = [
        Section("", tuple(builder.placement_rows())),
        Section(t("form.section_parameters"), (tuple(builder.parameter_fields()),), grid=True),
        Section(t("form.section_debug"), tuple(toggle_rows(state, context.plan, builder.errors))),
        Section(t("form.section_run"), tuple(builder.run_rows())),
    ]
    return tuple(section for section in sections if any(section.rows))


def effective_backend(state: LaunchState, plan: LaunchPlan | None) -> Backend:
    """The backend of the plan, or as near to it as is known without one."""
    if state.choices.backend is not Backend.AUTO or plan is None:
        return state.choices.backend
    return plan.backend


class _Builder:
    """Holds what every field needs."""

    def __init__(self, state: LaunchState, context: FormContext) -> None:
        self.state = state
        self.choices = state.choices
        self.profile: Profile = state.profile
        self.context = context
        self.plan = context.plan
        self.errors = _errors(state, context.plan)
        dataset = self.choices.dataset or self.profile.default_dataset
        self.defaults = default_values(self.profile, dataset, wanted_count(self.profile, self.choices))

    def placement_rows(self) -> list[tuple[Field, ...]]:
        """Data, devices, backend, runtime, task, and what to start from."""
        rows: list[tuple[Field, ...]] = []
        if self.profile.datasets:
            rows += [(self._dataset(),), (self._data_dir(),)]
        rows.append(self._devices())
        rows.append((self._backend(),))
        rows.append((self._runtime(),))
        many_tasks = len(self.profile.tasks) > 1
        rows.append((self._task(), self._start_from()) if many_tasks else (self._start_from(),))
        return rows

    def _finding_note(self, *subjects: str) -> tuple[str, Level | None]:
        """The worst finding about one of the subjects, as a note; errors stand at the field itself.

        The way out is told in the preflight, where there is room for it.
        """
        findings = [one for one in self.plan.findings if one.subject in subjects] if self.plan else []
        for level in (Level.WARNING, Level.OK, Level.INFO):
            for finding in findings:
                if finding.level is level:
                    return str(finding.message), level
        return "", None

    def _dataset(self) -> Field:
        chosen = self.choices.dataset or self.profile.default_dataset or ""
        names = [one.dataset for one in self.profile.datasets]
        known = self.context.datasets or {}
        options = [Option(name, str(known[name].title) if name in known else name) for name in names]
        if chosen and chosen not in names:
            options.append(Option(chosen, chosen))
        note, level = self._finding_note("dataset")
        return Field(
            "dataset",
            FieldKind.LIST,
            t("form.dataset"),
            chosen,
            tuple(options),
            changed=chosen != self.profile.default_dataset,
            error=self.errors.get("dataset"),
            note=note,
            note_level=level,
            help=t("form.dataset_help"),
        )

    def _data_dir(self) -> Field:
        chosen = self.choices.data_dir
        shown = chosen or (self.plan.data_dir if self.plan else None)
        note, level = self._finding_note("data_dir")
        return Field(
            "data_dir",
            FieldKind.TEXT,
            t("form.data_dir"),
            self.state.unread.get("data_dir", str(shown) if shown else ""),
            changed=chosen is not None,
            error=self.errors.get("data_dir"),
            note=note,
            note_level=level,
            help=t("form.data_dir_help"),
        )

    def _devices(self) -> tuple[Field, ...]:
        count = wanted_count(self.profile, self.choices)
        note, level = self._finding_note("devices", "device_ids")
        backend = effective_backend(self.state, self.plan)
        if not note and backend is Backend.CPU:
            note = t("form.devices_on_cpu", count=count)
        field = Field(
            "devices",
            FieldKind.SEGMENTS,
            t("form.devices"),
            str(count),
            tuple(Option(str(one), str(one)) for one in self.profile.devices),
            changed=count != self.profile.default_devices,
            error=self.errors.get("devices"),
            note=note,
            note_level=level,
            help=t("form.devices_help"),
        )
        npus = self.context.host.npus if self.context.host else ()
        if backend is Backend.CPU or not npus:
            return (field,)
        used = self.choices.device_ids or (
            tuple(rank.device for rank in self.plan.ranks) if self.plan else ()
        )
        device_map = Field(
            "device_ids",
            FieldKind.MAP,
            "",
            ",".join(str(one) for one in used),
            tuple(
                Option(str(npu.device_id), str(npu.device_id), npu.busy_with is None or npu.device_id in used)
                for npu in npus
            ),
            changed=bool(self.choices.device_ids),
            error=self.errors.get("device_ids"),
            note="" if "devices" in self.errors else self._busy_note(),
            help=t("form.device_ids_help"),
        )
        return (field, device_map)

    def _busy_note(self) -> str:
        npus = self.context.host.npus if self.context.host else ()
        busy = [f"{npu.device_id}: {npu.busy_with}" for npu in npus if npu.busy_with]
        return t("form.devices_busy", devices=", ".join(busy)) if busy else ""

    def _backend(self) -> Field:
        backends = [Backend.AUTO, *(one for one in self.profile.backends if one is not Backend.AUTO)]
        note, level = self._finding_note("backend")
        if not note and self.choices.backend is Backend.AUTO and self.plan:
            note = t("form.backend_auto", backend=t(f"form.backend_{self.plan.backend.value}"))
        return Field(
            "backend",
            FieldKind.SEGMENTS,
            t("form.backend"),
            self.choices.backend.value,
            tuple(Option(one.value, one.value) for one in backends),
            changed=self.choices.backend is not self.profile.defaults.backend,
            error=self.errors.get("backend"),
            note=note,
            note_level=level,
            help=t("form.backend_help"),
        )

    def _runtime(self) -> Field:
        chosen = self.choices.runtime or AUTO_RUNTIME
        runtimes = self.context.host.runtimes if self.context.host else ()
        options = [Option(AUTO_RUNTIME, t("form.runtime_auto"))]
        options += [Option(one.name, f"{one.name}  {one.python}") for one in runtimes]
        if chosen not in [option.value for option in options]:
            options.append(Option(chosen, chosen))
        note, level = self._finding_note("runtime")
        return Field(
            "runtime",
            FieldKind.LIST,
            t("form.runtime"),
            chosen,
            tuple(options),
            changed=chosen != AUTO_RUNTIME,
            error=self.errors.get("runtime"),
            note=note,
            note_level=level,
            help=t("form.runtime_help"),
        )

    def _task(self) -> Field:
        chosen = self.choices.task or self.profile.default_task
        return Field(
            "task",
            FieldKind.SEGMENTS,
            t("form.task"),
            chosen,
            tuple(Option(task, task_text(task)) for task in self.profile.tasks),
            changed=chosen != self.profile.default_task,
            error=self.errors.get("task"),
            help=t("form.task_help"),
        )

    def _start_from(self) -> Field:
        options = [Option(SCRATCH, t("form.start_scratch"))]
        value = SCRATCH
        if self.choices.start_from is not None or self.choices.resume_run is not None:
            value = CHOSEN
            options.append(Option(CHOSEN, self._start_words()))
        options += [Option(RESUME, t("form.start_resume")), Option(FINE_TUNE, t("form.start_fine_tune"))]
        note, level = self._finding_note("start_from")
        return Field(
            "start_from",
            FieldKind.LIST,
            t("form.start_from"),
            value,
            tuple(options),
            changed=value != SCRATCH,
            error=self.errors.get("start_from"),
            note=note,
            note_level=level,
            help=t("form.start_from_help"),
        )

    def _start_words(self) -> str:
        if self.choices.resume_run:
            return t("form.start_resuming", run=self.choices.resume_run)
        return t("form.start_fine_tuning", path=self.choices.start_from)

    def parameter_fields(self) -> list[Field]:
        """The profile's parameters; advanced ones behind a fold, which never hides a changed one."""
        parameters = self.profile.parameters
        shown = [one for one in parameters if not one.advanced]
        advanced = [one for one in parameters if one.advanced]
        fields = [self._parameter(one) for one in shown]
        if advanced:
            must_show = [one for one in advanced if one.name in self.choices.parameters]
            unfolded = self.context.roomy if self.state.advanced is None else self.state.advanced
            words = t("form.fewer") if unfolded else t("form.more", count=len(advanced))
            fields += [self._parameter(one) for one in (advanced if unfolded else must_show)]
            fields.append(Field("advanced", FieldKind.FOLD, words, ON if unfolded else ""))
        return fields

    def _parameter(self, parameter: Parameter) -> Field:
        default = self.defaults[parameter.name]
        value = self.choices.parameters.get(parameter.name, self._planned_value(parameter.name, default))
        field_id = PARAMETER + parameter.name
        text = self.state.unread.get(field_id, "" if value is None else format_value(value))
        kind = FieldKind.TEXT
        options: tuple[Option, ...] = ()
        if parameter.type is ParameterType.BOOLEAN:
            kind, text = FieldKind.CHECK, ON if value is True else ""
        elif parameter.type is ParameterType.CHOICE:
            kind = FieldKind.LIST
            options = tuple(Option(one, one) for one in parameter.choices)
        numeric = parameter.type in (ParameterType.INTEGER, ParameterType.NUMBER)
        return Field(
            field_id,
            kind,
            label_of(parameter.name),
            text,
            options,
            changed=parameter.name in self.choices.parameters and value != default,
            error=self.errors.get(field_id) or self.errors.get(parameter.name),
            help=parameter_help(parameter, default),
            width=9 if numeric else 18,
            numeric=numeric,
        )

    def _planned_value(self, name: str, default: ParameterValue | None) -> ParameterValue | None:
        """The plan may give a value of its own where there is no default, such as a share of the cores."""
        return self.plan.parameters.get(name) if default is None and self.plan else default

    def run_rows(self) -> list[tuple[Field, ...]]:
        """Name and note of the run, restarts and core binding."""
        unread = self.state.unread
        name = Field(
            "name",
            FieldKind.TEXT,
            t("form.name"),
            self.choices.name or (self.plan.run_name if self.plan else ""),
            changed=self.choices.name is not None,
            error=self.errors.get("name"),
            help=t("form.name_help"),
            width=32,
        )
        restarts = Field(
            "restarts",
            FieldKind.TEXT,
            t("form.restarts"),
            unread.get("restarts", str(self.choices.restarts)),
            changed=self.choices.restarts != 0,
            error=self.errors.get("restarts"),
            help=t("form.restarts_help"),
            width=5,
            numeric=True,
        )
        note = Field("note", FieldKind.TEXT, t("form.note"), self.choices.note, help=t("form.note_help"))
        bind = Field(
            "bind_cores",
            FieldKind.CHECK,
            t("form.bind_cores"),
            ON if self.choices.bind_cores else "",
            changed=self.choices.bind_cores,
            error=self.errors.get("bind_cores"),
            help=t("form.bind_cores_help"),
        )
        return [(name, restarts, bind), (note,)]


def _errors(state: LaunchState, plan: LaunchPlan | None) -> dict[str, str]:
    """What is wrong at each field, by field id or by the subject of the finding."""
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
    return (
        f"{label_of(finding.subject)}: {finding.message}"
        if finding.subject in parameters
        else str(finding.message)
    )


def label_of(parameter: str) -> str:
    """A parameter's name as words."""
    return parameter.replace("_", " ")


def task_text(task: str) -> str:
    """A task in words; one the console has no words for stays as it is."""
    known = ("train", "evaluate", "train_and_evaluate")
    return t(f"form.task_{task}") if task in known else task


def parameter_help(parameter: Parameter, default: ParameterValue | None) -> str:
    """What the parameter does, what it may be, and what it is when nothing is chosen."""
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
