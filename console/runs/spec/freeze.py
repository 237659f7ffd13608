"""``spec.json``: a launch plan frozen for good, so that a run can be
understood, compared and repeated later."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from console import read_version
from console.launch.plan import LaunchPlan
from console.runs.checkpoints import step_of
from console.runs.files import plain
from console.runs.spec.choices import choices_to_json, mask_parameters
from console.runs.spec.policy import SupervisionPolicy
from console.runs.spec.secrets import mask_command, mask_environment

VERSION = 1


def freeze(plan: LaunchPlan, policy: SupervisionPolicy, created: float, umask: int) -> dict[str, Any]:
    """The JSON object of ``spec.json``; ``created`` in Unix seconds, ``umask`` the operator's own.

    ``engine`` is the engine's name, ``None`` for an external command. ``digest`` names what is run, where and
    when left aside: equal digests mean the same plan, parameters, versions and engine code.
    """
    engine = engine_of(plan)
    document: dict[str, Any] = {
        "version": VERSION,
        "run_id": plan.run_dir.name,
        "created": created,
        "profile": plan.profile,
        "engine": engine,
        "task": plan.task,
        "dataset": plan.dataset,
        "data_dir": str(plan.data_dir),
        "backend": plan.backend.value,
        "devices": len(plan.ranks),
        "runtime": plain(plan.runtime),
        "parameters": mask_parameters(plain(plan.parameters)),
        "toggles": plain(plan.toggles),
        "choices": choices_to_json(plan.choices),
        "note": plan.choices.note,
        "resume": _resume(plan),
        "ranks": [
            {
                "rank": one.rank,
                "device": one.device,
                "argv": mask_command(one.argv),
                "env": mask_environment(one.env),
                "cpu_ids": list(one.cpu_ids),
            }
            for one in plan.ranks
        ],
        "cwd": str(plan.cwd),
        "line_patterns": list(plan.line_patterns),
        "published": plain(plan.published),
        "restarts": plan.restarts,
        "policy": plain(policy),
        "umask": umask,
        "findings": [
            {"level": one.level.value, "subject": one.subject, "message": str(one.message)}
            for one in plan.findings
        ],
        "versions": {
            "console": read_version(),
            "python": platform.python_version(),
            "engine_code": _code_digest(Path(plan.ranks[0].argv[1])) if engine else None,
        },
        "host": {
            "name": platform.node(),
            "system": platform.platform(),
            "cpus": os.cpu_count(),
        },
    }
    document["digest"] = _digest(document, plan.run_dir)
    return document


def engine_of(plan: LaunchPlan) -> str | None:
    """The engine a plan runs (``python <engines folder> <engine> …``), ``None`` for an external command."""
    argv = plan.ranks[0].argv if plan.ranks else ()
    if len(argv) < 3:
        return None
    folder = Path(argv[1])
    return argv[2] if folder.name == "engines" and (folder / "__main__.py").is_file() else None


def relocate(plan: LaunchPlan, run_dir: Path) -> LaunchPlan:
    """The same plan for another run folder: every path into the planned one is turned to the new one."""
    path = re.compile(re.escape(str(plan.run_dir)) + r"(?![\w.-])")

    def moved(text: str) -> str:
        return path.sub(lambda _: str(run_dir), text)

    return replace(
        plan,
        run_name=run_dir.name,
        run_dir=run_dir,
        cwd=Path(moved(str(plan.cwd))),
        make_dirs=tuple(Path(moved(str(one))) for one in plan.make_dirs),
        ranks=tuple(
            replace(
                one,
                argv=tuple(moved(text) for text in one.argv),
                env={name: moved(value) for name, value in one.env.items()},
            )
            for one in plan.ranks
        ),
    )


def _resume(plan: LaunchPlan) -> dict[str, Any] | None:
    """The run this one goes on from, with the step its curve goes on at
    (``None`` when the name tells none)."""
    checkpoint = plan.choices.start_from
    if plan.choices.resume_run is None or checkpoint is None:
        return None
    return {"run": plan.choices.resume_run, "checkpoint": str(checkpoint), "step": step_of(checkpoint)}


def _digest(document: Mapping[str, Any], run_dir: Path) -> str:
    same_for_equal_runs = {
        name: document[name]
        for name in ("profile", "engine", "task", "dataset", "backend", "devices", "runtime", "parameters")
    } | {
        "toggles": document["toggles"],
        "versions": document["versions"],
        "argv": [one["argv"] for one in document["ranks"]],
    }
    text = json.dumps(same_for_equal_runs, sort_keys=True).replace(str(run_dir), "")
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _code_digest(folder: Path) -> str:
    """A digest of an engine folder's Python sources: names and contents, in order."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
