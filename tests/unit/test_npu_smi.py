"""The ``npu-smi info`` reader against real outputs of many driver versions and their checked readings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.hosts.npu_table import NpuTableError, parse_info

SAMPLES = Path(__file__).parents[1] / "data" / "npu_smi"
TABLES = sorted(path for pattern in ("info_*.txt", "fragment_*.txt") for path in SAMPLES.glob(pattern))
ERRORS = sorted(SAMPLES.glob("err_*.txt"))
OTHER_QUERIES = sorted(path for path in SAMPLES.glob("*.txt") if path not in {*TABLES, *ERRORS})


def read(path: Path) -> tuple[str, dict[str, object]]:
    return path.read_text("utf-8"), json.loads(path.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_recorded_table_is_read_exactly(path: Path) -> None:
    text, truth = read(path)
    report = parse_info(text)
    assert report.tool_version == truth["npu_smi_version"]
    assert report.driver_version == truth["driver_version"]
    assert list(report.idle_npus) == truth["npus_reported_idle"]
    assert report.has_process_table == truth["process_table_present"]
    assert [
        {
            "npu_id": chip.npu_id,
            "chip_id": chip.chip_id,
            "phy_id": chip.phy_id,
            "device_id": chip.device_id,
            "name": chip.name,
            "health": chip.health,
            "power_w": chip.power,
            "temp_c": chip.temperature,
            "hugepages_used": chip.hugepages_used,
            "hugepages_total": chip.hugepages_total,
            "bus_id": chip.bus_id,
            "aicore_pct": chip.aicore,
            "mem_used_mb": chip.memory_used,
            "mem_total_mb": chip.memory_total,
            "hbm_used_mb": chip.hbm_used,
            "hbm_total_mb": chip.hbm_total,
        }
        for chip in report.chips
    ] == truth["devices"]
    processes = [
        {
            "npu_id": one.npu_id,
            "chip_id": one.chip_id,
            "pid": one.pid,
            "name": one.name,
            "memory_mb": one.memory,
            "container_pid": one.container_pid,
        }
        for one in report.processes
    ]
    assert processes == [{"container_pid": None, **one} for one in truth["processes"]]


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.stem)
def test_an_error_text_is_told_apart_with_its_code(path: Path) -> None:
    text, truth = read(path)
    with pytest.raises(NpuTableError) as caught:
        parse_info(text)
    assert caught.value.code == truth["ret"]
    assert caught.value.text == text.strip()


@pytest.mark.parametrize("path", OTHER_QUERIES, ids=lambda path: path.stem)
def test_the_answers_of_other_queries_are_not_taken_for_a_table(path: Path) -> None:
    with pytest.raises(NpuTableError):
        parse_info(path.read_text("utf-8"))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "garble",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "".join(f"    {line}   \n" for line in text.splitlines()),
        lambda text: (
            "[root@node ~]# npu-smi info\nDrvMngGetConsoleLogLevel failed. (g_conLogLevel=3)\n" + text
        ),
        lambda text: text.replace("|", " |  "),
    ],
    ids=["crlf", "indented", "with-prompt", "stretched"],
)
def test_the_reading_does_not_hang_on_columns(path: Path, garble: object) -> None:
    text = path.read_text("utf-8")
    assert callable(garble)
    assert parse_info(garble(text)) == parse_info(text)


@pytest.mark.parametrize(
    "text", ["", "|", "||||", "| 0  910A | OK |", "| 0 | 0000:C1:00.0 | 0 |\n" * 3, "\x00" * 100]
)
def test_nonsense_is_an_error_and_no_chip(text: str) -> None:
    with pytest.raises(NpuTableError):
        parse_info(text)


def test_a_memory_column_alone_is_told_apart_by_the_header() -> None:
    text = (SAMPLES / "info_910B2C_x2_v23.0.2.1_proc.txt").read_text("utf-8")
    lines = [
        line.replace("Memory-Usage(MB)  HBM-Usage(MB)", "HBM-Usage(MB)").replace("0    / 0          2", "2")
        for line in text.splitlines()
    ]
    chip = parse_info("\n".join(lines)).chips[0]
    assert (chip.memory_used, chip.hbm_used, chip.hbm_total) == (None, 20701, 65536)


def test_a_chip_of_the_310_series_has_a_device_number_also_where_the_header_is_cut_off() -> None:
    text, truth = read(SAMPLES / "info_310P3_x1_id2144_v22.0.2.txt")
    rows = [line for line in text.splitlines() if not line.startswith(("| NPU  ", "| Chip "))]
    assert len(rows) < len(text.splitlines())
    devices = truth["devices"]
    assert isinstance(devices, list)
    assert [(chip.device_id, chip.phy_id) for chip in parse_info("\n".join(rows)).chips] == [
        (one["device_id"], None) for one in devices
    ]
