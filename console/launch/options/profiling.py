"""Profiling: a framework trace of some steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.catalog.profile import ToggleName
from console.errors import user_error
from console.launch.findings import Finding, error, warning
from console.launch.options.declarations import CommandOption, Input, Part
from console.launch.options.toggle import SwitchToggle, ToggleContext

LONG_TRACE = 200
"""Steps beyond which a trace fills the disk and slows the run more than it tells."""

_STEPS = CommandOption("--profile-steps", "cli.profile_steps_help", metavar="A-B")


@dataclass(frozen=True, slots=True)
class Trace:
    """Record a framework trace from step ``first`` to step ``last``, both included."""

    first: int = 10
    last: int = 20


def read_step_range(flag: str, text: str | None) -> Trace | None:
    """Read ``A-B`` or a single step; ``None`` stays ``None``. Raises :class:`~console.errors.UserError`."""
    if text is None:
        return None
    first, _, last = text.partition("-")
    try:
        return Trace(int(first), int(last or first))
    except ValueError:
        raise user_error("cli.not_step_range", flag=flag, value=text) from None


class _ProfilingToggle(SwitchToggle[Trace]):
    def from_command_line(self, given: Mapping[str, Any]) -> Trace | None:
        return read_step_range(_STEPS.flag, given[_STEPS.key])

    def flags(self, value: Trace, run_dir: Path, *, own_engine: bool) -> Iterator[tuple[str, str]]:
        yield "--profiling", "True"
        if own_engine:
            yield "--profiling_steps", f"{value.first}-{value.last}"
        yield "--profiling_dump_path", f"{run_dir}/{self.folder}"

    def check(self, value: Trace | None, context: ToggleContext) -> Iterator[Finding]:
        if value is None:
            return
        if not 1 <= value.first <= value.last:
            yield error(self.name.value, "profiling_range", first=value.first, last=value.last)
        elif value.last - value.first + 1 > LONG_TRACE:
            yield warning(self.name.value, "profiling_long", count=value.last - value.first + 1)


PROFILING = _ProfilingToggle(
    name=ToggleName.PROFILING,
    value_type=Trace,
    options=(_STEPS,),
    parts=(
        Part("first", "first", Input.NUMBER, "form.first_step", "form.steps_help"),
        Part("last", "last", Input.NUMBER, "form.last_step", "form.steps_help"),
    ),
    folder="profiles",
)
