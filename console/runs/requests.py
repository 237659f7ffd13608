"""``control.json``: a list of requests that only grows, written by consoles and
read by supervisor and engines."""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from console.errors import user_error
from console.runs.files import read_object, write_json
from console.runs.folder import RunFolder
from console.runs.processes.locks import locked


class Action(str, Enum):
    """An action that can be asked of a live run. The supervisor sees to the first two, the engine to the others."""

    STOP = "stop"
    KILL = "kill"
    CHECKPOINT = "checkpoint"
    PROFILE = "profile"
    DUMP = "dump"


ENDING = frozenset({Action.STOP, Action.KILL})


class ControlRequest(NamedTuple):
    """One request; ``id`` is unique within the run."""

    id: str
    action: Action
    time: float | None


def read_requests(folder: RunFolder) -> list[ControlRequest]:
    """The requests made so far, oldest first; entries that are none are left out."""
    return [request for raw in _read_raw(folder) if (request := _request(raw)) is not None]


def add_request(folder: RunFolder, action: Action, **fields: Any) -> str:
    """Append a request and return its id. Several consoles may do so at once; none is lost.

    Raises :class:`~console.errors.UserError` when the run folder cannot be written.
    """
    try:
        with locked(folder.control_lock_path):
            requests = _read_raw(folder)
            request_id = f"r{len(requests) + 1}"
            requests.append({"id": request_id, "action": action.value, "time": time.time(), **fields})
            write_json(folder.control_path, {"requests": requests})
    except OSError as error:
        raise user_error(
            "runs.request_not_written", path=folder.control_path, reason=error.strerror
        ) from error
    return request_id


class Inbox:
    """The supervisor's end: yields each request once, and looks into the file only when it was replaced."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._seen: set[str] = set()
        self._version: tuple[int, int, int] | None = None

    def take(self) -> list[ControlRequest]:
        """The requests that came since the last call."""
        try:
            stat = self._folder.control_path.stat()
        except OSError:
            return []
        version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if version == self._version:
            return []
        self._version = version
        new = [request for request in read_requests(self._folder) if request.id not in self._seen]
        self._seen.update(request.id for request in new)
        return new


def _read_raw(folder: RunFolder) -> list[Mapping[str, Any]]:
    requests = (read_object(folder.control_path) or {}).get("requests")
    return [one for one in requests if isinstance(one, dict)] if isinstance(requests, list) else []


def _request(raw: Mapping[str, Any]) -> ControlRequest | None:
    try:
        time_of_request = raw.get("time")
        return ControlRequest(
            str(raw["id"]),
            Action(raw["action"]),
            float(time_of_request) if isinstance(time_of_request, int | float) else None,
        )
    except (KeyError, ValueError):
        return None
