"""The precision mode: the number formats an engine computes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from console.catalog.nearest import nearest_or_all
from console.catalog.profile import Backend, Toggle, ToggleName
from console.launch.findings import Finding, error
from console.launch.machine.host import is_first_generation
from console.launch.options.declarations import CommandOption, Entry, Input
from console.launch.options.toggle import ToggleContext, ToggleOption

MIXED_MODES = ("allow_mix_precision", "allow_mix_precision_fp16", "allow_mix_precision_bf16")
"""The precision modes in which lists of operators are consulted at all."""
BFLOAT16_MODES = ("allow_mix_precision_bf16", "allow_fp32_to_bf16")
"""Modes the first generation of the Ascend 910 has no arithmetic for."""
BFLOAT16_ON_CPU = ("O1", "O2", "O3", "allow_mix_precision", *BFLOAT16_MODES)
"""Modes that the engines follow on CPU in bfloat16."""
FLOAT32_MODES = ("O0", "force_fp32", "must_keep_origin_dtype")
"""Modes that every processor computes in."""

_MODE = CommandOption("--precision-mode", "cli.precision_mode_help", metavar="MODE")


class _PrecisionModeToggle(ToggleOption[str]):
    def in_force(self, context: ToggleContext) -> str | None:
        """The chosen mode, else the profile's on the backends it is for."""
        chosen = self.chosen(context.toggles)
        offer = context.profile.toggle(self.name)
        if chosen is not None or offer is None or context.backend not in offer.backends:
            return chosen
        return offer.default_on(context.backend)

    def from_command_line(self, given: Mapping[str, Any]) -> str | None:
        mode: str | None = given[_MODE.key]
        return mode

    def from_json(self, raw: Any) -> str:
        return str(raw)

    def entry(self, value: str | None, offer: Toggle, backend: Backend) -> Entry:
        default = offer.default_on(backend)
        offered = offer.choices_on(backend)
        if value is not None and value not in offered:
            offered = (*offered, value)  # what stands in the plan is shown, with what is wrong about it
        return Entry(
            Input.CHOICE,
            value or default or "",
            changed=value is not None and value != default,
            options=offered,
            unset="form.precision_default" if default is None else None,
        )

    def change(self, value: str | None, part: str, text: str) -> str | None:
        return text or None

    def flags(self, value: str, run_dir: Path, *, own_engine: bool) -> Iterator[tuple[str, str]]:
        yield "--precision_mode", value

    def check(self, value: str | None, context: ToggleContext) -> Iterator[Finding]:
        subject, offer, backend = self.name.value, context.profile.toggle(self.name), context.backend
        if offer is not None and value is not None and value not in offer.choices_on(backend):
            if value in offer.choices:
                fitting = ", ".join(offer.choices_on(backend))
                yield error(subject, "precision_not_on_cpu", mode=value, modes=fitting)
            else:
                close = nearest_or_all(value, offer.choices_on(backend))
                yield error(subject, "precision_unknown", mode=value, nearest=close)
        mode = self.in_force(context)
        if mode in BFLOAT16_MODES and any(map(is_first_generation, context.npus)):
            yield error(subject, "precision_bfloat16", mode=mode)
        if offer is not None:
            yield from self._check_processor(mode, offer, context)

    def _check_processor(self, mode: str | None, offer: Toggle, context: ToggleContext) -> Iterator[Finding]:
        """An error where the mode asks the CPU for instructions it does not have."""
        if context.backend is not Backend.CPU or context.cpu_bfloat16 is not False or not context.own_engine:
            return
        offered = offer.choices_on(context.backend)
        if mode in BFLOAT16_ON_CPU and mode in offered:
            modes = ", ".join(one for one in offered if one in FLOAT32_MODES)
            remedy = "precision_choose" if modes else "toggle_switch_off"
            yield error(self.name.value, "precision_cpu_bfloat16", remedy, mode=mode, modes=modes)

    def profile_entry(self, value: str) -> dict[str, object]:
        return {"default": value}


PRECISION_MODE = _PrecisionModeToggle(
    name=ToggleName.PRECISION_MODE, value_type=str, options=(_MODE,), leads=True
)
