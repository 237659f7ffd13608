"""What the operator can ask of the run, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from console.errors import UserError
from console.i18n import Message, t
from console.launch.options.steps import parse_steps
from console.runs import control
from console.runs.folder import RunFolder

AHEAD = 5
PROFILE_LENGTH = 10


class Request(NamedTuple):
    """Something to ask: how, what to say once it is asked, and whether the answer is worth telling."""

    ask: Callable[[RunFolder], str]
    asked: Message
    answered: bool = True


STOP = Request(control.stop, Message.of("monitor.asked_stop"), answered=False)
KILL = Request(control.kill, Message.of("monitor.asked_kill"), answered=False)
CHECKPOINT = Request(control.request_checkpoint, Message.of("monitor.asked_checkpoint"))


def profile_request(text: str) -> Request:
    """A trace of the steps in ``text``, which :func:`profile_problem` finds nothing wrong with."""
    first, last = _step_range(text)
    return Request(
        lambda folder: control.request_profile(folder, first, last),
        Message.of("monitor.asked_profile", steps=f"{first}–{last}"),
    )


def dump_request(text: str) -> Request:
    """The tensors of the steps in ``text``, which :func:`dump_problem` finds nothing wrong with."""
    steps = text.replace(" ", "")
    return Request(
        lambda folder: control.request_dump(folder, steps),
        Message.of("monitor.asked_dump", steps=steps),
    )


def suggested_profile(step: int | None) -> str:
    """Some steps that lie shortly ahead."""
    first = (step or 0) + AHEAD
    return f"{first}-{first + PROFILE_LENGTH}"


def suggested_dump(step: int | None) -> str:
    """A step that lies shortly ahead."""
    return str((step or 0) + AHEAD)


_RANGE = re.compile(r"\s*(\d{1,12})\s*(?:[-–]\s*(\d{1,12})\s*)?")


def _step_range(text: str) -> tuple[int, int]:
    """First and last step. Raises ``ValueError`` for anything else."""
    match = _RANGE.fullmatch(text)
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise ValueError(text)
    return int(match[1]), int(match[2] or match[1])


def profile_problem(text: str, step: int | None) -> str | None:
    """What is wrong with a range of steps to trace."""
    try:
        first, _ = _step_range(text)
    except ValueError:
        return t("monitor.profile_bad")
    return _too_early(first, step)


def dump_problem(text: str, step: int | None) -> str | None:
    """What is wrong with a list of steps to dump."""
    try:
        ranges = parse_steps(text)
    except UserError as error:
        return str(error)
    return _too_early(max(one[-1] for one in ranges), step)


def _too_early(first: int, step: int | None) -> str | None:
    if step is not None and first <= step:
        return t("monitor.too_early", first=first, step=step)
    return None
