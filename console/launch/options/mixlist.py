"""The mixed-precision list: the operators that may compute in half precision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from console.catalog.profile import Backend, ToggleName
from console.launch.findings import Finding, error
from console.launch.options.declarations import CommandOption, Reading
from console.launch.options.npu_files import check_mixlist
from console.launch.options.precision_mode import MIXED_MODES, PRECISION_MODE
from console.launch.options.toggle import FileToggle, ToggleContext


class _MixlistToggle(FileToggle):
    def check(self, value: Path | None, context: ToggleContext) -> Iterator[Finding]:
        """The adapter looks at the list in mixed modes alone."""
        mode = PRECISION_MODE.in_force(context)
        if value is not None and context.backend is Backend.NPU and mode not in MIXED_MODES:
            offer = context.profile.toggle(PRECISION_MODE.name)
            modes = ", ".join(one for one in MIXED_MODES if offer is None or one in offer.choices)
            yield error(self.name.value, "mixlist_needs_mixed_mode", mode=mode or "–", modes=modes)


MIXLIST = _MixlistToggle(
    name=ToggleName.MIXLIST,
    options=(CommandOption("--mixlist", "cli.mixlist_help", Reading.PATH),),
    switch_flag="--use_mixlist",
    file_flag="--mixlist_file",
    problems=check_mixlist,
)
