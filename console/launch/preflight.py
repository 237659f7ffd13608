"""Checks of a launch that concern neither devices, interpreter, parameters nor toggles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from console.catalog.data.checks.report import DataReport, ProblemLevel
from console.catalog.datasets import Dataset
from console.catalog.nearest import nearest_or_all
from console.catalog.placeholders import placeholders_in
from console.catalog.profile import Backend, ParameterValue, Profile
from console.hosts.ports import HCCL_BASE_PORT
from console.i18n.sizes import bytes_text
from console.launch.command import TAKES_CHECKPOINT
from console.launch.findings import Finding, Level, error, info, message, ok, warning
from console.launch.machine.host import Host
from console.launch.options.choices import Choices

GIGABYTE = 10**9
MIN_DISK = 10**8
"""Bytes below which not even logs and one small checkpoint fit."""
LOW_DISK = 5 * GIGABYTE
LOW_DISK_FOR_DUMPS = 50 * GIGABYTE
"""Dumping every tensor of one step on NPU can take tens of gigabytes."""

MAX_PROBLEMS = 5
"""Data problems shown one by one; a folder that is wrong throughout would fill the screen."""

ABSENT = frozenset({"data.folder_missing", "data.folder_empty"})
"""Findings of a data check that say that nothing is there yet."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_dataset(
    profile: Profile, name: str | None, dataset: Dataset | None, parameters: Mapping[str, ParameterValue]
) -> Iterator[Finding]:
    """Whether the profile takes the data set, and its classes fit."""
    if name is None:
        return
    offered = [one.dataset for one in profile.datasets]
    if not offered:
        yield error("dataset", "takes_no_dataset", profile=profile.name)
        return
    if name not in offered:
        close = nearest_or_all(name, offered)
        yield error("dataset", "unknown_dataset", dataset=name, profile=profile.name, nearest=close)
        return
    classes = parameters.get("num_classes")
    if dataset is not None and isinstance(classes, int) and classes < dataset.num_classes:
        yield error("num_classes", "too_few_classes", dataset=name, needed=dataset.num_classes, given=classes)


def check_data(
    dataset: Dataset, folder: Path | None, data: DataReport | None, writes_builtin: bool
) -> Iterator[Finding]:
    """Whether the folder holds the data set, as far as ``data`` tells."""
    if folder is None:
        yield error("data_dir", "no_data_dir", "give_data_dir", dataset=dataset.name)
    elif writes_builtin:
        yield info("data_dir", "will_be_written", dataset=dataset.name, folder=folder)
    elif data is None:
        yield info("data_dir", "data_not_checked", folder=folder)
    else:
        yield from _report_findings(data)


def is_absent(data: DataReport | None) -> bool:
    """Whether a check found no data at all, so that a built-in data set may be written there."""
    return data is None or any(
        problem.path == data.folder and problem.message.key in ABSENT for problem in data.problems
    )


def check_task(profile: Profile, choices: Choices, task: str) -> Iterator[Finding]:
    """Whether the profile can do the task, and from where the choices say it starts."""
    if task not in profile.tasks:
        close = nearest_or_all(task, profile.tasks)
        yield error("task", "unknown_task", task=task, profile=profile.name, nearest=close)
    if choices.start_from is None:
        if choices.resume_run is not None:
            yield error("start_from", "resume_without_checkpoint", run=choices.resume_run)
        elif task in TAKES_CHECKPOINT and profile.engine is not None:
            yield error("start_from", f"{task}_without_checkpoint")
    elif profile.engine is None:
        yield error("start_from", "command_takes_no_checkpoint", profile=profile.name)


def check_host(host: Host, backend: Backend, dumps_tensors: bool) -> Iterator[Finding]:
    """Whether runs can be written, and the disk has room."""
    if host.runs_dir_problem is not None:
        yield Finding(Level.ERROR, "home", host.runs_dir_problem)
    if host.disk_free is None:
        return
    low = LOW_DISK_FOR_DUMPS if dumps_tensors and backend is Backend.NPU else LOW_DISK
    free = bytes_text(host.disk_free)
    if host.disk_free < MIN_DISK:
        yield error("disk", "disk_full", "free_disk", free=free, folder=host.runs_dir)
    elif host.disk_free < low:
        yield warning("disk", "disk_low", free=free, folder=host.runs_dir)
    else:
        yield ok("disk", "disk_room", free=free)


def check_name(name: str | None) -> Iterator[Finding]:
    """Whether a name the operator gives a run can be a folder's and a job's."""
    if name is not None and not _NAME.fullmatch(name):
        yield error("name", "bad_name", name=name)


def check_ports(host: Host, framework: str, world_size: int, backend: Backend) -> Iterator[Finding]:
    """Whether several ranks can meet: on a port each with TensorFlow on CPU, on one with torch, and on HCCL's
    block of ports on NPU."""
    needed = 1 if framework == "torch" else world_size if backend is Backend.CPU else 0
    if len(host.free_ports) < needed:
        yield error("ports", "ports_short", needed=needed, free=len(host.free_ports))
    if backend is Backend.NPU and host.hccl_base_port is None:
        yield error("ports", "hccl_ports_taken")
    elif backend is Backend.NPU and host.hccl_base_port != HCCL_BASE_PORT:
        yield info("ports", "hccl_ports_moved", port=host.hccl_base_port)


def check_placeholders(profile: Profile, data_dir: Path | None) -> Iterator[Finding]:
    """Whether every placeholder of an external command has a value."""
    if profile.command is None or data_dir is not None:
        return
    texts = (*profile.command.argv, *profile.command.env.values())
    if any("data_dir" in placeholders_in(text) for text in texts):
        yield error("data_dir", "command_needs_data_dir", profile=profile.name)


def _report_findings(data: DataReport) -> Iterator[Finding]:
    levels = {ProblemLevel.ERROR: Level.ERROR, ProblemLevel.WARNING: Level.WARNING}
    problems = sorted(data.problems, key=lambda problem: problem.level is not ProblemLevel.ERROR)
    for problem in problems[:MAX_PROBLEMS]:
        yield Finding(levels[problem.level], "data_dir", problem.message)
    if len(problems) > MAX_PROBLEMS:
        rest = len(problems) - MAX_PROBLEMS
        more = message("more_data_problems", count=rest, folder=data.folder)
        yield Finding(levels[problems[MAX_PROBLEMS].level], "data_dir", more)
    if not problems:
        yield _sound(data)


def _sound(data: DataReport) -> Finding:
    """The amount of data: in files, unless those to train on hold the images to evaluate on too."""
    if data.eval_images and not data.eval_files:
        return ok("data_dir", "data_divided", train=data.train_images, evaluation=data.eval_images)
    return ok("data_dir", "data_sound", train=data.train_files, evaluation=data.eval_files)
