"""The facts of a run that never change, from its frozen plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.runs.folder import RunFolder
from console.tui.monitor.snapshot import Published, RunFacts


def facts_of(folder: RunFolder) -> RunFacts:
    """The facts in the plan; fields stay empty where it cannot be read."""
    spec = folder.spec()
    resume = spec.get("resume")
    resume = resume if isinstance(resume, dict) else {}
    return RunFacts(
        run_id=folder.run_id,
        profile=str(spec.get("profile") or ""),
        dataset=str(spec.get("dataset") or ""),
        backend=str(spec.get("backend") or ""),
        world_size=len(spec.get("ranks") or ()),
        resumed_from=resume.get("run"),
        resume_step=resume.get("step"),
        published=_published(spec),
    )


def _published(spec: Mapping[str, Any]) -> Published:
    """The figures frozen at the launch; a plan of an older console has none."""
    raw = spec.get("published")
    figures = {
        one.get("metric"): float(one["value"])
        for one in (raw if isinstance(raw, list) else ())
        if isinstance(one, dict) and isinstance(one.get("value"), int | float)
    }
    return Published(figures.get("throughput"), figures.get("top1"))
