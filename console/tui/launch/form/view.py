"""The widget that shows a form and lets it be filled in, by keyboard and by mouse.

It is one widget for the whole form, drawn line by line: a hundred small ones would cost most of the start-up
time. A text is edited in a real ``Input`` laid over its box, so that selection, paste and input methods work.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.launch.options.declarations import ON
from console.tui.launch.form.cursor import above_or_below, after, beside
from console.tui.launch.form.field import Field, FieldKind, Form, fields_of
from console.tui.launch.form.layout import FormLayout, Piece, Role, lay_out


class FormView(ScrollView, can_focus=True):
    """Shows ``form`` and tells of every change by a message; it never changes the form itself."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"form--{role.value}" for role in Role} | {
        "form--cursor",
        "form--cursor-blurred",
    }
    DEFAULT_CSS = """
    FormView {
        height: 1fr;
        background: $surface;
        scrollbar-gutter: stable;
        overflow-x: hidden;
        & > .form--label { color: $foreground; }
        & > .form--value { color: $foreground; background: $field; }
        & > .form--chosen { color: $primary; text-style: bold; }
        & > .form--option { color: $foreground; }
        & > .form--off { color: $muted; }
        & > .form--changed { color: $accent; }
        & > .form--heading { color: $foreground; text-style: bold; }
        & > .form--rule { color: $line; }
        & > .form--note { color: $muted; }
        & > .form--ok { color: $success; }
        & > .form--info { color: $muted; }
        & > .form--warning { color: $warning; }
        & > .form--error { color: $error; }
        & > .form--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .form--cursor-blurred { background: $block-cursor-blurred-background; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("left", "sideways(-1)", show=False),
        Binding("right", "sideways(1)", show=False),
        Binding("tab", "next_field(1)", show=False),
        Binding("shift+tab", "next_field(-1)", show=False),
        Binding("enter", "open", show=False),
        Binding("space", "open", show=False),
    ]

    form: reactive[Form] = reactive((), layout=False)
    cursor: reactive[str | None] = reactive(None, layout=False)
    """The id of the field the cursor is on."""

    class Changed(Message):
        """The operator gave ``field`` another ``value``."""

        def __init__(self, field: Field, value: str) -> None:
            super().__init__()
            self.field = field
            self.value = value

    class Wanted(Message):
        """The operator wants to type into ``field``, beginning with ``typed``, or to choose from its list."""

        def __init__(self, field: Field, typed: str | None = None) -> None:
            super().__init__()
            self.field = field
            self.typed = typed

    class Scrolled(Message):
        """Other lines are in sight; what is laid over them has to follow."""

    class CursorMoved(Message):
        """The cursor is on another field."""

        def __init__(self, field: Field | None) -> None:
            super().__init__()
            self.field = field

    def __init__(self) -> None:
        super().__init__()
        self._laid_out = FormLayout((), {})
        self._styles_by_role: dict[Role, Style] = {}
        self._option = 0

    @property
    def fields(self) -> dict[str, Field]:
        """The fields by id, in reading order."""
        return {field.id: field for field in fields_of(self.form)}

    @property
    def current(self) -> Field | None:
        """The field the cursor is on."""
        return self.fields.get(self.cursor or "")

    def enabled_fields(self) -> list[str]:
        """The ids of the fields that can be changed, in reading order."""
        return [field.id for field in self.fields.values() if field.enabled]

    def box(self, name: str) -> Region | None:
        """The place of a field's value within this widget, as it is scrolled now."""
        spot = self._laid_out.spots.get(name)
        if spot is None:
            return None
        return Region(spot.x - self.scroll_offset.x, spot.line - self.scroll_offset.y, spot.width, 1)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell who lays something over a line."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Scrolled())

    def watch_form(self) -> None:
        """Lay the new form out; the cursor stays on its field, and in sight, while there is such a field."""
        before = self._laid_out.spots.get(self.cursor or "")
        self._lay_out()
        if before != self._laid_out.spots.get(self.cursor or ""):
            self._show_cursor()
        if self.cursor not in self.enabled_fields():
            self.cursor = after(self.enabled_fields(), None, 1) if self.has_focus else None

    def watch_cursor(self) -> None:
        """Show where the cursor is."""
        self._show_cursor()
        self.refresh()
        self.post_message(self.CursorMoved(self.current))

    def _show_cursor(self) -> None:
        spot = self._laid_out.spots.get(self.cursor or "")
        if spot is not None:
            self.scroll_to_region(Region(0, spot.line - 1, 1, 3), animate=False, force=True)

    def on_resize(self) -> None:
        """Lay out for the new width."""
        self._lay_out()

    def notify_style_update(self) -> None:
        """Forget the colours of the theme before."""
        super().notify_style_update()
        self._styles_by_role.clear()

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if width > 0:
            self._laid_out = lay_out(self.form, width)
            self.virtual_size = Size(width, len(self._laid_out.lines))
        self.refresh()

    def on_focus(self) -> None:
        """Put the cursor on the first field when it is nowhere."""
        if self.cursor is None:
            self.cursor = after(self.enabled_fields(), None, 1)
        self.refresh()

    def on_blur(self) -> None:
        """Draw the cursor as resting."""
        self.refresh()

    def action_move(self, step: int) -> None:
        """Go up or down a line."""
        if self.cursor:
            self.cursor = (
                above_or_below(self._laid_out, self.enabled_fields(), self.cursor, step) or self.cursor
            )

    def action_next_field(self, step: int) -> None:
        """Go on in reading order, and out of the form at its end."""
        target = after(self.enabled_fields(), self.cursor, step)
        if target is not None:
            self.cursor = target
        elif step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_sideways(self, step: int) -> None:
        """Choose the neighbouring option, or go to the neighbouring field."""
        field = self.current
        if field is None:
            return
        if field.kind is FieldKind.SEGMENTS:
            self._choose_neighbour(field, step, wrap=False)
        elif field.kind is FieldKind.MAP:
            self._option = (self._option + step) % max(1, len(field.options))
            self.refresh()
        else:
            self.cursor = beside(self._laid_out, self.enabled_fields(), field.id, step) or field.id

    def action_open(self) -> None:
        """Do what the field is for: switch, choose, or begin to type."""
        field = self.current
        if field is None:
            return
        if field.kind in (FieldKind.CHECK, FieldKind.FOLD):
            self.post_message(self.Changed(field, "" if field.value == ON else ON))
        elif field.kind is FieldKind.SEGMENTS:
            self._choose_neighbour(field, 1, wrap=True)
        elif field.kind is FieldKind.MAP:
            self._choose(field, field.options[self._option].value)
        else:
            self.post_message(self.Wanted(field))

    def on_key(self, event: events.Key) -> None:
        """A digit on a number begins a new value."""
        field = self.current
        if field is None or field.kind is not FieldKind.TEXT or not field.numeric:
            return
        if event.character and event.character in "0123456789.-":
            event.stop()
            event.prevent_default()
            self.post_message(self.Wanted(field, event.character))

    def on_click(self, event: events.Click) -> None:
        """A click goes to a field and does at once what it is for."""
        piece = self._piece_at(event.x + self.scroll_offset.x, event.y + self.scroll_offset.y)
        field = self.fields.get(piece.field or "") if piece else None
        if piece is None or field is None or not field.enabled:
            return
        self.cursor = field.id
        if piece.option is not None:
            self._choose(field, piece.option)
        elif field.kind not in (FieldKind.SEGMENTS, FieldKind.MAP):
            self.action_open()

    def _piece_at(self, x: int, y: int) -> Piece | None:
        if not 0 <= y < len(self._laid_out.lines):
            return None
        return next((piece for piece in self._laid_out.lines[y] if piece.x <= x < piece.end), None)

    def _choose_neighbour(self, field: Field, step: int, *, wrap: bool) -> None:
        usable = [option.value for option in field.options if option.enabled]
        if not usable:
            return
        position = usable.index(field.value) + step if field.value in usable else 0
        if wrap or 0 <= position < len(usable):
            self._choose(field, usable[position % len(usable)])

    def _choose(self, field: Field, value: str) -> None:
        if not next(option for option in field.options if option.value == value).enabled:
            return
        if field.kind is FieldKind.MAP:
            chosen = field.chosen ^ {value}
            value = ",".join(option.value for option in field.options if option.value in chosen)
        if value != field.value:
            self.post_message(self.Changed(field, value))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the form."""
        width = self.scrollable_content_region.width
        base = self.rich_style
        number = y + self.scroll_offset.y
        if number >= len(self._laid_out.lines):
            return Strip.blank(width, base)
        segments: list[Segment] = []
        x = 0
        for piece in self._laid_out.lines[number]:
            segments.append(Segment(" " * (piece.x - x), base))
            segments.append(Segment(piece.text, self._style_of(piece)))
            x = piece.end
        return Strip(segments, x).adjust_cell_length(width, base).simplify()

    def _style_of(self, piece: Piece) -> Style:
        if piece.role not in self._styles_by_role:
            self._styles_by_role[piece.role] = self.get_component_rich_style(f"form--{piece.role.value}")
        style = self._styles_by_role[piece.role]
        if piece.field != self.cursor or piece.role in (Role.LABEL, Role.CHANGED) or piece.field is None:
            return style
        name = "form--cursor" if self.has_focus else "form--cursor-blurred"
        style += Style(bgcolor=self.get_component_rich_style(name).bgcolor)
        field = self.current
        if field and field.kind is FieldKind.MAP and field.options[self._option].value == piece.option:
            style += Style(underline=True)
        return style
