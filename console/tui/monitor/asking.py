"""The part of the monitor that asks something of the run: stop, kill, checkpoint, profile, dump."""

from __future__ import annotations

from collections.abc import Callable

from textual import work

from console.i18n import Message, t
from console.runs.folder import RunFolder
from console.runs.state import RunState
from console.tui.base_screen import ConsoleScreen
from console.tui.dialogs.confirm import ConfirmDialog
from console.tui.dialogs.prompt import PromptDialog
from console.tui.monitor import requests
from console.tui.monitor.requests import Request
from console.tui.session import Session

NEEDS_LIVE = frozenset({"stop", "kill", "checkpoint", "profile", "dump"})


class AskingScreen(ConsoleScreen):
    """Puts the operator's wishes into the run folder and tells what the run answered."""

    def __init__(self, session: Session, folder: RunFolder) -> None:
        super().__init__(session)
        self.folder = folder
        self.asked: dict[str, Request] = {}
        self._answered: set[str] = set()

    @property
    def step(self) -> int | None:
        """The step the run is at."""
        raise NotImplementedError

    def look(self) -> None:
        """Read the run at once, with an eye on what was asked."""
        raise NotImplementedError

    def action_stop(self) -> None:
        """Let the ranks finish their step, save and leave."""
        self._confirm("stop", requests.STOP)

    def action_kill(self) -> None:
        """End every rank at once."""
        self._confirm("kill", requests.KILL)

    def action_checkpoint(self) -> None:
        """Save a checkpoint now."""
        self._ask(requests.CHECKPOINT)

    def action_profile(self) -> None:
        """Trace some of the next steps."""
        self._prompt(
            "profile", requests.suggested_profile, requests.profile_problem, requests.profile_request
        )

    def action_dump(self) -> None:
        """Write the tensors of some of the next steps."""
        self._prompt("dump", requests.suggested_dump, requests.dump_problem, requests.dump_request)

    def _confirm(self, name: str, request: Request) -> None:
        def answered(agreed: bool | None) -> None:
            if agreed:
                self._ask(request)

        title = t(f"monitor.{name}_title", run=self.folder.run_id)
        words = t(f"monitor.{name}_question")
        self.app.push_screen(ConfirmDialog(title, words, t(f"monitor.action_{name}")), answered)

    def _prompt(
        self,
        name: str,
        suggest: Callable[[int | None], str],
        problem: Callable[[str, int | None], str | None],
        request: Callable[[str], Request],
    ) -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                self._ask(request(text))

        hint = t(f"monitor.{name}_hint", step="–" if self.step is None else self.step)
        dialog = PromptDialog(
            t(f"monitor.{name}_title"), suggest(self.step), lambda text: problem(text, self.step), hint
        )
        self.app.push_screen(dialog, answered)

    @work(thread=True, group="ask")
    def _ask(self, request: Request) -> None:
        """Write the request off the event loop: the run folder may be on a slow disk."""
        try:
            number = request.ask(self.folder)
        except Exception as error:
            self.app.call_from_thread(self.session.notifier.report, error)
            return
        self.app.call_from_thread(self._note_asked, number, request)

    def _note_asked(self, number: str, request: Request) -> None:
        self.asked[number] = request
        self.app.notify(str(request.asked), markup=False)
        self.look()

    def tell_answers(self, state: RunState) -> None:
        """Say what the run answered to what was asked here; refusals are among the alerts."""
        for number, request in tuple(self.asked.items()):
            if number in state.acknowledged and number not in self._answered:
                self._answered.add(number)
                if request.answered and number not in state.refused:
                    words = Message.of("monitor.answered", answer=state.acknowledged[number])
                    self.app.notify(str(words), markup=False)
