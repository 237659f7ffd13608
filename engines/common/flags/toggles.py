"""The debug and precision toggles: the same flags, with the same meaning, in every engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import FrozenSet, NamedTuple, Optional, Tuple

from engines.common.errors import UsageError
from engines.common.flags.declaration import DEBUG
from engines.common.flags.values import parse_steps, positive_number

PRECISION_MODES = (
    "allow_fp32_to_fp16",
    "allow_mix_precision",
    "allow_mix_precision_bf16",
    "allow_mix_precision_fp16",
    "force_fp16",
    "force_fp32",
    "must_keep_origin_dtype",
)
PRECISION_HELP = "number formats; left out: float32 on CPU, allow_mix_precision on NPU"


@dataclass(frozen=True)
class ToggleSettings:
    """The flags of debugging and precision. A switch and what it needs are flags of their own."""

    precision_mode: Optional[str] = DEBUG.flag(None, PRECISION_HELP, choices=PRECISION_MODES)
    over_dump: bool = DEBUG.flag(
        False, "check every step for overflow (non-finite values on CPU) and dump what overflowed"
    )
    over_dump_path: Optional[Path] = DEBUG.flag(None, "default: RUN_DIR/dumps/overflow")
    over_dump_stop: bool = DEBUG.flag(False, "stop at the first overflow")
    data_dump_flag: bool = DEBUG.flag(False, "dump tensors at --data_dump_step")
    data_dump_step: str = DEBUG.flag("10", "steps to dump, such as 0|5|10-12", metavar="STEPS")
    data_dump_path: Optional[Path] = DEBUG.flag(None, "default: RUN_DIR/dumps/data")
    dump_limit: float = DEBUG.flag(
        20.0,
        "most that the dumps of all ranks may take on disk (CPU)",
        kind=positive_number,
        metavar="GB",
    )
    profiling: bool = DEBUG.flag(False, "trace --profiling_steps")
    profiling_steps: str = DEBUG.flag("10-20", "steps to trace", metavar="FIRST-LAST")
    profiling_dump_path: Optional[Path] = DEBUG.flag(None, "default: RUN_DIR/profiles")
    use_mixlist: Optional[bool] = DEBUG.flag(False, "use --mixlist_file (NPU)")
    mixlist_file: Path = DEBUG.flag(
        Path("ops_info.json"), "operators to move between the mixed-precision lists (NPU)"
    )
    fusion_off_flag: bool = DEBUG.flag(False, "use --fusion_off_file (NPU)")
    fusion_off_file: Path = DEBUG.flag(Path("fusion_switch.cfg"), "fusion passes to switch off (NPU)")


class Toggles(NamedTuple):
    """The debug and precision switches of one run; ``None`` and empty are off.

    ``dump_steps`` and ``profile_steps`` (first, last) are 1-based and inclusive, as the step of the
    metric line is. Paths are folders that exist or can be made, but for the two NPU files. ``dump_limit`` is
    what dumps may take on disk in bytes, over all ranks.
    """

    precision_mode: Optional[str]
    overflow_dump: bool
    overflow_stop: bool
    overflow_path: Path
    dump_steps: FrozenSet[int]
    dump_path: Path
    dump_limit: int
    profile_steps: Optional[Tuple[int, int]]
    profile_path: Path
    mixlist: Optional[Path]
    fusion_off: Optional[Path]


def read_toggles(given: ToggleSettings, run_dir: Path) -> Toggles:
    """The toggles as the flags set them. Raises :class:`UsageError` where two exclude each other."""
    if given.over_dump and given.data_dump_flag:
        raise UsageError("--over_dump and --data_dump_flag exclude each other: switch one of them off.")
    mixed = given.precision_mode is None or given.precision_mode.startswith("allow_mix_precision")
    if given.use_mixlist and not mixed:
        raise UsageError("--use_mixlist needs --precision_mode allow_mix_precision.")
    try:
        dump_steps = parse_steps(given.data_dump_step)
    except ValueError as error:
        raise UsageError("--data_dump_step: {}.".format(error)) from None
    dumps = run_dir / "dumps"
    return Toggles(
        precision_mode=given.precision_mode,
        overflow_dump=given.over_dump,
        overflow_stop=given.over_dump_stop,
        overflow_path=given.over_dump_path or dumps / "overflow",
        dump_steps=dump_steps if given.data_dump_flag else frozenset(),
        dump_path=given.data_dump_path or dumps / "data",
        dump_limit=int(given.dump_limit * 1e9),
        profile_steps=_step_range(given.profiling_steps) if given.profiling else None,
        profile_path=given.profiling_dump_path or run_dir / "profiles",
        mixlist=_existing(given.mixlist_file, "--mixlist_file") if given.use_mixlist else None,
        fusion_off=_existing(given.fusion_off_file, "--fusion_off_file") if given.fusion_off_flag else None,
    )


def _step_range(text: str) -> Tuple[int, int]:
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit() or not 1 <= int(first) <= int(last or first):
        raise UsageError("--profiling_steps: '{}' is not a range of steps such as 10-20.".format(text))
    return int(first), int(last or first)


def _existing(path: Path, flag: str) -> Path:
    if not path.is_file():
        raise UsageError("{} {} is not a file.".format(flag, path))
    return path
