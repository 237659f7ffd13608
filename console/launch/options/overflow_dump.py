"""The overflow dump: every step is checked for non-finite values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.catalog.profile import Backend, ToggleName
from console.launch.findings import Finding, error
from console.launch.options.declarations import CommandOption, Input, Part, Reading
from console.launch.options.toggle import SwitchToggle, ToggleContext

_DUMP = CommandOption("--overflow-dump", "cli.overflow_dump_help", Reading.FLAG)
_STOP = CommandOption("--stop-on-overflow", "cli.stop_on_overflow_help", Reading.FLAG)


@dataclass(frozen=True, slots=True)
class OverflowDump:
    """Check every step for non-finite values and write the offending tensors."""

    stop_on_overflow: bool = False


class _OverflowDumpToggle(SwitchToggle[OverflowDump]):
    def from_command_line(self, given: Mapping[str, Any]) -> OverflowDump | None:
        stop = bool(given[_STOP.key])
        return OverflowDump(stop) if given[_DUMP.key] or stop else None

    def flags(self, value: OverflowDump, run_dir: Path, *, own_engine: bool) -> Iterator[tuple[str, str]]:
        yield "--over_dump", "True"
        yield "--over_dump_path", f"{run_dir}/{self.folder}"
        if own_engine:
            yield "--over_dump_stop", str(value.stop_on_overflow)

    def check(self, value: OverflowDump | None, context: ToggleContext) -> Iterator[Finding]:
        """TensorFlow's adapters dump what overflows without telling the engine, which so cannot stop on it."""
        stops = value is not None and value.stop_on_overflow and context.own_engine
        if stops and context.backend is Backend.NPU and context.profile.framework == "tensorflow":
            yield error(self.name.value, "overflow_stop_on_npu")


OVERFLOW_DUMP = _OverflowDumpToggle(
    name=ToggleName.OVERFLOW_DUMP,
    value_type=OverflowDump,
    options=(_DUMP, _STOP),
    parts=(Part("stop", "stop_on_overflow", Input.CHECK, "form.overflow_stop", "form.overflow_stop_help"),),
    folder="dumps/overflow",
)
