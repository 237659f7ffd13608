"""Requests to a running training by ``control.json`` of the run folder, a list that only grows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional

from engines.common.flags.values import parse_steps

ACTIONS = ("checkpoint", "profile", "dump")
"""The actions of engines; a supervisor sees to the rest."""


class Request(NamedTuple):
    """One request with the fields of the file as they are."""

    id: str
    action: str
    fields: Dict[str, Any]


class ControlFile:
    """Yields each request for engines once.

    Requests made before ``since`` (Unix seconds) are left out: they were for an earlier attempt at the run.
    Looking costs one ``stat`` unless the file was replaced.
    """

    def __init__(self, path: Path, since: float) -> None:
        self._path = path
        self._since = since
        self._version: Any = None
        self._seen: set[str] = set()

    def take(self) -> List[Request]:
        """The requests that came since the last call, oldest first."""
        try:
            stat = self._path.stat()
        except OSError:
            return []
        version = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if version == self._version:
            return []
        try:
            listed = json.loads(self._path.read_text(encoding="utf-8"))["requests"]
        except (OSError, ValueError, KeyError, TypeError):
            return []  # being replaced, or none of ours; looked at again at the next step
        self._version = version
        return [request for raw in listed for request in [self._new(raw)] if request is not None]

    def _new(self, raw: Any) -> Optional[Request]:
        if not isinstance(raw, dict) or raw.get("action") not in ACTIONS or "id" not in raw:
            return None
        identity = str(raw["id"])
        if identity in self._seen:
            return None
        self._seen.add(identity)
        moment = raw.get("time")
        if isinstance(moment, (int, float)) and moment < self._since:
            return None
        return Request(identity, str(raw["action"]), raw)


def requested_range(request: Request, done: int) -> "tuple[int, int]":
    """The steps ``first`` to ``last`` of a request when ``done`` steps are finished.

    Raises ``ValueError`` with a sentence for a range that is none or has passed.
    """
    first, last = request.fields.get("first"), request.fields.get("last")
    if not isinstance(first, int) or not isinstance(last, int) or not 0 <= first <= last:
        raise ValueError("first and last must be steps, first not after last")
    if last <= done:
        raise ValueError("step {} has passed: {} steps are done".format(last, done))
    return max(first, done + 1), last


def requested_steps(request: Request, done: int) -> FrozenSet[int]:
    """The steps of a request that are still to come when ``done`` steps are finished.

    Raises ``ValueError`` with a sentence for a list that is none or has passed.
    """
    steps = frozenset(step for step in parse_steps(str(request.fields.get("steps"))) if step > done)
    if not steps:
        raise ValueError("the steps have passed: {} are done".format(done))
    return steps
