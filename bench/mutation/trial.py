"""Trying mutants in a copy of the working tree, which itself is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

import psutil

from bench.mutation.operators import Mutant

PATIENCE = 4
"""A test run that takes this many times as long as with the sound source counts as hanging."""

SECONDS_AT_LEAST = 30.0


class Verdict(str, Enum):
    """The answer of the tests to a mutant; a run that hangs has noticed it too."""

    CAUGHT = "caught"
    HUNG = "hung"
    SURVIVED = "survived"


class Copy:
    """The files of a git checkout, tracked or new, in a folder of their own."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self.folder = folder
        self._sound_seconds: dict[tuple[str, ...], float] = {}
        listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listing, cwd=checkout, capture_output=True, check=True).stdout.split(b"\0")
        for name in filter(None, names):
            source, target = checkout / os.fsdecode(name), folder / os.fsdecode(name)
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)

    def check(self, tests: Sequence[str]) -> None:
        """Run ``tests`` on the sound source and note how long they take; raises ``RuntimeError`` if any fails."""
        started = time.monotonic()
        code, output = self._run(tests, None)
        if code != 0:
            raise RuntimeError(f"these tests fail before anything is mutated: {' '.join(tests)}\n{output}")
        self._sound_seconds[tuple(tests)] = time.monotonic() - started

    def judge(self, path: str, mutant: Mutant, tiers: Sequence[Sequence[str]]) -> Verdict:
        """Put ``mutant`` in the place of ``path`` and run the tiers until one notices it."""
        for tests in tiers:
            if tuple(tests) not in self._sound_seconds:
                self.check(tests)
            limit = max(SECONDS_AT_LEAST, PATIENCE * self._sound_seconds[tuple(tests)])
            with self._replaced(path, mutant.source):
                code, _ = self._run(tests, limit)
            if code is None:
                return Verdict.HUNG
            if code != 0:
                return Verdict.CAUGHT
        return Verdict.SURVIVED

    @contextmanager
    def _replaced(self, path: str, source: str) -> Iterator[None]:
        target = self.folder / path
        before = target.read_bytes()
        target.write_text(source, "utf-8")
        try:
            yield
        finally:
            target.write_bytes(before)

    def _run(self, tests: Sequence[str], limit: float | None) -> tuple[int | None, str]:
        """Exit code and output of pytest; the code is ``None`` where it ran past ``limit`` seconds."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            self._end_processes()
            process.wait()
        return process.returncode, output

    def _end_processes(self) -> None:
        """Kill what runs on this copy's code, also supervisors and ranks that left the session of the tests."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("PYTHONPATH") == str(self.folder):
                    process.kill()
