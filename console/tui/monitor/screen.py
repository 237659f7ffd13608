"""The monitor: one run, live or ended, with its curves, its ranks and its log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message as TextualMessage
from textual.screen import ModalScreen
from textual.widget import Widget

from console.i18n import Message, t
from console.runs.folder import RunFolder
from console.runs.state import Cause, Phase, RunState
from console.tui.actions import Scope, bindings
from console.tui.base_screen import TINY_CLASS, TooSmall
from console.tui.dialogs.picker import Choice, PickerDialog
from console.tui.key_bar import KeyBar
from console.tui.monitor.alerts import to_announce
from console.tui.monitor.artefacts import ArtefactsDialog, find_artefacts
from console.tui.monitor.asking import NEEDS_LIVE
from console.tui.monitor.head import board_lines
from console.tui.monitor.layout import Layout, Pane, plan_layout
from console.tui.monitor.log_pane import LogPane
from console.tui.monitor.looking import LookingScreen
from console.tui.monitor.ranks import rank_rows
from console.tui.monitor.reader import Reader
from console.tui.monitor.snapshot import Alert, Snapshot
from console.tui.monitor.source import MonitorSource
from console.tui.session import Session
from console.tui.widgets.pane_tabs import PaneTabs
from console.tui.widgets.rank_table import RankTable
from console.tui.widgets.status_board import StatusBoard

if TYPE_CHECKING:
    from typing_extensions import Self

KEY_BAR_HEIGHT = 1
ALL_RANKS = "all"


class MonitorScreen(LookingScreen):
    """Watches a run folder. A thread reads it and hands over one snapshot at a time; widgets only draw."""

    SCOPE = Scope.MONITOR
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.MONITOR)]

    class Arrived(TextualMessage):
        """The reading thread has a new snapshot."""

        def __init__(self, snapshot: Snapshot) -> None:
            super().__init__()
            self.snapshot = snapshot

    def __init__(self, session: Session, folder: RunFolder) -> None:
        super().__init__(session, folder)
        self._source = MonitorSource(folder)
        self._reader = Reader(self._source, self._deliver, self._tell_trouble)
        self._layout = Layout(False, 1, 1, 0, 0, 0)
        self.snapshot = Snapshot(self._source.facts, self.view)
        self._seen_alerts: set[str] = set()
        self._failure: Cause | None = None
        self._zoomed = False
        self._pane = Pane.CHARTS
        self._board = StatusBoard()
        self._tabs = PaneTabs({pane.value: f"monitor.pane_{pane.value}" for pane in Pane}, self._pane.value)
        self._table = RankTable()
        self._log = LogPane()

    # Life

    def compose(self) -> ComposeResult:
        """There is no program header: the run's own lines are the head."""
        yield from self.compose_body()
        yield KeyBar(self.SCOPE)
        yield TooSmall(markup=False)

    def compose_body(self) -> Iterator[Widget]:
        """Head, tabs, charts, ranks, log."""
        yield from (self._board, self._tabs, self.grid, self._table, self._log)

    def on_mount(self) -> None:
        """Show what is known already, and begin to read."""
        self._leave_clock = self.session.clock.listen(self._beat)
        self._show_head()
        self._show_log()
        self._lay_out()
        self._read_run()
        self.grid.charts[0].focus()

    def on_unmount(self) -> None:
        """Let the reading thread end."""
        self._leave_clock()
        self._reader.end()

    def on_screen_suspend(self) -> None:
        """Nobody looks: nothing is read. Behind a dialog the run is still in sight."""
        self._reader.watch(isinstance(self.app.screen, ModalScreen))

    def on_screen_resume(self) -> None:
        """Go on reading."""
        super().on_screen_resume()
        self._reader.watch(True)

    def on_resize(self, event: events.Resize) -> None:
        """Lay the panes out anew."""
        super().on_resize(event)
        self._lay_out()

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Screens beneath ask for regions they changed to be painted again; nothing of them is in sight."""
        if regions:
            return self
        return super().refresh(repaint=repaint, layout=layout, recompose=recompose)

    def relabel(self) -> None:
        """Another language: charts come with their words, so they are read again."""
        self._show_head()
        self._show_ranks()
        self._show_log()
        self.look()

    @work(thread=True, exclusive=True, group="monitor")
    def _read_run(self) -> None:
        self._reader.run()

    def _deliver(self, snapshot: Snapshot) -> None:
        """Called by the reading thread."""
        self.post_message(self.Arrived(snapshot))

    def _tell_trouble(self, error: Exception) -> None:
        """Called by the reading thread."""
        self.app.call_from_thread(self.session.notifier.report, error)

    def look(self) -> None:
        """Read the run at once, as it is looked at now."""
        self._reader.look(self.view, self.asked)

    # Showing

    @on(Arrived)
    def _take(self, event: Arrived) -> None:
        event.stop()
        before, self.snapshot = self.snapshot, event.snapshot
        if before.state is not None:
            self._announce(before.alerts)
        self._show_head()
        self._show_ranks()
        self.grid.show(self.snapshot)
        if self.snapshot.log_version != before.log_version:
            self._log.view.grow()
        if self.snapshot.state is not None:
            self._follow_state(before.state, self.snapshot.state)
        self._scroll_to_failure()
        self._reader.drawn()

    def _announce(self, before: Sequence[Alert]) -> None:
        for alert in to_announce(before, self.snapshot.alerts):
            words = Message.of("app.news_alert", run=self.folder.run_id, alert=alert.message)
            self.session.notifier.announce(str(words))

    def _follow_state(self, before: RunState | None, state: RunState) -> None:
        self.tell_answers(state)
        if before is None or len(before.ranks) != len(state.ranks):
            self._lay_out()
        if before is None or before.phase is not state.phase:
            self.refresh_bindings()
            self._show_failure(state)

    def _beat(self, now: float) -> None:
        """A second has passed: ages have changed."""
        if self.is_current:
            self._show_head()
            self._show_ranks()

    def _show_head(self) -> None:
        height = len(self._board.lines)
        now = self.session.clock.now()
        self._board.show(board_lines(self.snapshot, now, self._seen_alerts, self.size.width))
        if len(self._board.lines) != height:
            self._lay_out()

    def _show_ranks(self) -> None:
        snapshot = self.snapshot
        rows = rank_rows(snapshot.state, snapshot.ranks, snapshot.npus, self.session.clock.now())
        self._table.show(rows)

    def _show_log(self) -> None:
        rank = self.view.rank
        label = t("monitor.all_ranks") if rank is None else t("monitor.one_rank", rank=rank)
        self._log.show(self._source.logs.source(rank), label)

    def _show_failure(self, state: RunState) -> None:
        """Turn to the log of the rank that failed."""
        cause = state.cause if state.phase is Phase.FAILED else None
        if cause is not None and cause.rank is not None and cause.line_number is not None:
            self._failure = cause
            self._choose_rank(cause.rank)
            if self._layout.tabs:
                self.action_show_pane(Pane.LOG.value)

    def _scroll_to_failure(self) -> None:
        """Bring the log to the line that tells why, once that line has its number."""
        if self._failure is None or self._failure.rank is None or self._failure.line_number is None:
            return
        rank = self._failure.rank
        log = self._source.logs.rank(rank)
        line = log.first_line + self._failure.line_number - 1
        number = self._source.logs.number_of(rank, line)
        if log.complete and line < log.line_count and number is not None:
            self._failure = None
            self._log.view.go_to(number)

    # Layout

    def _lay_out(self) -> None:
        width, height = self.size
        head = len(self._board.lines)
        ranks = self._source.facts.world_size
        layout = plan_layout(width, height - head - KEY_BAR_HEIGHT, ranks, self._pane, self._zoomed)
        self._layout = layout
        heights = {self.grid: layout.charts, self._table: layout.ranks, self._log: layout.log}
        tiny = self.has_class(TINY_CLASS)
        for widget, lines in heights.items():
            widget.display = lines > 0 and not tiny
            widget.styles.height = max(lines, 1)
        self._tabs.display = layout.tabs and not tiny
        self.grid.lay_out(layout)
        self.see(page_size=layout.page_size, dots=self.grid.dot_columns(layout))

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What asks something of the run is off when it has ended."""
        state = self.snapshot.state
        if action in NEEDS_LIVE and (state is None or state.phase.final):
            return None
        return True

    def action_back(self) -> None:
        """Leave the run alone."""
        self.dismiss(None)

    def action_zoom(self) -> None:
        """One chart in the place of all, or all again."""
        size, page = self._layout.page_size, self.view.page
        if self._zoomed:
            self._zoomed = False
            self._lay_out()
            self.see(page=page // self._layout.page_size)
            self.grid.charts[page % self._layout.page_size].focus()
        else:
            position = page * size + self.grid.current_position
            self._zoomed = True
            self._pane = Pane.CHARTS
            self._lay_out()
            self.see(page=position)
            self.grid.charts[0].focus()

    def action_rank(self) -> None:
        """Choose the rank that charts and log are about."""

        def chosen(value: str | None) -> None:
            if value is not None:
                self._choose_rank(None if value == ALL_RANKS else int(value))

        ranks = range(self._source.facts.world_size)
        choices = [Choice(ALL_RANKS, t("monitor.all_ranks"))]
        choices += [Choice(str(rank), t("monitor.one_rank", rank=rank)) for rank in ranks]
        current = ALL_RANKS if self.view.rank is None else str(self.view.rank)
        self.app.push_screen(PickerDialog(t("monitor.choose_rank"), choices, current), chosen)

    @on(RankTable.Chosen)
    def _choose_in_table(self, event: RankTable.Chosen) -> None:
        self._choose_rank(event.rank)

    def _choose_rank(self, rank: int | None) -> None:
        self._table.choose(rank)
        self.see(rank=rank)
        self._show_log()

    def action_follow(self) -> None:
        """Go to the end of the log and stay there."""
        self._log.view.follow()

    def action_fold(self) -> None:
        """Show every line of the log, or repeated ones once."""
        self._source.logs.folds = not self._source.logs.folds
        self._show_log()
        self.look()

    def action_search(self) -> None:
        """Type what to look for in the log."""
        if self._layout.tabs:
            self.action_show_pane(Pane.LOG.value)
        self._log.open_search()

    def action_next_hit(self) -> None:
        """The next line that holds the searched text."""
        self._log.next_hit(backwards=False)

    def action_previous_hit(self) -> None:
        """The line before that holds the searched text."""
        self._log.next_hit(backwards=True)

    @on(LogPane.NotFound)
    def _tell_not_found(self, event: LogPane.NotFound) -> None:
        direction = t("monitor.direction_up" if event.backwards else "monitor.direction_down")
        self.app.notify(t("monitor.no_hit", text=event.text, direction=direction), markup=False)

    def action_acknowledge(self) -> None:
        """The alert shown has been seen."""
        unseen = [alert for alert in self.snapshot.alerts if alert.id not in self._seen_alerts]
        if unseen:
            self._seen_alerts.add(unseen[0].id)
            self._show_head()

    def action_next_pane(self) -> None:
        """On a small terminal the next pane, else the focus to the next one."""
        if self._layout.tabs:
            self._tabs.step(1)
        else:
            self.focus_next()

    @on(PaneTabs.Shown)
    def _switch_pane(self, event: PaneTabs.Shown) -> None:
        if event.name != self._pane.value:
            self.action_show_pane(event.name)

    def action_show_pane(self, name: str) -> None:
        """Show one pane of those that have no room side by side."""
        self._pane = Pane(name)
        if self._pane is not Pane.CHARTS:
            self._zoomed = False
        self._tabs.current = name
        self._lay_out()
        targets: dict[Pane, Widget] = {
            Pane.CHARTS: self.grid.charts[0],
            Pane.RANKS: self._table,
            Pane.LOG: self._log.view,
        }
        targets[self._pane].focus()

    @work(thread=True, exclusive=True, group="artefacts")
    def action_artefacts(self) -> None:
        """Look for what the run has written, off the event loop, and show it."""
        found = find_artefacts(self.folder)
        dialog = ArtefactsDialog(found, self.session.clock.now())
        self.app.call_from_thread(self.app.push_screen, dialog)
