"""Asking ``npu-smi`` for the state of the devices."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.hosts.npu_table import NpuTableError, parse_info
from console.hosts.readings import NpuReport
from console.i18n import Message

TIMEOUT = 30.0
"""Seconds to wait for an answer; the tool takes several on a full host."""

_PLACES = ("/usr/local/bin/npu-smi", "/usr/local/sbin/npu-smi")
_DRIVER_LIBRARIES = ("/usr/local/Ascend/driver/lib64/common", "/usr/local/Ascend/driver/lib64/driver")
_MEANINGS = {
    -8002: "hosts.no_permission",
    -8005: "hosts.driver_not_ready",
    -8012: "hosts.device_occupied",
    -8013: "hosts.not_in_container",
    -8020: "hosts.device_occupied",
}
"""Return codes of the driver's management interface (DCMI) whose cause an operator can mend."""


@dataclass(frozen=True, slots=True)
class NpuAnswer:
    """The answer of the tool: a ``report``, a ``problem`` in words, or neither where there is no such tool."""

    report: NpuReport | None = None
    problem: Message | None = None


def find_npu_smi(environment: Mapping[str, str] | None = None) -> Path | None:
    """The tool on ``PATH`` or in the places the driver installs it to."""
    on_path = shutil.which("npu-smi", path=(environment or os.environ).get("PATH"))
    for place in (on_path, *_PLACES):
        if place and os.access(place, os.X_OK):
            return Path(place)
    return None


def ask_npu_smi(timeout: float = TIMEOUT) -> NpuAnswer:
    """Run ``npu-smi info`` once. Takes seconds: never call it from a thread that draws."""
    tool = find_npu_smi()
    if tool is None:
        return NpuAnswer()
    try:
        done = subprocess.run(
            [str(tool), "info"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return NpuAnswer(problem=Message.of("hosts.npu_smi_timeout", tool=tool, seconds=round(timeout)))
    except OSError as error:
        return NpuAnswer(problem=Message.of("hosts.npu_smi_not_run", tool=tool, reason=error.strerror))
    try:
        return NpuAnswer(report=parse_info(done.stdout.decode("utf-8", "replace")))
    except NpuTableError as error:
        return NpuAnswer(problem=explain(error))


def explain(error: NpuTableError) -> Message:
    """Why there is no table, in words, with the way out where the driver's return code tells it."""
    key = _MEANINGS.get(error.code) if error.code is not None else None
    if key is not None:
        return Message.of(key, code=error.code)
    lines = error.text.splitlines()
    return Message.of("hosts.npu_smi_unreadable", line=lines[-1].strip()[:120] if lines else "")


def _environment() -> dict[str, str]:
    """The tool needs the driver's libraries, which not every shell names."""
    libraries = [os.environ.get("LD_LIBRARY_PATH", ""), *_DRIVER_LIBRARIES]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(filter(None, libraries)), "LC_ALL": "C"}
