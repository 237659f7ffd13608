"""Runs of programs of the benchmarks' own, started by the real launcher under the real supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from console.catalog.profile import Backend
from console.launch.options.choices import Choices, ToggleChoices
from console.launch.plan import LaunchPlan, RankCommand
from console.runs.folder import RunFolder
from console.runs.launcher import start


def start_by_hand(home: Path, name: str, argvs: Sequence[Sequence[str]]) -> RunFolder:
    """Start the run ``name`` in ``home`` with one rank for each of ``argvs``."""
    ranks = [RankCommand(rank, rank, tuple(argv), {"RANK_ID": str(rank)}) for rank, argv in enumerate(argvs)]
    return start(
        LaunchPlan(
            run_name=name,
            profile="bench",
            dataset="",
            data_dir=Path(),
            backend=Backend.CPU,
            runtime=None,
            parameters={},
            toggles=ToggleChoices(),
            choices=Choices(profile="bench"),
            ranks=tuple(ranks),
            findings=(),
            cwd=home,
            run_dir=home / "runs" / name,
        )
    )
