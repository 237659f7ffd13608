"""The monitor: one run, live or ended, with its curves, its ranks and its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.binding import BindingType
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widget import Widget

from console.i18n import Message, t
from console.runs.folder import RunFolder
from console.runs.state import Phase, RunState
from console.tui.actions import Scope, bindings
from console.tui.base_screen import TINY_CLASS, ConsoleScreen
from console.tui.monitor.alerts import to_announce
from console.tui.monitor.artefacts import ArtefactsDialog, find_artefacts
from console.tui.monitor.charts.grid import CURSOR_LEAP, PAN_SHARE, ChartGrid
from console.tui.monitor.log.pane import LogPane
from console.tui.monitor.panes import MonitorPanes, Pane
from console.tui.monitor.ranks.picker import ALL_RANKS, rank_picker
from console.tui.monitor.reader import Reader, SnapshotArrived
from console.tui.monitor.requests import CHECKPOINT, KILL, NEEDS_LIVE, STOP, RequestSender
from console.tui.monitor.snapshot import Snapshot, View
from console.tui.monitor.source import MonitorSource
from console.tui.monitor.view_control import ViewControl
from console.tui.session import Session
from console.tui.widgets.pane_tabs import PaneTabs
from console.tui.widgets.rank_table import RankTable

if TYPE_CHECKING:
    from typing_extensions import Self


def _action(act: Callable[[MonitorScreen], object]) -> Callable[[MonitorScreen], None]:
    """The method of an action whose words stand in the table of actions."""

    def method(self: MonitorScreen) -> None:
        act(self)

    return method


class MonitorScreen(ConsoleScreen):
    """Watches a run folder. A thread reads it and hands over one snapshot at a time; widgets only draw."""

    SCOPE = Scope.MONITOR
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.MONITOR)]
    HAS_HEADER = False  # The run's own lines are the head.

    def __init__(self, session: Session, folder: RunFolder) -> None:
        super().__init__(session)
        self.folder = folder
        self.panes = MonitorPanes()
        self.views = ViewControl(self.panes.grid, self.look)
        self.requests = RequestSender(self, session, folder, lambda: self.snapshot.latest.step, self.look)
        self._source = MonitorSource(folder)
        self._reader = Reader(self._source, self.post_message, self._report)
        self.snapshot = Snapshot(self._source.facts, self.view)
        self._failure: tuple[int, int] | None = None

    @property
    def view(self) -> View:
        """The view the charts are read for."""
        return self.views.view

    def compose_body(self) -> Iterator[Widget]:
        """Head, tabs, charts, ranks, log."""
        yield from self.panes

    def on_mount(self) -> None:
        """Show what is known already, and begin to read."""
        self._leave_clock = self.session.clock.listen(self._beat)
        self._show_now()
        self._show_log()
        self._lay_out()
        self.run_worker(self._reader.run, thread=True, exclusive=True, group="monitor")
        self.panes.focus()

    def on_unmount(self) -> None:
        """Let the reading thread end."""
        self._leave_clock()
        self._reader.end()

    def on_screen_suspend(self) -> None:
        """Nobody looks: nothing is read. Behind a dialog the run is still in sight."""
        self._reader.watch(isinstance(self.app.screen, ModalScreen))

    def on_screen_resume(self) -> None:
        """Go on reading."""
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
        self._show_now()
        self._show_log()
        self.look()

    def look(self) -> None:
        """Read the run at once, as it is looked at now."""
        self._reader.look(self.view, self.requests.asked)

    def _report(self, error: Exception) -> None:
        """Called by the reading thread."""
        self.app.call_from_thread(self.session.notifier.report, error)

    # Content

    @on(SnapshotArrived)
    def _take(self, event: SnapshotArrived) -> None:
        event.stop()
        before, self.snapshot = self.snapshot, event.snapshot
        if before.state is not None:
            for alert in to_announce(before.alerts, self.snapshot.alerts):
                words = Message.of("app.news_alert", run=self.folder.run_id, alert=alert.message)
                self.session.notifier.announce(str(words))
        self._show_now()
        self.panes.grid.show(self.snapshot)
        if self.snapshot.log_version != before.log_version:
            self.panes.log.view.grow()
        if self.snapshot.state is not None:
            self._follow_state(before.state, self.snapshot.state)
        self._scroll_to_failure()
        self._reader.drawn()

    def _follow_state(self, before: RunState | None, state: RunState) -> None:
        self.requests.tell_answers(state)
        if before is None or len(before.ranks) != len(state.ranks):
            self._lay_out()
        if before is None or before.phase is not state.phase:
            self.refresh_bindings()
            self._show_failure(state)

    def _beat(self, now: float) -> None:
        """A second has passed: ages have changed."""
        if self.is_current:
            self._show_now()

    def _show_now(self) -> None:
        """Show head and ranks as of now."""
        now = self.session.clock.now()
        self.panes.show_ranks(self.snapshot, now)
        if self.panes.show_head(self.snapshot, now, self.size.width):
            self._lay_out()

    def _show_log(self) -> None:
        self.panes.show_log(self._source.logs, self.view.rank)

    def _show_failure(self, state: RunState) -> None:
        """Turn to the log of the rank that failed."""
        cause = state.cause if state.phase is Phase.FAILED else None
        if cause is not None and cause.rank is not None and cause.line_number is not None:
            self._failure = (cause.rank, cause.line_number)
            self._choose_rank(cause.rank)
            if self.panes.layout.tabs:
                self.action_show_pane(Pane.LOG.value)

    def _scroll_to_failure(self) -> None:
        """Bring the log to the line that tells why, once that line has its number."""
        number = self._source.logs.place_of(*self._failure) if self._failure else None
        if number is not None:
            self._failure = None
            self.panes.log.view.go_to(number)

    def _choose_rank(self, rank: int | None) -> None:
        self.panes.table.choose(rank)
        self.views.see(rank=rank)
        self._show_log()

    def _lay_out(self) -> None:
        self.panes.arrange(self.size, self._source.facts.world_size, hidden=self.has_class(TINY_CLASS))
        layout = self.panes.layout
        self.views.see(page_size=layout.page_size, dots=self.panes.grid.dot_columns(layout.columns))

    # Messages of the panes

    @on(ChartGrid.WindowChanged)
    def _read_window(self, event: ChartGrid.WindowChanged) -> None:
        self.views.see(window=event.window)

    @on(RankTable.Chosen)
    def _choose_in_table(self, event: RankTable.Chosen) -> None:
        self._choose_rank(event.rank)

    @on(LogPane.NotFound)
    def _tell_not_found(self, event: LogPane.NotFound) -> None:
        direction = t("monitor.direction_up" if event.backwards else "monitor.direction_down")
        self.app.notify(t("monitor.no_hit", text=event.text, direction=direction), markup=False)

    @on(PaneTabs.Shown)
    def _switch_pane(self, event: PaneTabs.Shown) -> None:
        if event.name != self.panes.chosen.value:
            self.action_show_pane(event.name)

    # Actions: first those that are one word to a part of the screen.

    action_back = _action(lambda screen: screen.dismiss(None))
    action_stop = _action(lambda screen: screen.requests.confirm("stop", STOP))
    action_kill = _action(lambda screen: screen.requests.confirm("kill", KILL))
    action_checkpoint = _action(lambda screen: screen.requests.send(CHECKPOINT))
    action_profile = _action(lambda screen: screen.requests.prompt_trace())
    action_dump = _action(lambda screen: screen.requests.prompt_dump())
    action_next_page = _action(lambda screen: screen.views.turn_page(1, screen.snapshot.pages))
    action_previous_page = _action(lambda screen: screen.views.turn_page(-1, screen.snapshot.pages))
    action_x_axis = _action(lambda screen: screen.views.next_x_axis())
    action_smooth = _action(lambda screen: screen.views.next_smoothing())
    action_log_y = _action(lambda screen: screen.panes.grid.toggle_log_y())
    action_log_x = _action(lambda screen: screen.panes.grid.toggle_log_x())
    action_cursor_left = _action(lambda screen: screen.panes.grid.move_cursor(-1))
    action_cursor_right = _action(lambda screen: screen.panes.grid.move_cursor(1))
    action_cursor_far_left = _action(lambda screen: screen.panes.grid.move_cursor(-CURSOR_LEAP))
    action_cursor_far_right = _action(lambda screen: screen.panes.grid.move_cursor(CURSOR_LEAP))
    action_zoom_in = _action(lambda screen: screen.panes.grid.zoom(inwards=True))
    action_zoom_out = _action(lambda screen: screen.panes.grid.zoom(inwards=False))
    action_pan_left = _action(lambda screen: screen.panes.grid.pan(-PAN_SHARE))
    action_pan_right = _action(lambda screen: screen.panes.grid.pan(PAN_SHARE))
    action_reset_view = _action(lambda screen: screen.panes.grid.reset())
    action_follow = _action(lambda screen: screen.panes.log.view.follow())
    action_next_hit = _action(lambda screen: screen.panes.log.next_hit(backwards=False))
    action_previous_hit = _action(lambda screen: screen.panes.log.next_hit(backwards=True))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A request to the run is off when it has ended."""
        state = self.snapshot.state
        if action in NEEDS_LIVE and (state is None or state.phase.final):
            return None
        return True

    def action_zoom(self) -> None:
        """One chart in the place of all, or all again."""
        panes = self.panes
        position = self.view.page * panes.layout.page_size + panes.grid.current_position
        panes.chosen, panes.zoomed = Pane.CHARTS, not panes.zoomed
        self._lay_out()
        page, place = divmod(position, panes.layout.page_size)
        self.views.see(page=page)
        panes.grid.charts[place].focus()

    def action_rank(self) -> None:
        """Choose the rank that charts and log are about."""

        def chosen(value: str | None) -> None:
            if value is not None:
                self._choose_rank(None if value == ALL_RANKS else int(value))

        self.app.push_screen(rank_picker(self._source.facts.world_size, self.view.rank), chosen)

    def action_fold(self) -> None:
        """Show every line of the log, or repeated ones once."""
        self._source.logs.folds = not self._source.logs.folds
        self._show_log()
        self.look()

    def action_search(self) -> None:
        """Type what to look for in the log."""
        if self.panes.layout.tabs:
            self.action_show_pane(Pane.LOG.value)
        self.panes.log.open_search()

    def action_acknowledge(self) -> None:
        """The alert shown has been seen."""
        self.panes.acknowledge(self.snapshot)
        self._show_now()

    def action_next_pane(self) -> None:
        """On a small terminal the next pane, else the focus to the next one."""
        if self.panes.layout.tabs:
            self.panes.tabs.step(1)
        else:
            self.focus_next()

    def action_show_pane(self, name: str) -> None:
        """Show one pane of those that have no room side by side."""
        self.panes.choose(Pane(name))
        self._lay_out()
        self.panes.focus()

    @work(thread=True, exclusive=True, group="artefacts")
    def action_artefacts(self) -> None:
        """Look for what the run has written, off the event loop, and show it."""
        found = find_artefacts(self.folder)
        dialog = ArtefactsDialog(found, self.session.clock.now())
        self.app.call_from_thread(self.app.push_screen, dialog)
