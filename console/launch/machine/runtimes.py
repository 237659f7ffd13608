"""The interpreters engines can run under, with the frameworks and adapters that lie beside each."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.launch.machine.host import Runtime
from console.launch.machine.interpreters import Interpreter, candidate_interpreters, probe
from console.launch.machine.packages import merge_packages, scan_folder
from console.locations import home

CACHE_VERSION = 1
RETRY_AFTER = 600.0
"""Seconds after which an interpreter that did not answer is asked again."""

FRAMEWORKS = (("tensorflow", "tf"), ("torch", "torch"), ("mindspore", "ms"))
"""Packages that give a runtime its name, and how they are called there."""


def discover_runtimes(environment: Mapping[str, str] | None = None) -> tuple[Runtime, ...]:
    """Every interpreter of this machine once, those with a framework and those named on purpose first.

    Interpreters are started only when they are new or changed since the last time; what is installed is
    looked up again only in folders that changed. The knowledge is kept in the home's ``cache`` folder.
    """
    environment = os.environ if environment is None else environment
    cache = _Cache(home() / "cache" / "runtimes.json")
    interpreters = _without_doubles(cache.interpreters(candidate_interpreters(environment)))
    added = [Path(text) for text in environment.get("PYTHONPATH", "").split(os.pathsep) if text]
    found = [
        (one, merge_packages(cache.packages(folder) for folder in (*added, *one.folders)))
        for one in interpreters
    ]
    cache.save()
    found.sort(key=lambda pair: not _has_framework(pair[1]))
    names = _names(found)
    return tuple(
        Runtime(name, one.python, one.version, packages)
        for name, (one, packages) in zip(names, found, strict=True)
    )


def _has_framework(packages: Mapping[str, str]) -> bool:
    return any(name in packages for name, _ in FRAMEWORKS)


def _without_doubles(interpreters: Iterable[Interpreter]) -> list[Interpreter]:
    """One of each environment: links to an interpreter are the same, virtual environments are not."""
    unique: dict[tuple[str, str], Interpreter] = {}
    for one in interpreters:
        unique.setdefault((os.path.realpath(one.prefix), one.version), one)
    return list(unique.values())


def _names(found: Sequence[tuple[Interpreter, Mapping[str, str]]]) -> list[str]:
    """A short name for each: what it holds, with the Python version or the folder if that is not enough."""
    names: list[str] = []
    for interpreter, packages in found:
        held = [f"{short}{_minor(packages[name])}" for name, short in FRAMEWORKS if name in packages]
        python = f"py{_minor(interpreter.version)}"
        base = held[0] if held else python
        folder = Path(interpreter.prefix).name
        options = [base, f"{base}-{python}" if held else base, f"{base}-{folder}"]
        names.append(_unused(options, names))
    return names


def _unused(options: list[str], taken: list[str]) -> str:
    free = next((name for name in options if name not in taken), None)
    if free is not None:
        return free
    number = 2
    while f"{options[-1]}-{number}" in taken:
        number += 1
    return f"{options[-1]}-{number}"


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


class _Cache:
    """A cache of facts of files and folders, by path and time of change, kept from one start to the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known = _read_object(path)
        tables = [known.get(name) for name in ("interpreters", "packages")]
        usable = known.get("version") == CACHE_VERSION and all(isinstance(one, dict) for one in tables)
        self._interpreters: dict[str, Any] = known["interpreters"] if usable else {}
        self._packages: dict[str, Any] = known["packages"] if usable else {}
        self._changed = False

    def interpreters(self, candidates: Iterable[Path]) -> list[Interpreter]:
        """The working interpreters among the candidates, in their order; new ones are asked side by side."""
        stamps = {path: stamp for path in candidates if (stamp := _stamp(path)) is not None}
        asked = [path for path, stamp in stamps.items() if not self._knows(path, stamp)]
        if asked:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(min(8, len(asked))) as pool:
                for path, answer in zip(asked, pool.map(probe, asked), strict=True):
                    self._interpreters[str(path)] = _record(answer, stamps[path])
            self._changed = True
        answers = (_interpreter(self._interpreters[str(path)]) for path in stamps)
        return [answer for answer in answers if answer is not None]

    def packages(self, folder: Path) -> Mapping[str, str]:
        """The names in a folder."""
        stamp = _stamp(folder)
        if stamp is None:
            return {}
        known = self._packages.get(str(folder))
        if not isinstance(known, dict) or known.get("stamp") != stamp:
            known = self._packages[str(folder)] = {"stamp": stamp, "found": scan_folder(folder)}
            self._changed = True
        found: Mapping[str, str] = known["found"]
        return found

    def save(self) -> None:
        """Keep what was learned; a home that cannot be written only costs time."""
        if not self._changed:
            return
        document = {
            "version": CACHE_VERSION,
            "interpreters": self._interpreters,
            "packages": self._packages,
        }
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(document), "utf-8")
            temporary.replace(self._path)

    def _knows(self, path: Path, stamp: list[int]) -> bool:
        known = self._interpreters.get(str(path))
        if not isinstance(known, dict) or known.get("stamp") != stamp:
            return False
        failed: float | None = known.get("failed")
        return failed is None or 0 <= time.time() - failed < RETRY_AFTER


def _stamp(path: Path) -> list[int] | None:
    """A stamp that changes when a file, or the list of a folder, does: of the link itself and of what it leads to."""
    try:
        target, link = path.stat(), path.lstat()
    except OSError:
        return None
    return [target.st_mtime_ns, target.st_size, target.st_ino, link.st_mtime_ns]


def _record(answer: Interpreter | None, stamp: list[int]) -> dict[str, Any]:
    if answer is None:
        return {"stamp": stamp, "failed": time.time()}
    return {
        "stamp": stamp,
        "python": str(answer.python),
        "version": answer.version,
        "prefix": answer.prefix,
        "folders": [str(folder) for folder in answer.folders],
    }


def _interpreter(record: Mapping[str, Any]) -> Interpreter | None:
    if "failed" in record:
        return None
    folders = tuple(Path(folder) for folder in record["folders"])
    return Interpreter(Path(record["python"]), record["version"], record["prefix"], folders)


def _read_object(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}
