"""Which packages lie in the folders an interpreter imports from, found by looking and never by importing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

METADATA_SUFFIXES = (".dist-info", ".egg-info")

NAMED_BY_FOLDER = {
    "tensorflow": "tensorflow",
    "tensorflow_core": "tensorflow",
    "torch": "torch",
    "torch_npu": "torch-npu",
    "npu_bridge": "npu-bridge",
    "npu_device": "npu-device",
}
"""Frameworks and adapters that also come as a bare folder: built from source, or unpacked by ``pip -t``."""

VARIANTS = {
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-cpu-aws": "tensorflow",
    "tensorflow-aarch64": "tensorflow",
    "tensorflow-macos": "tensorflow",
    "intel-tensorflow": "tensorflow",
    "tf-nightly": "tensorflow",
}
"""Distributions under another name that hold the same package."""

UNKNOWN_VERSION = ""

Packages = Mapping[str, str]

_EGG_INFO = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)(?:-py\d.*)?")


def scan_folder(folder: Path) -> dict[str, str]:
    """Distribution name -> version of what lies in a folder of ``sys.path``; ``""`` where it is not told."""
    versioned: dict[str, str] = {}
    bare: dict[str, str] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(METADATA_SUFFIXES):
                    name, version = _read_metadata_name(entry.name.rpartition(".")[0])
                    versioned[name] = version or _metadata_version(Path(entry.path))
                elif entry.name in NAMED_BY_FOLDER and Path(entry.path, "__init__.py").exists():
                    bare[NAMED_BY_FOLDER[entry.name]] = UNKNOWN_VERSION
    except OSError:
        return {}
    same = {VARIANTS[name]: version for name, version in versioned.items() if name in VARIANTS}
    return {**bare, **same, **versioned}


def merge_packages(found: Iterable[Packages]) -> dict[str, str]:
    """The packages importable over several folders: the first of each name counts, a known version before none."""
    merged: dict[str, str] = {}
    for packages in found:
        for name, version in packages.items():
            merged[name] = merged.get(name) or version
    return merged


def normalise(name: str) -> str:
    """A distribution's name as everyone spells it: lower case, with single hyphens (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_metadata_name(stem: str) -> tuple[str, str]:
    """Name and version from ``tensorflow_cpu-2.21.0`` or ``npu_bridge-1.15.0-py3.7``."""
    match = _EGG_INFO.fullmatch(stem)
    return (normalise(match["name"]), match["version"]) if match else (normalise(stem), UNKNOWN_VERSION)


def _metadata_version(path: Path) -> str:
    """The version stated inside the metadata, for the rare folder whose name lacks it."""
    for file in (path / "METADATA", path / "PKG-INFO", path):
        try:
            with file.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if line.startswith("Version:"):
                        return line.removeprefix("Version:").strip()
        except OSError:
            continue
    return UNKNOWN_VERSION
