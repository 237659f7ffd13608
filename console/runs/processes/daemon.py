"""Starting a supervisor as a process of its own that outlives the console, and hearing how that went."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from site import getsitepackages, getusersitepackages
from typing import IO, Any

import console
from console.errors import ExitCode, user_error
from console.i18n import current_language
from console.runs.files import FILE_MODE
from console.runs.folder import RunFolder

MODULE = "console.runs.supervisor"

PATIENCE = 120.0
"""Seconds to wait for a supervisor's answer: a cold network disk can make its start slow."""

_LAST_WORDS = 4096


def launch_supervisor(folder: RunFolder, *, adopt: bool, commands: object = None) -> Mapping[str, Any]:
    """Start the supervisor of a run and return its answer: ``started``, ``refused`` or ``failed``.

    ``commands`` are argv and environment additions of every rank with their secrets, for a new run. They
    travel through a pipe, so that they are seen in no file, process list or environment.
    Raises :class:`~console.errors.UserError` when the supervisor ends or stays silent instead of answering.
    """
    reading, writing = os.pipe()
    try:
        with os.fdopen(reading, "rb", buffering=0) as answers:
            try:
                process = _spawn(folder, writing, adopt)
            finally:
                os.close(writing)
            orders = {"language": current_language().value, "commands": commands}
            process.communicate(json.dumps(orders).encode())
            answer = _read_answer(answers)
    except OSError as error:
        raise user_error(
            "runs.supervisor_not_started", exit_code=ExitCode.FAILED, run=folder.run_id, reason=error.strerror
        ) from error
    if answer is None:
        raise user_error(
            "runs.supervisor_not_started",
            exit_code=ExitCode.FAILED,
            run=folder.run_id,
            reason=_last_words(folder),
        )
    return answer


def _spawn(folder: RunFolder, report: int, adopt: bool) -> subprocess.Popen[bytes]:
    log = os.open(
        folder.supervisor_log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE
    )
    try:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                MODULE,
                str(folder.path),
                "--report",
                str(report),
                *(["--adopt"] if adopt else []),
            ],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=start_folder(folder),
            pass_fds=(report,),
            start_new_session=True,
        )
    finally:
        os.close(log)


def start_folder(folder: RunFolder) -> Path:
    """The folder that the supervisor's interpreter starts in, which ``-m`` puts first on its path.

    An installed package is found wherever that is. Any other, such as a source tree, is found for certain
    only from its own root; the supervisor goes to the run folder as soon as it runs.
    """
    root = Path(console.__file__).resolve().parent.parent
    installed = root in (Path(entry).resolve() for entry in (*getsitepackages(), getusersitepackages()))
    return folder.path if installed else root


def _read_answer(answers: IO[bytes]) -> dict[str, Any] | None:
    """The JSON object the supervisor writes before it closes its end; ``None`` when it wrote none in time."""
    text = b""
    while select.select([answers], [], [], PATIENCE)[0]:
        block = answers.read(4096)
        if not block:
            break
        text += block
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _last_words(folder: RunFolder) -> str:
    """The last line of the supervisor's log."""
    try:
        with folder.supervisor_log_path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LAST_WORDS))
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return str(folder.supervisor_log_path)
    return f"{lines[-1].strip()} ({folder.supervisor_log_path})" if lines else str(folder.supervisor_log_path)
