"""Asking for the devices with a real process in the place of ``npu-smi``, and the other host readings."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from console.hosts.hccn import parse_hccn, read_hccn
from console.hosts.machine import HostMeter, disk_usage, memory_total, usable_cpu_ids
from console.hosts.npu_smi import ask_npu_smi, find_npu_smi
from console.hosts.port_search import free_hccl_base_port, free_ports, is_free
from console.hosts.ports import HCCL_BASE_PORT

SAMPLES = Path(__file__).parents[1] / "data" / "npu_smi"


@pytest.fixture
def install_npu_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def install(body: str) -> Path:
        tool = tmp_path / "npu-smi"
        tool.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
        tool.chmod(0o755)
        return tool

    return install


def test_the_report_comes_from_the_tool_on_the_path(install_npu_smi: Callable[[str], Path]) -> None:
    tool = install_npu_smi(f'[ "$1" = info ] && cat "{SAMPLES}/info_910A_x2_v21.0.4.txt"')
    assert find_npu_smi() == tool
    answer = ask_npu_smi()
    assert answer.problem is None
    assert answer.report is not None
    assert [chip.name for chip in answer.report.chips] == ["910A", "910A"]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (f'cat "{SAMPLES}/err_dcmi_8005_container.txt"; exit 187', "hosts.driver_not_ready"),
        (f'cat "{SAMPLES}/err_dcmi_8020_in_use.txt"; exit 172', "hosts.device_occupied"),
        (f'cat "{SAMPLES}/err_invalid_card_id.txt"; exit 1', "hosts.npu_smi_unreadable"),
        ("printf '\\377\\376garbage'", "hosts.npu_smi_unreadable"),
        ("exit 3", "hosts.npu_smi_unreadable"),
        ("exec sleep 60", "hosts.npu_smi_timeout"),
    ],
)
def test_a_tool_that_fails_gives_a_problem_in_words(
    install_npu_smi: Callable[[str], Path], body: str, key: str
) -> None:
    install_npu_smi(body)
    answer = ask_npu_smi(timeout=1.0 if "sleep" in body else 30.0)
    assert answer.report is None
    assert answer.problem is not None
    assert answer.problem.key == key
    assert str(answer.problem)


def test_a_tool_that_cannot_be_executed_gives_a_problem(install_npu_smi: Callable[[str], Path]) -> None:
    tool = install_npu_smi("")
    tool.write_text("#!/no/such/interpreter\n", "utf-8")
    answer = ask_npu_smi()
    assert answer.problem is not None
    assert answer.problem.key == "hosts.npu_smi_not_run"


def test_a_host_without_the_tool_has_neither_report_nor_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    answer = ask_npu_smi()
    assert (answer.report, answer.problem) == (None, None)


def test_device_addresses_are_read_from_hccn_conf(tmp_path: Path) -> None:
    text = "address_0=192.168.100.101\nnetmask_0=255.255.255.0\n# address_9=1.2.3.4\n address_7 = fe80::1 \n"
    assert parse_hccn(text) == {0: "192.168.100.101", 7: "fe80::1"}
    assert read_hccn(tmp_path / "absent.conf") == {}
    assert read_hccn(tmp_path) == {}


def test_a_port_in_use_is_not_offered() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        assert not is_free(taken)
        assert taken not in free_ports(3, wanted=[taken])
    ports = free_ports(8)
    assert len(set(ports)) == 8
    assert free_ports(8, wanted=ports) == ports


def test_the_collectives_move_when_their_ports_are_taken() -> None:
    with socket.socket() as listener:
        with suppress(OSError):  # Where somebody else listens there already, that serves as well.
            listener.bind(("0.0.0.0", HCCL_BASE_PORT + 31))
            listener.listen()
        base = free_hccl_base_port()
    assert base is not None
    assert base != HCCL_BASE_PORT


def test_the_meter_knows_the_load_from_the_second_reading_on(tmp_path: Path) -> None:
    meter = HostMeter(tmp_path / "not" / "there" / "yet")
    first = meter.read()
    assert first.cpu is None
    assert 0 < first.memory_used < first.memory_total
    assert first.disk_free is not None
    sum(range(3_000_000))
    while (second := meter.read()).cpu is None:
        pass
    assert 0 <= second.cpu <= 100


def test_facts_of_the_machine(tmp_path: Path) -> None:
    assert set(usable_cpu_ids()) == os.sched_getaffinity(0)
    assert memory_total() > 0
    assert disk_usage(tmp_path) is not None
