"""A launch plan, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.catalog.profile import Backend, ParameterValue, PublishedResult
from console.launch.findings import Finding, Level
from console.launch.machine.host import Runtime
from console.launch.options.choices import Choices, ToggleChoices


@dataclass(frozen=True, slots=True)
class RankCommand:
    """The command of one rank: ``env`` holds only what is added to the supervisor's own environment."""

    rank: int
    device: int
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cpu_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """A launch, ready to preview and to execute. Nothing in it refers to the operator's screen.

    ``ranks`` is empty while an error finding stands. ``rank_table`` is the JSON document to write beside
    the run, for several ranks on NPU. ``prepare_dataset`` names a built-in data set that has to be
    written to ``data_dir`` before the start. ``dataset`` is empty and ``data_dir`` is ``Path()`` where the
    profile takes no data. ``published`` are the figures reported for this data set and device count.
    """

    run_name: str
    profile: str
    dataset: str
    data_dir: Path
    backend: Backend
    runtime: Runtime | None
    parameters: Mapping[str, ParameterValue]
    toggles: ToggleChoices
    choices: Choices
    ranks: tuple[RankCommand, ...]
    findings: tuple[Finding, ...]
    cwd: Path
    run_dir: Path
    line_patterns: tuple[str, ...] = ()
    rank_table: Mapping[str, object] | None = None
    prepare_dataset: str | None = None
    make_dirs: tuple[Path, ...] = ()
    restarts: int = 0
    task: str = ""
    published: tuple[PublishedResult, ...] = ()

    @property
    def blocked(self) -> bool:
        """True while any finding is an error."""
        return any(finding.level is Level.ERROR for finding in self.findings)
