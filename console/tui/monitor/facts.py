"""What of a run never changes: from its frozen plan, and from the profile's published results."""

from __future__ import annotations

from console.catalog.loader import load_catalog
from console.runs.folder import RunFolder
from console.tui.monitor.snapshot import Published, RunFacts


def facts_of(folder: RunFolder) -> RunFacts:
    """What the plan says; fields stay empty where it cannot be read."""
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
    )


def published_for(facts: RunFacts) -> Published:
    """What the profile's authors report for this data set on this many devices. Reads the profiles.

    A figure for another data set or device count would be no yardstick, and counts as none.
    """
    profile = load_catalog().profiles.get(facts.profile)
    figures = {
        one.metric: one.value
        for one in (profile.published if profile else ())
        if one.dataset == facts.dataset and one.devices == facts.world_size
    }
    return Published(figures.get("throughput"), figures.get("top1"))
