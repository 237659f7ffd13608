"""The operator's requests to a run: stop, kill, checkpoint, trace, dump; and the run's answers to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from textual.screen import Screen

from console.errors import UserError
from console.i18n import Message, t
from console.launch.options.steps import parse_steps
from console.runs import control
from console.runs.folder import RunFolder
from console.runs.state import RunState
from console.tui.dialogs.confirm import ConfirmDialog
from console.tui.dialogs.prompt import PromptDialog
from console.tui.session import Session

NEEDS_LIVE = frozenset({"stop", "kill", "checkpoint", "profile", "dump"})
"""The actions that ask something of a run that has not ended."""

AHEAD = 5
TRACE_LENGTH = 10


class OperatorRequest(NamedTuple):
    """One request: how it is written, the words once it is, and whether the answer is worth telling."""

    ask: Callable[[RunFolder], str]
    asked: Message
    answered: bool = True


STOP = OperatorRequest(control.stop, Message.of("monitor.asked_stop"), answered=False)
KILL = OperatorRequest(control.kill, Message.of("monitor.asked_kill"), answered=False)
CHECKPOINT = OperatorRequest(control.request_checkpoint, Message.of("monitor.asked_checkpoint"))


def trace_request(text: str) -> OperatorRequest:
    """A trace of the steps in ``text``, which :func:`trace_problem` finds nothing wrong with."""
    first, last = _step_range(text)
    return OperatorRequest(
        lambda folder: control.request_profile(folder, first, last),
        Message.of("monitor.asked_profile", steps=f"{first}–{last}"),
    )


def dump_request(text: str) -> OperatorRequest:
    """The tensors of the steps in ``text``, which :func:`dump_problem` finds nothing wrong with."""
    steps = text.replace(" ", "")
    return OperatorRequest(
        lambda folder: control.request_dump(folder, steps),
        Message.of("monitor.asked_dump", steps=steps),
    )


def suggested_trace(step: int | None) -> str:
    """Some steps that lie shortly ahead."""
    first = (step or 0) + AHEAD
    return f"{first}-{first + TRACE_LENGTH}"


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


def trace_problem(text: str, step: int | None) -> str | None:
    """The mistake in a range of steps to trace, ``None`` when there is none."""
    try:
        first, _ = _step_range(text)
    except ValueError:
        return t("monitor.profile_bad")
    return _too_early(first, step)


def dump_problem(text: str, step: int | None) -> str | None:
    """The mistake in a list of steps to dump, ``None`` when there is none."""
    try:
        ranges = parse_steps(text)
    except UserError as error:
        return str(error)
    return _too_early(max(one[-1] for one in ranges), step)


def _too_early(first: int, step: int | None) -> str | None:
    if step is not None and first <= step:
        return t("monitor.too_early", first=first, step=step)
    return None


class RequestSender:
    """Puts the operator's requests into the run folder, after dialogs over ``screen``, and tells the answers.

    ``step`` answers the step the run is at; ``sent`` is called once a request stands in the folder.
    ``asked`` are the requests made here, by their id.
    """

    def __init__(
        self,
        screen: Screen[Any],
        session: Session,
        folder: RunFolder,
        step: Callable[[], int | None],
        sent: Callable[[], object],
    ) -> None:
        self.asked: dict[str, OperatorRequest] = {}
        self._screen = screen
        self._session = session
        self._folder = folder
        self._step = step
        self._sent = sent
        self._answered: set[str] = set()

    def confirm(self, name: str, request: OperatorRequest) -> None:
        """Send a request once the operator has agreed; ``name`` is that of its action."""

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.send(request)

        title = t(f"monitor.{name}_title", run=self._folder.run_id)
        words = t(f"monitor.{name}_question")
        self._screen.app.push_screen(ConfirmDialog(title, words, t(f"monitor.action_{name}")), answered)

    def prompt_trace(self) -> None:
        """Ask for steps to trace, and send the request."""
        self._prompt("profile", suggested_trace, trace_problem, trace_request)

    def prompt_dump(self) -> None:
        """Ask for steps to dump, and send the request."""
        self._prompt("dump", suggested_dump, dump_problem, dump_request)

    def _prompt(
        self,
        name: str,
        suggest: Callable[[int | None], str],
        problem: Callable[[str, int | None], str | None],
        request: Callable[[str], OperatorRequest],
    ) -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                self.send(request(text))

        step = self._step()
        hint = t(f"monitor.{name}_hint", step="–" if step is None else step)
        dialog = PromptDialog(
            t(f"monitor.{name}_title"), suggest(step), lambda text: problem(text, self._step()), hint
        )
        self._screen.app.push_screen(dialog, answered)

    def send(self, request: OperatorRequest) -> None:
        """Write the request off the event loop: the run folder may be on a slow disk."""
        self._screen.run_worker(partial(self._write, request), thread=True, group="ask")

    def _write(self, request: OperatorRequest) -> None:
        app = self._screen.app
        try:
            number = request.ask(self._folder)
        except Exception as error:
            app.call_from_thread(self._session.notifier.report, error)
            return
        app.call_from_thread(self._note_sent, number, request)

    def _note_sent(self, number: str, request: OperatorRequest) -> None:
        self.asked[number] = request
        self._screen.app.notify(str(request.asked), markup=False)
        self._sent()

    def tell_answers(self, state: RunState) -> None:
        """Say what the run answered to what was asked here; refusals are among the alerts."""
        for number, request in tuple(self.asked.items()):
            if number in state.acknowledged and number not in self._answered:
                self._answered.add(number)
                if request.answered and number not in state.refused:
                    words = Message.of("monitor.answered", answer=state.acknowledged[number])
                    self._screen.app.notify(str(words), markup=False)
