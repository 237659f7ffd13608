"""Reading the table that ``npu-smi info`` prints.

The tool has no machine-readable form and its table is drawn wider, narrower and with other columns from one
driver version to the next, so that nothing here counts characters: a row is split at ``|`` into cells, the
header rows say which columns there are, and a chip is a row that begins with a number and a name followed by
a row that begins with one or two numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from console.hosts.readings import NpuChip, NpuProcess, NpuReport

_VERSIONS = re.compile(r"npu-smi\s+(?P<tool>\S+)\s+Version:\s*(?P<driver>\S+)")
_ERROR_CODE = re.compile(r"\bret(?:urn)?(?:\s+code)?\s+(?:is|=|:)\s*(-?\d+)")
_IDLE = re.compile(r"No running process\w* found in NPU\s+(\d+)", re.IGNORECASE)
_FIRST_CELL = re.compile(r"(\d+)\s+(\S.*)")
_SECOND_CELL = re.compile(r"(\d+)(?:\s+(\d+))?")
_NUMBER = r"(?:\d+(?:\.\d+)?|N/?A|-)"
_PAIR = re.compile(rf"({_NUMBER})\s*/\s*({_NUMBER})")

Pair = tuple[int | None, int | None]
NO_PAIR: Pair = (None, None)


class NpuTableError(Exception):
    """The text holds no device table. ``code`` is the driver's return code where the text has one."""

    def __init__(self, text: str, code: int | None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


@dataclass(slots=True)
class _Columns:
    """The columns by the header rows: the meaning of a chip's second number, and the memories listed."""

    second_id: str | None = None
    memories: tuple[str, ...] = ()
    container_pid: bool = False


def parse_info(text: str) -> NpuReport:
    """Read the output of ``npu-smi info``, whole or a part of it, of any version.

    Raises :class:`NpuTableError` when there is not one chip in it.
    """
    columns = _Columns()
    chips: list[NpuChip] = []
    processes: list[NpuProcess] = []
    idle: list[int] = []
    pending: NpuChip | None = None
    has_process_table = False
    for cells in map(_cells, text.splitlines()):
        if _reads_header(cells, columns):
            has_process_table = has_process_table or cells[1].startswith("Process id")
        elif match := _IDLE.match(cells[0]):
            idle.append(int(match[1]))
        elif process := _read_process(cells, columns):
            processes.append(process)
        elif first := _read_first_row(cells):
            pending = first
        elif pending and (chip := _read_second_row(pending, cells, columns)):
            chips.append(chip)
            pending = None
    if not chips:
        code = _ERROR_CODE.search(text)
        raise NpuTableError(text.strip(), int(code[1]) if code else None)
    versions = _VERSIONS.search(text)
    return NpuReport(
        tool_version=versions["tool"] if versions else None,
        driver_version=versions["driver"] if versions else None,
        chips=tuple(chips),
        processes=tuple(processes),
        idle_npus=tuple(idle),
        has_process_table=has_process_table,
    )


def _cells(line: str) -> list[str]:
    stripped = line.strip()
    if not stripped.startswith("|"):
        return [""]
    return [cell.strip() for cell in stripped.strip("|").split("|")]


def _reads_header(cells: list[str], columns: _Columns) -> bool:
    """Take in a header row; ``False`` when the row is none."""
    words = cells[0].split()
    if len(cells) < 3 or not words or words[0] not in ("NPU", "Chip"):
        return False
    if words[0] == "NPU":
        columns.container_pid = any(cell.startswith("Process id in container") for cell in cells)
        return True
    columns.second_id = words[1] if len(words) > 1 else None
    columns.memories = tuple(re.findall(r"(Memory|HBM)-Usage", cells[2]))
    return True


def _read_first_row(cells: list[str]) -> NpuChip | None:
    """A row ``id name | health | power temperature [pages / pages]``; the next row's part stays unknown."""
    name = _FIRST_CELL.fullmatch(cells[0])
    if len(cells) != 3 or name is None or re.fullmatch(r"\d+", name[2]):
        return None
    pairs, numbers = _split_numbers(cells[2])
    if len(numbers) != 2:
        return None
    pages = pairs[0] if pairs else NO_PAIR
    return NpuChip(
        npu_id=int(name[1]),
        chip_id=0,
        phy_id=None,
        device_id=None,
        name=name[2],
        health=cells[1],
        power=_float(numbers[0]),
        temperature=_int(numbers[1]),
        hugepages_used=pages[0],
        hugepages_total=pages[1],
        bus_id=None,
        aicore=None,
        memory_used=None,
        memory_total=None,
        hbm_used=None,
        hbm_total=None,
    )


def _read_second_row(first: NpuChip, cells: list[str], columns: _Columns) -> NpuChip | None:
    """Complete a chip by its row ``chip [second id] | bus id | AI core, memories``."""
    ids = _SECOND_CELL.fullmatch(cells[0])
    if len(cells) != 3 or ids is None:
        return None
    pairs, numbers = _split_numbers(cells[2])
    memories = dict(zip(columns.memories or ("Memory", "HBM"), pairs, strict=False))
    memory, hbm = memories.get("Memory", NO_PAIR), memories.get("HBM", NO_PAIR)
    second = int(ids[2]) if ids[2] else None
    is_device = columns.second_id == "Device" or (columns.second_id is None and first.name.startswith("310"))
    return replace(
        first,
        chip_id=int(ids[1]),
        phy_id=None if is_device else second,
        device_id=second if is_device else None,
        bus_id=_known(cells[1]),
        aicore=_int(numbers[0]) if numbers else None,
        memory_used=memory[0],
        memory_total=memory[1],
        hbm_used=hbm[0],
        hbm_total=hbm[1],
    )


def _read_process(cells: list[str], columns: _Columns) -> NpuProcess | None:
    ids = _SECOND_CELL.fullmatch(cells[0])
    if ids is None or len(cells) < 4 or not cells[1].isdigit():
        return None
    return NpuProcess(
        npu_id=int(ids[1]),
        chip_id=int(ids[2] or 0),
        pid=int(cells[1]),
        name=_known(cells[2]),
        memory=_int(cells[3]),
        container_pid=_int(cells[4]) if columns.container_pid and len(cells) > 4 else None,
    )


def _split_numbers(cell: str) -> tuple[list[Pair], list[str]]:
    """The ``used / total`` pairs of a cell, and its other words."""
    pairs = [(_int(used), _int(total)) for used, total in _PAIR.findall(cell)]
    return pairs, _PAIR.sub(" ", cell).split()


def _known(text: str) -> str | None:
    return text if text not in ("", "-", "NA", "N/A") else None


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _int(text: str) -> int | None:
    value = _float(text)
    return None if value is None else int(value)
