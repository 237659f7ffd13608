"""Executing a plan: a run folder, everything frozen in it, and a supervisor that starts the ranks."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.errors import ExitCode, UserError, user_error
from console.launch.findings import Level
from console.launch.plan import LaunchPlan
from console.locations import HOME_VARIABLE
from console.runs.files import FOLDER_MODE, make_private_dir, plain, write_json
from console.runs.folder import RunFolder
from console.runs.processes.daemon import launch_supervisor
from console.runs.spec.freeze import freeze, relocate
from console.runs.spec.policy import SupervisionPolicy, default_policy
from console.runs.state import starting_state

NAME_TRIES = 1000


def start(plan: LaunchPlan, policy: SupervisionPolicy | None = None) -> RunFolder:
    """Start a run and return once its ranks run.

    A built-in data set that the plan wants is written first. When the planned folder exists by now the run
    gets one beside it, with a number after the name.
    Raises :class:`~console.errors.UserError`: for a blocked plan, for a place that cannot be written, for a
    rank that cannot be started; in the last case the run folder stays, with the cause in its state.
    """
    if plan.blocked or not plan.ranks:
        raise _blocked(plan)
    _prepare_dataset(plan)
    try:
        plan = _make_folder(plan)
        folder = RunFolder(plan.run_dir)
        _fill(folder, plan, policy or default_policy())
    except OSError as error:
        raise user_error(
            "runs.folder_not_written",
            exit_code=ExitCode.FAILED,
            folder=error.filename or plan.run_dir,
            reason=error.strerror,
            variable=HOME_VARIABLE,
        ) from error
    answer = launch_supervisor(
        folder, adopt=False, commands=[[list(one.argv), dict(one.env)] for one in plan.ranks]
    )
    if "failed" in answer:
        raise _not_started(folder, answer["failed"])
    return folder


def _blocked(plan: LaunchPlan) -> UserError:
    reasons = "; ".join(str(one.message) for one in plan.findings if one.level is Level.ERROR)
    return user_error("runs.plan_blocked", exit_code=ExitCode.BLOCKED, reasons=reasons or plan.profile)


def _prepare_dataset(plan: LaunchPlan) -> None:
    if plan.prepare_dataset is None:
        return
    from console.catalog.data.builtin.writer import write_builtin
    from console.catalog.datasets import load_datasets

    write_builtin(plan.prepare_dataset, plan.data_dir, load_datasets()[plan.prepare_dataset].layout)


def _make_folder(plan: LaunchPlan) -> LaunchPlan:
    """Create the run folder, which nobody may have used before, and return the plan for it."""
    for number in range(1, NAME_TRIES):
        name = plan.run_dir if number == 1 else plan.run_dir.with_name(f"{plan.run_dir.name}-{number}")
        try:
            make_private_dir(name)
        except FileExistsError:
            if not name.exists():
                raise
            continue
        return plan if number == 1 else relocate(plan, name)
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(plan.run_dir))


def _fill(folder: RunFolder, plan: LaunchPlan, policy: SupervisionPolicy) -> None:
    """Write what the run begins with. Where that fails, the folder made for it is taken away again."""
    created = time.time()
    try:
        for path in plan.make_dirs:
            path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if plan.rank_table is not None:
            write_json(folder.path / "rank_table.json", plan.rank_table)
        write_json(folder.spec_path, freeze(plan, policy, created, _umask()))
        # A run that never gets a supervisor, because the console is killed right here, is to be seen as well.
        write_json(folder.state_path, plain(starting_state(folder.run_id, created, plan.ranks)))
    except OSError:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _umask() -> int:
    """The operator's own mask, for the ranks: /proc tells it without a moment of another one."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o077


def _not_started(folder: RunFolder, failure: Mapping[str, Any]) -> UserError:
    """The sentence for a rank that the system would not start."""
    path, number = str(failure["path"]), failure["errno"]
    if number == errno.ENOENT and Path(path).exists():
        key = "runs.start_no_interpreter"
    else:
        key = {
            errno.ENOENT: "runs.start_missing",
            errno.EACCES: "runs.start_not_executable",
            errno.ENOEXEC: "runs.start_no_program",
        }.get(number, "runs.start_refused")
    return user_error(
        key,
        exit_code=ExitCode.FAILED,
        path=path,
        rank=failure["rank"],
        reason=failure["reason"],
        run=folder.run_id,
    )
