"""The screen of all runs: what goes on, what has ended, and what can be done with each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from console.errors import UserError
from console.i18n import t
from console.i18n.sizes import bytes_text
from console.runs.folder import RunFolder
from console.runs.state import Phase, RunSummary
from console.tui.actions import Scope, bindings
from console.tui.base_screen import ConsoleScreen
from console.tui.dialogs.confirm import ConfirmDialog
from console.tui.dialogs.picker import Choice, PickerDialog
from console.tui.dialogs.prompt import PromptDialog
from console.tui.navigation import FillLaunchForm, OpenRun
from console.tui.runs.columns import COLUMNS, matches
from console.tui.runs.table import RunsTable
from console.tui.session import Session
from console.tui.widgets.filter_line import FilterLine

NEEDS_LIVE = frozenset({"stop"})
NEEDS_ENDED = frozenset({"resume", "delete"})
NEEDS_RUN = frozenset({"open", "relaunch", "note"}) | NEEDS_LIVE | NEEDS_ENDED


class Question(NamedTuple):
    """The message keys of a dialog that asks before something is done to a run."""

    title: str
    question: str
    agree: str


class RunsScreen(ConsoleScreen):
    """All runs in a table, newest first."""

    SCOPE = Scope.RUNS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.RUNS)]
    AUTO_FOCUS = "RunsTable"
    DEFAULT_CSS = """
    RunsScreen {
        & .summary { height: 1; color: $muted; padding: 0 1; }
        & .empty { display: none; height: 1fr; padding: 2 3; color: $muted; }
        &.-empty RunsTable { display: none; }
        &.-empty .empty { display: block; }
    }
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._words: tuple[str, ...] = ()
        self._summary = ""
        self._phase: Phase | None = None

    def compose_body(self) -> Iterator[Widget]:
        """Filter, table, and one line on the run the cursor is on."""
        with Vertical(classes="pane") as pane:
            pane.border_title = t("history.title")
            yield FilterLine()
            yield RunsTable()
            yield Static(classes="empty", markup=False)
            yield Static(classes="summary", markup=False)

    def on_mount(self) -> None:
        """Follow what is known of the runs."""
        self._leave_runs = self.session.runs.listen(lambda _runs: self._show())
        self._show()

    def on_unmount(self) -> None:
        """Follow no longer."""
        self._leave_runs()

    def on_screen_resume(self) -> None:
        """Look again at once."""
        self.session.runs.look()

    def relabel(self) -> None:
        """Put the table's headings and the words around it into the current language."""
        self.query_one(Vertical).border_title = t("history.title")
        self._show()
        self.table.lay_out_again()

    @property
    def table(self) -> RunsTable:
        """The table."""
        return self.query_one(RunsTable)

    def _show(self) -> None:
        runs = self.session.runs.value
        chosen = tuple(run for run in runs or () if matches(run, self._words))
        self.table.show(chosen, self.session.clock.now())
        self.set_class(not chosen, "-empty")
        if not chosen:
            words = t("history.no_match") if runs else t("history.none_yet")
            self.query_one(".empty", Static).update(t("history.reading") if runs is None else words)

    def _show_summary(self) -> None:
        run = self.table.current
        text = "" if run is None else t("history.summary", folder=run.folder, note=run.note or "–")
        if text != self._summary:
            self._summary = text
            self.query_one(".summary", Static).update(text)
        phase = run.phase if run else None
        if phase is not self._phase:
            self._phase = phase
            self.refresh_bindings()

    @on(RunsTable.CursorMoved)
    def _follow_cursor(self) -> None:
        self._show_summary()

    @on(RunsTable.OpenWanted)
    def _open_clicked(self) -> None:
        self.action_open()

    @on(RunsTable.SortWanted)
    def _sort_by_heading(self, event: RunsTable.SortWanted) -> None:
        self._sort(event.column)

    @on(FilterLine.Changed)
    def _filter(self, event: FilterLine.Changed) -> None:
        self._words = event.words
        self._show()

    @on(FilterLine.Left)
    def _leave_filter(self) -> None:
        self.table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An action is off while there is no run, or only one of the wrong kind, for it."""
        if action not in NEEDS_RUN:
            return True
        run = self.table.current if self.is_mounted else None
        if run is None or (action in NEEDS_LIVE and run.phase.final):
            return None
        if action in NEEDS_ENDED and not run.phase.final:
            return None
        return True

    def action_open(self) -> None:
        """Watch the run."""
        run = self.table.current
        if run is not None:
            self.post_message(OpenRun(RunFolder(run.folder)))

    def action_stop(self) -> None:
        """Ask the run to finish its step, save a checkpoint and leave."""
        from console.runs.control import stop

        words = Question("history.stop_title", "history.stop_question", "history.action_stop")
        self._ask_first(words, lambda run: self._act(run, lambda folder: stop(folder), "history.stop_done"))

    def action_delete(self) -> None:
        """Delete the run's folder, after saying how much that is."""
        run = self.table.current
        if run is not None:
            self._weigh(run)

    @work(thread=True, group="weigh", exclusive=True)
    def _weigh(self, run: RunSummary) -> None:
        from console.runs.deletion import folder_bytes

        self.call_later(self._ask_delete, run, folder_bytes(RunFolder(run.folder)))

    def _ask_delete(self, run: RunSummary, size: int) -> None:
        from console.runs.deletion import delete_run

        words = Question("history.delete_title", "history.delete_question", "history.action_delete")
        self._ask_about(
            run, words, lambda run: self._act(run, delete_run, "history.delete_done"), size=bytes_text(size)
        )

    def action_resume(self) -> None:
        """Start a new run that goes on from the run's newest checkpoint."""
        words = Question("history.resume_title", "history.resume_question", "history.action_resume")
        self._ask_first(words, self._resume)

    def _ask_first(self, words: Question, act: Callable[[RunSummary], object]) -> None:
        """Do something to the run the cursor is on, once the operator has agreed."""
        run = self.table.current
        if run is not None:
            self._ask_about(run, words, act)

    def _ask_about(
        self, run: RunSummary, words: Question, act: Callable[[RunSummary], object], **values: object
    ) -> None:
        def answered(agreed: bool | None) -> None:
            if agreed:
                act(run)

        title = t(words.title, run=run.run_id)
        self.app.push_screen(ConfirmDialog(title, t(words.question, **values), t(words.agree)), answered)

    @work(thread=True, group="act")
    def _act(self, run: RunSummary, act: Callable[[RunFolder], object], done: str) -> None:
        """Do it off the event loop, say that it is done, and look at the runs again."""
        try:
            act(RunFolder(run.folder))
        except Exception as error:
            self.app.call_later(self.session.notifier.report, error)
            return
        self.app.call_later(self.app.notify, t(done, run=run.run_id), markup=False)
        self.app.call_later(self.session.runs.look)

    @work(thread=True, group="act")
    def _resume(self, run: RunSummary) -> None:
        from console.launch.service import make_plan
        from console.runs.resume import resume_choices

        try:
            plan = make_plan(resume_choices(RunFolder(run.folder)))
        except Exception as error:
            self.app.call_later(self.session.notifier.report, error)
            return
        self.app.call_later(self.session.starter.start, plan)

    def action_relaunch(self) -> None:
        """Take the run's choices to the launch form, to be changed there."""
        from console.runs.resume import relaunch_choices

        run = self.table.current
        if run is None:
            return
        try:
            choices = relaunch_choices(RunFolder(run.folder))
        except UserError as error:
            self.session.notifier.report(error)
            return
        self.post_message(FillLaunchForm(choices))

    def action_note(self) -> None:
        """Change the note that stands beside the run."""
        from console.runs.notes import write_note

        run = self.table.current
        if run is None:
            return

        def answered(note: str | None) -> None:
            if note is not None:
                self._act(run, lambda folder: write_note(folder, note.strip()), "history.note_done")

        self.app.push_screen(PromptDialog(t("history.note_title", run=run.run_id), run.note), answered)

    async def action_filter(self) -> None:
        """Type words that a run must have."""
        await self.query_one(FilterLine).open()

    def action_sort(self) -> None:
        """Choose the column to sort by."""

        def chosen(column: str | None) -> None:
            if column is not None:
                self._sort(column)

        choices = [Choice(column.id, column.title) for column in COLUMNS]
        self.app.push_screen(
            PickerDialog(t("history.sort_title"), choices, current=self.table.sort_column), chosen
        )

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._sort(self.table.sort_column)

    def _sort(self, column: str) -> None:
        """Sort by a column; by the same one again the other way round."""
        table = self.table
        table.sort_reversed = not table.sort_reversed if column == table.sort_column else False
        table.sort_column = column
        table.lay_out_again()
