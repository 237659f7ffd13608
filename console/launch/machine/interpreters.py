"""Python interpreters on this machine: their usual places, and the facts each gives of itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from console.launch.machine.folders import names_in
from console.locations import settings_file

RUNTIMES_VARIABLE = "ASCEND_CONSOLE_RUNTIMES"
PROBE_TIMEOUT = 10.0
"""Seconds an interpreter has to say what it is."""

_PYTHON = re.compile(r"python3(?:\.\d+)?")

_PROBE = """
import json, os, site, sys
own = sys.prefix == sys.base_prefix
user = [site.getusersitepackages()] if own else []
print(json.dumps([list(sys.version_info[:3]), sys.executable, sys.prefix, [p for p in sys.path if p] + user]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """One interpreter: ``prefix`` is its environment, ``folders`` where it imports from."""

    python: Path
    version: str
    prefix: str
    folders: tuple[Path, ...]


def candidate_interpreters(environment: Mapping[str, str]) -> Iterator[Path]:
    """Every place where an interpreter may be, those named on purpose first, without looking for doubles."""
    named = [*_split(environment.get(RUNTIMES_VARIABLE, "")), *_from_settings()]
    for text in named:
        yield _in_environment(Path(text).expanduser())
    yield Path(sys.executable)
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environment.get(variable):
            yield Path(environment[variable]) / "bin" / "python"
    yield from _on_path(environment.get("PATH", ""))
    yield from _of_pyenv(environment)
    yield from _of_conda(environment)


def probe(python: Path, timeout: float = PROBE_TIMEOUT) -> Interpreter | None:
    """Ask an interpreter for its version and folders; ``None`` when it is broken, hangs or is no Python 3.

    It runs isolated (``-I``), so that neither the working directory nor PYTHONPATH gets in its way.
    """
    try:
        done = subprocess.run(
            [str(python), "-I", "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        version, executable, prefix, folders = json.loads(done.stdout.splitlines()[-1])
        major, minor, micro = version
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError, IndexError):
        return None
    if done.returncode != 0 or major != 3:
        return None
    own = is_wrapper(python) or not executable
    return Interpreter(
        python=python if own else Path(executable),
        version=f"{major}.{minor}.{micro}",
        prefix=prefix,
        folders=tuple(Path(folder) for folder in folders),
    )


def is_wrapper(python: Path) -> bool:
    """True for a script that starts an interpreter, perhaps after setting its environment up."""
    try:
        with python.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _split(text: str) -> list[str]:
    return [part for part in text.split(os.pathsep) if part]


def _from_settings() -> list[str]:
    """The list ``runtimes`` of the settings file."""
    try:
        listed = json.loads(settings_file().read_text("utf-8")).get("runtimes", [])
    except (OSError, ValueError, AttributeError):
        return []
    return [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []


def _in_environment(path: Path) -> Path:
    """An environment's folder stands for its interpreter."""
    return path / "bin" / "python" if path.is_dir() else path


def _on_path(text: str) -> Iterator[Path]:
    """``python3`` and ``python3.N`` on PATH, without the scripts by which version managers choose one."""
    for folder in _split(text):
        for name in names_in(Path(folder)):
            path = Path(folder, name)
            if _PYTHON.fullmatch(name) and not is_wrapper(path):
                yield path


def _of_pyenv(environment: Mapping[str, str]) -> Iterator[Path]:
    root = Path(environment.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for name in names_in(root / "versions"):
        yield root / "versions" / name / "bin" / "python"


def _of_conda(environment: Mapping[str, str]) -> Iterator[Path]:
    """The environments conda keeps a list of, and those in the usual places."""
    try:
        listed = (Path.home() / ".conda" / "environments.txt").read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        listed = []
    given = [environment[name] for name in ("CONDA_ROOT", "MAMBA_ROOT_PREFIX") if environment.get(name)]
    usual = [Path.home() / name for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge")]
    roots = [*map(Path, given), *usual, Path("/opt/conda"), Path("/usr/local/miniconda3")]
    inner = (root / "envs" / name for root in roots for name in names_in(root / "envs"))
    for prefix in chain((Path(line) for line in listed if line.strip()), roots, inner):
        yield prefix / "bin" / "python"
