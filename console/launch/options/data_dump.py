"""The data dump: the tensors of some steps are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend, ToggleName
from console.launch.findings import Finding, Level, warning
from console.launch.options.declarations import CommandOption, Input, Part
from console.launch.options.profiling import PROFILING
from console.launch.options.steps import check_steps
from console.launch.options.toggle import SwitchToggle, ToggleContext

_STEPS = CommandOption("--data-dump", "cli.data_dump_help", metavar="STEPS")


@dataclass(frozen=True, slots=True)
class DataDump:
    """Write tensors at the steps named in the adapter's syntax, for example ``0|5|10-12``."""

    steps: str = "10"


class _DataDumpToggle(SwitchToggle[DataDump]):
    def from_command_line(self, given: Mapping[str, Any]) -> DataDump | None:
        steps = given[_STEPS.key]
        return DataDump(steps) if steps is not None else None

    def flags(self, value: DataDump, run_dir: Path, *, own_engine: bool) -> Iterator[tuple[str, str]]:
        yield "--data_dump_flag", "True"
        yield "--data_dump_step", value.steps.replace(" ", "")
        yield "--data_dump_path", f"{run_dir}/{self.folder}"

    def check(self, value: DataDump | None, context: ToggleContext) -> Iterator[Finding]:
        if value is None:
            return
        wrong = check_steps(value.steps)
        if wrong is not None:
            yield Finding(Level.ERROR, self.name.value, wrong)
        yield from self.check_exclusions(context)
        if PROFILING.chosen(context.toggles) is not None and context.backend is Backend.NPU:
            yield warning(self.name.value, "dump_and_profiling")


DATA_DUMP = _DataDumpToggle(
    name=ToggleName.DATA_DUMP,
    value_type=DataDump,
    options=(_STEPS,),
    parts=(Part("steps", "steps", Input.TEXT, "form.dump_steps", "form.steps_help", width=16),),
    folder="dumps/data",
    excludes={ToggleName.OVERFLOW_DUMP: "dumps_exclude"},  # the adapter's two dumps use the same hooks
    fills_disk=True,
)
