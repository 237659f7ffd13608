"""The debug and precision toggles: the same flags, with the same meaning, in every engine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import FrozenSet, NamedTuple, Optional, Sequence, Tuple

from engines.common.errors import UsageError
from engines.common.flags.parser import FlagParser, boolean, positive_number
from engines.common.flags.step_list import parse_steps

PRECISION_MODES = (
    "allow_fp32_to_fp16",
    "allow_mix_precision",
    "allow_mix_precision_bf16",
    "allow_mix_precision_fp16",
    "force_fp16",
    "force_fp32",
    "must_keep_origin_dtype",
)


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


def add_toggle_flags(
    parser: FlagParser,
    precision_modes: Sequence[str] = PRECISION_MODES,
    precision_help: str = "number formats; left out: float32 on CPU, allow_mix_precision on NPU",
) -> None:
    """Add the debug and precision toggles, the latter with the values that the framework has."""
    group = parser.add_argument_group("debug and precision")
    group.add_argument("--precision_mode", choices=precision_modes, default=None, help=precision_help)
    group.add_argument(
        "--over_dump",
        type=boolean,
        default=False,
        help="check every step for overflow (non-finite values on CPU) and dump what overflowed",
    )
    group.add_argument("--over_dump_path", type=Path, default=None, help="default: RUN_DIR/dumps/overflow")
    group.add_argument("--over_dump_stop", type=boolean, default=False, help="stop at the first overflow")
    group.add_argument(
        "--data_dump_flag", type=boolean, default=False, help="dump tensors at --data_dump_step"
    )
    group.add_argument(
        "--data_dump_step", default="10", metavar="STEPS", help="steps to dump, such as 0|5|10-12"
    )
    group.add_argument("--data_dump_path", type=Path, default=None, help="default: RUN_DIR/dumps/data")
    group.add_argument(
        "--dump_limit",
        type=positive_number,
        default=20.0,
        metavar="GB",
        help="most that the dumps of all ranks may take on disk (CPU)",
    )
    group.add_argument("--profiling", type=boolean, default=False, help="trace --profiling_steps")
    group.add_argument("--profiling_steps", default="10-20", metavar="FIRST-LAST", help="steps to trace")
    group.add_argument("--profiling_dump_path", type=Path, default=None, help="default: RUN_DIR/profiles")
    group.add_argument("--use_mixlist", type=boolean, default=False, help="use --mixlist_file (NPU)")
    group.add_argument(
        "--mixlist_file",
        type=Path,
        default=Path("ops_info.json"),
        help="operators to move between the mixed-precision lists (NPU)",
    )
    group.add_argument("--fusion_off_flag", type=boolean, default=False, help="use --fusion_off_file (NPU)")
    group.add_argument(
        "--fusion_off_file",
        type=Path,
        default=Path("fusion_switch.cfg"),
        help="fusion passes to switch off (NPU)",
    )


def read_toggles(options: argparse.Namespace) -> Toggles:
    """The toggles as ``options`` set them. Raises :class:`UsageError` where two exclude each other."""
    if options.over_dump and options.data_dump_flag:
        raise UsageError("--over_dump and --data_dump_flag exclude each other: switch one of them off.")
    mixed = options.precision_mode is None or options.precision_mode.startswith("allow_mix_precision")
    if options.use_mixlist and not mixed:
        raise UsageError("--use_mixlist needs --precision_mode allow_mix_precision.")
    try:
        dump_steps = parse_steps(options.data_dump_step)
    except ValueError as error:
        raise UsageError("--data_dump_step: {}.".format(error)) from None
    dumps = options.run_dir / "dumps"
    return Toggles(
        precision_mode=options.precision_mode,
        overflow_dump=options.over_dump,
        overflow_stop=options.over_dump_stop,
        overflow_path=options.over_dump_path or dumps / "overflow",
        dump_steps=dump_steps if options.data_dump_flag else frozenset(),
        dump_path=options.data_dump_path or dumps / "data",
        dump_limit=int(options.dump_limit * 1e9),
        profile_steps=_step_range(options.profiling_steps) if options.profiling else None,
        profile_path=options.profiling_dump_path or options.run_dir / "profiles",
        mixlist=_existing(options.mixlist_file, "--mixlist_file") if options.use_mixlist else None,
        fusion_off=_existing(options.fusion_off_file, "--fusion_off_file")
        if options.fusion_off_flag
        else None,
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
