"""A form with what belongs to it: the editor laid over a box, the list that opens, the help line."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from console.tui.launch.form.field import Field, FieldKind, Form
from console.tui.launch.form.view import FormView


class Editor(Input):
    """The text box of one field. It tells of every key, so that a bad value is marked while it is typed."""

    DEFAULT_CSS = """
    Editor {
        layer: above;
        position: absolute;
        background: $field;
        color: $foreground;
        &.-textual-compact:focus { background-tint: $primary 25%; }
    }
    """

    def __init__(self, field: Field, typed: str | None) -> None:
        super().__init__(typed or field.value, compact=True, select_on_focus=typed is None)
        self.field = field
        self.before = field.value


class FormPane(Vertical):
    """Shows a form; posts :class:`FormView.Changed` for every change, typed, chosen or switched."""

    DEFAULT_CSS = """
    FormPane {
        layers: base above;
        & > .hint { height: 2; color: $muted; }
    }
    """

    def __init__(self, name: str) -> None:
        super().__init__(id=name, classes="pane")
        self._editor: Editor | None = None
        self._hint = ""

    def compose(self) -> ComposeResult:
        """The form, and the help of the field the cursor is on."""
        yield FormView()
        yield Static(classes="hint", markup=False)

    @property
    def view(self) -> FormView:
        """The form itself."""
        return self.query_one(FormView)

    def show(self, form: Form) -> None:
        """Show another form, or the same one with other values."""
        self.view.form = form
        self._show_hint(self.view.current)
        self.call_after_refresh(self._place_editor)

    def _show_hint(self, field: Field | None) -> None:
        hint = field.help if field else ""
        if hint != self._hint:
            self._hint = hint
            self.query_one(".hint", Static).update(hint)

    @on(FormView.CursorMoved)
    def _follow_cursor(self, event: FormView.CursorMoved) -> None:
        event.stop()
        self._show_hint(event.field)

    @on(FormView.Scrolled)
    def _follow_scrolling(self, event: FormView.Scrolled) -> None:
        event.stop()
        self._place_editor()

    @on(FormView.Wanted)
    async def _let_choose_or_type(self, event: FormView.Wanted) -> None:
        event.stop()
        if event.field.kind is FieldKind.LIST:
            self._open_list(event.field)
            return
        await self._close_editor()
        self._editor = Editor(event.field, event.typed)
        self._place_editor()
        await self.mount(self._editor)
        self._editor.focus()
        if event.typed is not None:
            self.post_message(FormView.Changed(event.field, event.typed))

    def _open_list(self, field: Field) -> None:
        from console.tui.dialogs.picker import Choice, PickerDialog

        def choose(value: str | None) -> None:
            if value is not None and value != field.value:
                self.post_message(FormView.Changed(field, value))

        choices = [Choice(option.value, option.text) for option in field.options if option.enabled]
        self.app.push_screen(PickerDialog(field.label, choices, current=field.value), choose)

    def _place_editor(self) -> None:
        """Lay the editor over its field's box, wherever the form has put it."""
        if self._editor is None:
            return
        box = self.view.box(self._editor.field.id)
        self._editor.display = box is not None and 0 <= box.y < self.view.size.height
        if box is None:
            return
        self._editor.styles.offset = (box.x, box.y)
        self._editor.styles.width = max(box.width, 4)

    async def _close_editor(self) -> None:
        if self._editor is not None:
            editor, self._editor = self._editor, None
            await editor.remove()

    @on(Input.Changed)
    def _tell(self, event: Input.Changed) -> None:
        event.stop()
        if self._editor is event.input:
            self.post_message(FormView.Changed(self._editor.field, event.value))

    @on(Input.Submitted)
    async def _accept(self, event: Input.Submitted) -> None:
        event.stop()
        await self._close_editor()
        self.view.focus()

    @on(Input.Blurred)
    async def _leave(self, event: Input.Blurred) -> None:
        event.stop()
        await self._close_editor()

    async def on_key(self, event: events.Key) -> None:
        """Within the editor: Escape takes the value back, Tab goes on to the next field."""
        if self._editor is None:
            return
        if event.key == "escape":
            event.stop()
            self.post_message(FormView.Changed(self._editor.field, self._editor.before))
        elif event.key not in ("tab", "shift+tab", "up", "down"):
            return
        event.stop()
        event.prevent_default()
        await self._close_editor()
        self.view.focus()
        if event.key in ("tab", "shift+tab"):
            self.view.action_next_field(1 if event.key == "tab" else -1)
        elif event.key in ("up", "down"):
            self.view.action_move(1 if event.key == "down" else -1)
