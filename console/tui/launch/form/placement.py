"""The placement of a launch: data, devices, backend, runtime, task, and what it starts from."""

from __future__ import annotations

from pathlib import Path

from console.catalog.profile import Backend
from console.i18n import t
from console.launch.devices import wanted_count
from console.tui.launch.form.basis import Basis
from console.tui.launch.form.field import Field, FieldKind, Option
from console.tui.launch.form.state import AUTO_RUNTIME

SCRATCH, RESUME, FINE_TUNE, CHOSEN = "scratch", "resume", "fine_tune", "chosen"
"""Values of the field ``start_from``: two that ask for a checkpoint, and the one that stands for it then."""


def placement_rows(basis: Basis) -> list[tuple[Field, ...]]:
    """The rows of the form's first section."""
    rows: list[tuple[Field, ...]] = []
    if basis.profile.datasets:
        rows += [(_dataset(basis),), (_data_dir(basis),)]
    rows += [_devices(basis), (_backend(basis),), (_runtime(basis),)]
    many_tasks = len(basis.profile.tasks) > 1
    rows.append((_task(basis), _start_from(basis)) if many_tasks else (_start_from(basis),))
    return rows


def _dataset(basis: Basis) -> Field:
    chosen = basis.choices.dataset or basis.profile.default_dataset or ""
    names = [one.dataset for one in basis.profile.datasets]
    known = basis.context.datasets or {}
    options = [Option(name, str(known[name].title) if name in known else name) for name in names]
    if chosen and chosen not in names:
        options.append(Option(chosen, chosen))
    field = Field(
        "dataset",
        FieldKind.LIST,
        t("form.dataset"),
        chosen,
        tuple(options),
        changed=chosen != basis.profile.default_dataset,
        help=t("form.dataset_help"),
    )
    return basis.told(field, "dataset")


def _data_dir(basis: Basis) -> Field:
    chosen = basis.choices.data_dir
    planned = basis.plan.data_dir if basis.plan else Path()
    shown = chosen or (planned if planned != Path() else None)
    field = Field(
        "data_dir",
        FieldKind.TEXT,
        t("form.data_dir"),
        basis.state.unread.get("data_dir", str(shown) if shown else ""),
        changed=chosen is not None,
        help=t("form.data_dir_help"),
    )
    return basis.told(field, "data_dir")


def _devices(basis: Basis) -> tuple[Field, ...]:
    count = wanted_count(basis.profile, basis.choices)
    field = Field(
        "devices",
        FieldKind.SEGMENTS,
        t("form.devices"),
        str(count),
        tuple(Option(str(one), str(one)) for one in basis.profile.devices),
        changed=count != basis.profile.default_devices,
        help=t("form.devices_help"),
    )
    field = basis.told(field, "devices")
    if basis.backend is Backend.CPU or not basis.npus:
        return (field,)
    used = basis.choices.device_ids or (tuple(rank.device for rank in basis.plan.ranks) if basis.plan else ())
    device_map = Field(
        "device_ids",
        FieldKind.MAP,
        "",
        ",".join(str(one) for one in used),
        tuple(
            Option(str(npu.device_id), str(npu.device_id), npu.busy_with is None or npu.device_id in used)
            for npu in basis.npus
        ),
        changed=bool(basis.choices.device_ids),
        note="" if "devices" in basis.errors else _busy_note(basis),
        help=t("form.device_ids_help"),
    )
    return (field, device_map)


def _busy_note(basis: Basis) -> str:
    busy = [f"{npu.device_id}: {npu.busy_with}" for npu in basis.npus if npu.busy_with]
    return t("form.devices_busy", devices=", ".join(busy)) if busy else ""


def _backend(basis: Basis) -> Field:
    default = basis.profile.defaults.backend
    chosen = default if basis.choices.backend is Backend.AUTO else basis.choices.backend
    backends = dict.fromkeys([default, *basis.profile.backends])
    field = Field(
        "backend",
        FieldKind.SEGMENTS,
        t("form.backend"),
        chosen.value,
        tuple(Option(one.value, one.value) for one in backends),
        changed=chosen is not default,
        help=t("form.backend_help"),
    )
    return basis.told(field, "backend")


def _runtime(basis: Basis) -> Field:
    default = basis.profile.defaults.runtime or AUTO_RUNTIME
    chosen = basis.choices.runtime or default
    runtimes = basis.context.host.runtimes if basis.context.host else ()
    words = {AUTO_RUNTIME: t("form.runtime_auto")} | {
        one.name: f"{one.name}  {one.python}" for one in runtimes
    }
    names = dict.fromkeys([default, *(one.name for one in runtimes), chosen])
    field = Field(
        "runtime",
        FieldKind.LIST,
        t("form.runtime"),
        chosen,
        tuple(Option(name, words.get(name, name)) for name in names),
        changed=chosen != default,
        help=t("form.runtime_help"),
    )
    return basis.told(field, "runtime")


def _task(basis: Basis) -> Field:
    chosen = basis.choices.task or basis.profile.default_task
    field = Field(
        "task",
        FieldKind.SEGMENTS,
        t("form.task"),
        chosen,
        tuple(Option(task, task_text(task)) for task in basis.profile.tasks),
        changed=chosen != basis.profile.default_task,
        help=t("form.task_help"),
    )
    return basis.told(field, "task")


def _start_from(basis: Basis) -> Field:
    options = [Option(SCRATCH, t("form.start_scratch"))]
    value = SCRATCH
    if basis.choices.start_from is not None or basis.choices.resume_run is not None:
        value = CHOSEN
        options.append(Option(CHOSEN, _start_words(basis)))
    options += [Option(RESUME, t("form.start_resume")), Option(FINE_TUNE, t("form.start_fine_tune"))]
    field = Field(
        "start_from",
        FieldKind.LIST,
        t("form.start_from"),
        value,
        tuple(options),
        changed=value != SCRATCH,
        help=t("form.start_from_help"),
    )
    return basis.told(field, "start_from")


def _start_words(basis: Basis) -> str:
    if basis.choices.resume_run:
        return t("form.start_resuming", run=basis.choices.resume_run)
    return t("form.start_fine_tuning", path=basis.choices.start_from)


def task_text(task: str) -> str:
    """A task in words; one the console has no words for stays as it is."""
    known = ("train", "evaluate", "train_and_evaluate", "export")
    return t(f"form.task_{task}") if task in known else task
