"""The log with its search line."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events, on, work
from textual.containers import Vertical
from textual.message import Message as TextualMessage
from textual.widget import Widget
from textual.widgets import Input

from console.i18n import t
from console.tui.widgets.log.lines import LineSource
from console.tui.widgets.log.view import LogView


class LogPane(Vertical):
    """A :class:`LogView`, and below it a line to type in while a search is being entered."""

    DEFAULT_CSS = """
    LogPane > LogView { height: 1fr; }
    LogPane > Input { display: none; height: 1; background: $field; }
    LogPane.-searching > Input { display: block; }
    """

    class NotFound(TextualMessage):
        """There is no further hit in that direction."""

        def __init__(self, text: str, backwards: bool) -> None:
            super().__init__()
            self.text, self.backwards = text, backwards

    def __init__(self) -> None:
        super().__init__()
        self._source: LineSource | None = None
        self.view = LogView()
        self._line = Input(placeholder=t("monitor.action_search"), compact=True)

    def compose(self) -> Iterator[Widget]:
        """The log, and the hidden line."""
        yield self.view
        yield self._line

    @property
    def needle(self) -> str:
        """The text that is searched for, empty when none is."""
        return self.view.needle

    def relabel(self) -> None:
        """Another language."""
        self._line.placeholder = t("monitor.action_search")
        self.view.invalidate()

    def show(self, source: LineSource, label: str) -> None:
        """Show another log from its end on, or give the same one another name."""
        if source is self._source:
            self.view.rename(label)
            return
        self._source = source
        self.view.show(source, label)

    def open_search(self) -> None:
        """Begin to type."""
        self.add_class("-searching")
        self._line.focus()

    def _close_search(self) -> None:
        self.remove_class("-searching")
        self.view.focus()

    @on(Input.Submitted)
    def _start(self, event: Input.Submitted) -> None:
        """Find the newest hit above the end of what is in sight."""
        event.stop()
        self.view.mark(event.value)
        self._close_search()
        if event.value:
            self._find(self.view.last_visible, backwards=True)

    def on_key(self, event: events.Key) -> None:
        """Escape leaves the search line as it was, and a search that is over."""
        if event.key == "escape" and (self.has_class("-searching") or self.needle):
            event.stop()
            event.prevent_default()
            if self.has_class("-searching"):
                self._close_search()
            else:
                self.view.mark("")
                self.view.choose(None)

    def next_hit(self, backwards: bool) -> None:
        """Go to the hit after (or before) the present one."""
        if self.needle:
            here = self.view.chosen
            start = self.view.first_visible if here is None else here + (-1 if backwards else 1)
            self._find(start, backwards)

    @work(thread=True, exclusive=True, group="search")
    def _find(self, start: int, backwards: bool) -> None:
        """Search off the event loop: a log can be gigabytes long."""
        source, needle = self._source, self.needle
        line = source.find(needle, start, backwards) if source else None
        self.app.call_from_thread(self._found, source, needle, line, backwards)

    def _found(self, source: LineSource | None, needle: str, line: int | None, backwards: bool) -> None:
        if source is not self._source or needle != self.needle:
            return
        if line is None:
            self.post_message(self.NotFound(needle, backwards))
        else:
            self.view.go_to(line)
