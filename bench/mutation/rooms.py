"""The tests that answer for each room of the console, quickest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

Tiers = Sequence[Sequence[str]]
"""Patterns of test files; a tier is only run where the one before it has not noticed a mutant."""

TESTS_OF_ROOM: Mapping[str, Tiers] = {
    "console/metrics/store": (
        ("tests/unit/test_store_*.py",),
        ("tests/unit/test_runs_curves.py", "tests/unit/test_ingest.py"),
    ),
    "console/metrics": (
        ("tests/unit/test_reader_*.py", "tests/unit/test_tail.py", "tests/unit/test_ingest.py"),
        ("tests/unit/test_log_index.py", "tests/unit/test_store_*.py", "tests/unit/test_parse_cli.py"),
        ("tests/pilot/test_log_view.py",),
    ),
    "console/runs/supervisor": (
        ("tests/unit/test_runs_*.py",),
        ("tests/faults/test_stopping.py", "tests/faults/test_crashes.py", "tests/faults/test_restarts.py"),
        ("tests/faults/test_*.py",),
    ),
    "console/runs": (
        ("tests/unit/test_runs_*.py", "tests/unit/test_control_verbs.py", "tests/unit/test_event_kinds.py"),
        ("tests/unit/test_launch_service.py", "tests/unit/test_ingest.py"),
        ("tests/faults/test_*.py",),
    ),
    "console/launch": (
        ("tests/unit/test_plan.py", "tests/unit/test_preflight.py", "tests/unit/test_toggles.py"),
        ("tests/unit/test_launch_*.py", "tests/unit/test_runtimes.py", "tests/unit/test_cli_choices.py"),
        ("tests/unit/test_runs_spec.py", "tests/pilot/test_launch_screen.py"),
    ),
    "console/catalog": (
        ("tests/unit/test_catalog_*.py",),
        ("tests/unit/test_data_*.py", "tests/unit/test_tfrecord.py"),
    ),
    "console/hosts": (("tests/unit/test_npu_smi*.py",), ("tests/unit/test_launch_service.py",)),
    "console/i18n": (("tests/unit/test_messages.py",),),
    "console/cli": (("tests/unit/test_cli_choices.py", "tests/unit/test_*_cli.py"), ("tests/cli/test_*.py",)),
    "console/tui": (
        ("tests/unit/test_canvas_*.py", "tests/unit/test_launch_form.py"),
        ("tests/pilot/test_*.py",),
    ),
}
"""By the folder of the room; the longest that a file lies in holds for it."""

DEFAULT_ROOMS = ("console/runs", "console/launch", "console/metrics")


def room_of(path: str) -> str | None:
    """The room that answers for a source file, ``None`` where no tests are named for it."""
    rooms = [room for room in TESTS_OF_ROOM if path == room or path.startswith(f"{room}/")]
    return max(rooms, key=len, default=None)


def files_of_tier(tier: Sequence[str], root: Path) -> list[str]:
    """The files of a tier below ``root``, by name."""
    return sorted({str(path.relative_to(root)) for pattern in tier for path in root.glob(pattern)})
