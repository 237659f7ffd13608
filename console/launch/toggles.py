"""The debug and precision switches of a launch: what may go together, and the flags they become."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from console.catalog.nearest import nearest_or_all
from console.catalog.profile import Backend, Profile, ToggleName
from console.launch.findings import Finding, Level, error, warning
from console.launch.machine.host import NpuDevice, is_first_generation
from console.launch.options.choices import ToggleChoices
from console.launch.options.npu_files import check_fusion_switch, check_mixlist
from console.launch.options.steps import check_steps

MIXED_MODES = ("allow_mix_precision", "allow_mix_precision_fp16", "allow_mix_precision_bf16")
"""The precision modes in which lists of operators are consulted at all."""
BFLOAT16_MODES = ("allow_mix_precision_bf16", "allow_fp32_to_bf16")
"""Modes the first generation of the Ascend 910 has no arithmetic for."""
BFLOAT16_ON_CPU = ("O1", "O2", "O3", "allow_mix_precision", *BFLOAT16_MODES)
"""Modes that the engines follow on CPU in bfloat16."""
FLOAT32_MODES = ("O0", "force_fp32", "must_keep_origin_dtype")
"""Modes that every processor computes in."""
LONG_TRACE = 200
"""Steps beyond which a trace fills the disk and slows the run more than it tells."""


def chosen_toggles(toggles: ToggleChoices) -> frozenset[ToggleName]:
    """The switches that are on."""
    on = {
        ToggleName.OVERFLOW_DUMP: toggles.overflow_dump,
        ToggleName.DATA_DUMP: toggles.data_dump,
        ToggleName.PROFILING: toggles.profiling,
        ToggleName.PRECISION_MODE: toggles.precision_mode,
        ToggleName.MIXLIST: toggles.mixlist,
        ToggleName.FUSION_OFF: toggles.fusion_off,
    }
    return frozenset(name for name, value in on.items() if value is not None)


def precision_mode(profile: Profile, toggles: ToggleChoices, backend: Backend) -> str | None:
    """The precision mode that holds: the chosen one, else the profile's on the backends it is for."""
    toggle = profile.toggle(ToggleName.PRECISION_MODE)
    if toggles.precision_mode is not None or toggle is None or backend not in toggle.backends:
        return toggles.precision_mode
    return toggle.default_on(backend)


def check_toggles(
    profile: Profile, toggles: ToggleChoices, backend: Backend, npus: tuple[NpuDevice, ...] = ()
) -> Iterator[Finding]:
    """What is wrong with the switches on a backend (not ``AUTO``), without looking at any file."""
    for name in ToggleName:
        if name in chosen_toggles(toggles):
            yield from _check_offer(profile, name, backend)
    yield from _check_overflow(profile, toggles, backend)
    yield from _check_dumps(toggles, backend)
    yield from _check_profiling(toggles, backend)
    yield from _check_precision(profile, toggles, backend, npus)


def check_bfloat16(
    profile: Profile, toggles: ToggleChoices, backend: Backend, cpu_bfloat16: bool | None
) -> Iterator[Finding]:
    """An error where the precision mode that holds asks the CPU for instructions it does not have."""
    mode = precision_mode(profile, toggles, backend)
    if backend is not Backend.CPU or cpu_bfloat16 is not False or profile.engine is None:
        return
    toggle = profile.toggle(ToggleName.PRECISION_MODE)
    if mode in BFLOAT16_ON_CPU and toggle is not None and mode in toggle.choices_on(backend):
        modes = ", ".join(one for one in toggle.choices_on(backend) if one in FLOAT32_MODES)
        remedy = "precision_choose" if modes else "toggle_switch_off"
        yield error(ToggleName.PRECISION_MODE.value, "precision_cpu_bfloat16", remedy, mode=mode, modes=modes)


def check_toggle_files(toggles: ToggleChoices) -> Iterator[Finding]:
    """What is wrong with the files that switches name. Reads them."""
    if toggles.mixlist is not None:
        for problem in check_mixlist(toggles.mixlist):
            yield Finding(Level.ERROR, ToggleName.MIXLIST.value, problem)
    if toggles.fusion_off is not None:
        for problem in check_fusion_switch(toggles.fusion_off):
            yield Finding(Level.ERROR, ToggleName.FUSION_OFF.value, problem)


def toggle_flags(
    profile: Profile, toggles: ToggleChoices, backend: Backend, run_dir: Path
) -> Iterator[tuple[str, str]]:
    """The flags the switches become, in one stable order; what is off gets none.

    They are those the ModelZoo's own scripts take, so that a user's script may get them too. The two the
    engines here have in addition are left out for such a script.
    """
    own_engine = profile.engine is not None
    mode = precision_mode(profile, toggles, backend)
    if mode is not None:
        yield "--precision_mode", mode
    if toggles.overflow_dump is not None:
        yield "--over_dump", "True"
        yield "--over_dump_path", str(overflow_dir(run_dir))
        if own_engine:
            yield "--over_dump_stop", str(toggles.overflow_dump.stop_on_overflow)
    if toggles.data_dump is not None:
        yield "--data_dump_flag", "True"
        yield "--data_dump_step", toggles.data_dump.steps.replace(" ", "")
        yield "--data_dump_path", str(data_dump_dir(run_dir))
    if toggles.profiling is not None:
        yield "--profiling", "True"
        if own_engine:
            yield "--profiling_steps", f"{toggles.profiling.first}-{toggles.profiling.last}"
        yield "--profiling_dump_path", str(traces_dir(run_dir))
    if toggles.mixlist is not None:
        yield "--use_mixlist", "True"
        yield "--mixlist_file", str(toggles.mixlist)
    if toggles.fusion_off is not None:
        yield "--fusion_off_flag", "True"
        yield "--fusion_off_file", str(toggles.fusion_off)


def toggle_dirs(toggles: ToggleChoices, run_dir: Path) -> tuple[Path, ...]:
    """The folders that have to exist before the start: the adapter aborts without them."""
    wanted = (
        (toggles.overflow_dump, overflow_dir(run_dir)),
        (toggles.data_dump, data_dump_dir(run_dir)),
        (toggles.profiling, traces_dir(run_dir)),
    )
    return tuple(folder for choice, folder in wanted if choice is not None)


def overflow_dir(run_dir: Path) -> Path:
    """Where overflow dumps of a run go."""
    return run_dir / "dumps" / "overflow"


def data_dump_dir(run_dir: Path) -> Path:
    """Where tensor dumps of a run go."""
    return run_dir / "dumps" / "data"


def traces_dir(run_dir: Path) -> Path:
    """Where traces of a run go."""
    return run_dir / "profiles"


def _check_offer(profile: Profile, name: ToggleName, backend: Backend) -> Iterator[Finding]:
    toggle = profile.toggle(name)
    if toggle is None:
        yield error(name.value, "toggle_not_offered", toggle=name.value, profile=profile.name)
    elif backend not in toggle.backends:
        key = "toggle_npu_only" if backend is Backend.CPU else "toggle_cpu_only"
        yield error(name.value, key, "toggle_switch_off", toggle=name.value)


def _check_overflow(profile: Profile, toggles: ToggleChoices, backend: Backend) -> Iterator[Finding]:
    """TensorFlow's adapters dump what overflows without telling the engine, which so cannot stop on it."""
    dump = toggles.overflow_dump
    stops = dump is not None and dump.stop_on_overflow
    if stops and profile.engine is not None and backend is Backend.NPU and profile.framework == "tensorflow":
        yield error(ToggleName.OVERFLOW_DUMP.value, "overflow_stop_on_npu")


def _check_dumps(toggles: ToggleChoices, backend: Backend) -> Iterator[Finding]:
    subject = ToggleName.DATA_DUMP.value
    if toggles.data_dump is None:
        return
    wrong = check_steps(toggles.data_dump.steps)
    if wrong is not None:
        yield Finding(Level.ERROR, subject, wrong)
    if toggles.overflow_dump is not None:
        yield error(subject, "dumps_exclude")
    if toggles.profiling is not None and backend is Backend.NPU:
        yield warning(subject, "dump_and_profiling")


def _check_profiling(toggles: ToggleChoices, backend: Backend) -> Iterator[Finding]:
    subject, trace = ToggleName.PROFILING.value, toggles.profiling
    if trace is None:
        return
    if not 1 <= trace.first <= trace.last:
        yield error(subject, "profiling_range", first=trace.first, last=trace.last)
    elif trace.last - trace.first + 1 > LONG_TRACE:
        yield warning(subject, "profiling_long", count=trace.last - trace.first + 1)


def _check_precision(
    profile: Profile, toggles: ToggleChoices, backend: Backend, npus: tuple[NpuDevice, ...]
) -> Iterator[Finding]:
    subject = ToggleName.PRECISION_MODE.value
    toggle, chosen = profile.toggle(ToggleName.PRECISION_MODE), toggles.precision_mode
    if toggle is not None and chosen is not None and chosen not in toggle.choices_on(backend):
        if chosen in toggle.choices:
            fitting = ", ".join(toggle.choices_on(backend))
            yield error(subject, "precision_not_on_cpu", mode=chosen, modes=fitting)
        else:
            close = nearest_or_all(chosen, toggle.choices_on(backend))
            yield error(subject, "precision_unknown", mode=chosen, nearest=close)
    mode = precision_mode(profile, toggles, backend)
    if mode in BFLOAT16_MODES and any(map(is_first_generation, npus)):
        yield error(subject, "precision_bfloat16", mode=mode)
    if toggles.mixlist is not None and backend is Backend.NPU and mode not in MIXED_MODES:
        modes = [one for one in MIXED_MODES if toggle is None or one in toggle.choices]
        yield error(
            ToggleName.MIXLIST.value, "mixlist_needs_mixed_mode", mode=mode or "–", modes=", ".join(modes)
        )
