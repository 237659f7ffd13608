"""The patience of a supervisor. The figures stand in ``policy.json``; a run's own are frozen in its ``spec.json``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULTS = Path(__file__).with_name("policy.json")


@dataclass(frozen=True, slots=True)
class SupervisionPolicy:
    """Times in seconds.

    ``grace_seconds``: from the request to stop until what is left is killed; ``failure_grace_seconds``: the
    same for the other ranks after one has failed. ``leftover_seconds``: how long processes that the ranks
    left behind may go on after the last rank ended by itself. A run stalls when no rank gets on for
    ``stall_factor`` times the median time between steps, but not before ``stall_floor``, and not before
    ``first_step_floor`` while no step is known: compiling the graph takes long.
    """

    grace_seconds: float
    failure_grace_seconds: float
    leftover_seconds: float
    stall_factor: float
    stall_floor: float
    first_step_floor: float


def default_policy() -> SupervisionPolicy:
    """The policy of runs that ask for none of their own."""
    return policy_from_json({})


def policy_from_json(raw: Mapping[str, object]) -> SupervisionPolicy:
    """The policy in a JSON object; what is missing there or is no number takes the default."""
    defaults = json.loads(DEFAULTS.read_text("utf-8"))
    given = {key: value for key, value in raw.items() if isinstance(value, int | float)}
    names = [one.name for one in dataclasses.fields(SupervisionPolicy)]
    return SupervisionPolicy(**{name: float(given.get(name, defaults[name])) for name in names})
