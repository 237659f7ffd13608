"""The place of every word of a form, as a pure function of the form and the width in cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from console.launch.findings import Level
from console.launch.options.declarations import ON
from console.tui.cells import cell_len, fit, pad, wrap
from console.tui.launch.form.field import Field, FieldKind, Form, Section

GAP = 3
"""Cells between two fields of a line."""

INDENT = 1
MINIMUM_NOTE = 24
"""A note with less room than this behind its field goes to the lines below it."""

CHANGED_MARK = " ●"
LEVEL_GLYPHS = {Level.OK: "✓", Level.INFO: "·", Level.WARNING: "!", Level.ERROR: "✗"}


class Role(Enum):
    """The role of a piece of text, which decides its looks."""

    LABEL = "label"
    VALUE = "value"
    CHOSEN = "chosen"
    OPTION = "option"
    OFF = "off"
    CHANGED = "changed"
    HEADING = "heading"
    RULE = "rule"
    NOTE = "note"
    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text at column ``x`` of a line; ``field`` and ``option`` say what a click on it means."""

    x: int
    text: str
    role: Role
    field: str | None = None
    option: str | None = None

    @property
    def end(self) -> int:
        """The column behind the piece."""
        return self.x + cell_len(self.text)


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of a field's value: line, column and width; the cursor and the editor go there."""

    line: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class FormLayout:
    """A laid-out form: its lines, and the spot of every field by id."""

    lines: tuple[Line, ...]
    spots: dict[str, Spot]


def lay_out(form: Form, width: int) -> FormLayout:
    """Lay a form out in ``width`` cells; every line fits, whatever the language."""
    lines: list[Line] = []
    for section in form:
        if section.title:
            lines.append(_rule(section.title, width))
        rows = _grid_rows(section, width) if section.grid else _plain_rows(section, width)
        for row in rows:
            lines += row
    spots: dict[str, Spot] = {}
    for number, line in enumerate(lines):
        for piece in line:
            if piece.field and piece.role is not Role.LABEL and piece.role is not Role.CHANGED:
                known = spots.get(piece.field)
                if known is None:
                    spots[piece.field] = Spot(number, piece.x, cell_len(piece.text))
                elif known.line == number:
                    spots[piece.field] = Spot(number, known.x, piece.end - known.x)
    return FormLayout(tuple(lines), spots)


def _rule(title: str, width: int) -> Line:
    heading = Piece(1, fit(title, width - 4), Role.HEADING)
    return (
        Piece(0, "╴", Role.RULE),
        heading,
        Piece(heading.end, "╶" + "─" * (width - heading.end - 1), Role.RULE),
    )


def _plain_rows(section: Section, width: int) -> Iterable[list[Line]]:
    """Rows whose first labels share a column; a field that does not fit begins a line of its own."""
    label_width = max((cell_len(row[0].label) for row in section.rows if row[0].label), default=0)
    for row in section.rows:
        lines: list[list[Piece]] = [[]]
        x = INDENT
        for position, field in enumerate(row):
            own_label = label_width if position == 0 else None
            room = width - INDENT - label_width - 1
            if position and x + _needed(field, room) > width:
                lines.append([])
                x = INDENT + label_width + 1
            pieces = _place(field, x, width, own_label)
            lines[-1] += pieces
            x = pieces[-1].end + GAP
        for field in row:
            if field.note:
                lines = _with_note(lines, field, x, width, INDENT + label_width + 1)
                x = lines[-1][-1].end + GAP
        yield [tuple(line) for line in lines] + _error_lines(row, INDENT + label_width + 1, width)


def _with_note(lines: list[list[Piece]], field: Field, x: int, width: int, indent: int) -> list[list[Piece]]:
    level = field.note_level
    role = Role(level.value) if level else Role.NOTE
    text = f"{LEVEL_GLYPHS[level]} {field.note}" if level else field.note
    if cell_len(text) <= width - x or width - x >= MINIMUM_NOTE:
        head, *rest = wrap(text, width - x)
        lines[-1].append(Piece(x, head, role))
        return lines + [[Piece(x + (2 if level else 0), line, role)] for line in _rewrap(rest, width - x - 2)]
    return lines + [[Piece(indent, line, role)] for line in wrap(text, width - indent)]


def _rewrap(lines: Sequence[str], width: int) -> list[str]:
    return wrap(" ".join(lines), width) if lines else []


def _grid_rows(section: Section, width: int) -> Iterable[list[Line]]:
    """Fields in as many aligned columns as fit."""
    fields = section.rows[0] if section.rows else ()
    columns = next(count for count in (5, 4, 3, 2, 1) if count == 1 or _fits(fields, count, width))
    labels, widths = _column_widths(fields, columns)
    for start in range(0, len(fields), columns):
        row = fields[start : start + columns]
        line: list[Piece] = []
        x = INDENT
        for column, field in enumerate(row):
            line += _place(field, x, width, labels[column])
            x += widths[column] + GAP
        yield [tuple(line), *_error_lines(row, INDENT, width)]


def _fits(fields: Sequence[Field], columns: int, width: int) -> bool:
    _, widths = _column_widths(fields, columns)
    return INDENT + sum(widths) + GAP * (columns - 1) <= width


def _column_widths(fields: Sequence[Field], columns: int) -> tuple[list[int], list[int]]:
    labels, widths = [], []
    for column in range(min(columns, len(fields)) or 1):
        members = fields[column::columns]
        label = max((cell_len(field.label) for field in members), default=0)
        labels.append(label)
        widths.append(label + 1 + max((_value_width(field) for field in members), default=0))
    return labels, widths


def _value_width(field: Field) -> int:
    if field.kind is FieldKind.TEXT:
        value = field.width
    elif field.kind is FieldKind.LIST:
        value = cell_len(field.shown_value()) + 2
    elif field.kind in (FieldKind.SEGMENTS, FieldKind.MAP):
        value = sum(cell_len(option.text) + 2 for option in field.options)
    elif field.kind is FieldKind.CHECK:
        value = 3
    else:
        value = 1
    return value + len(CHANGED_MARK)


def _needed(field: Field, most: int) -> int:
    """Cells a field needs beside another one, as it stands now; a text that takes all the room needs 12."""
    label = cell_len(field.label) + 1 if field.label else 0
    value = 12 if field.kind is FieldKind.TEXT and not field.width else _value_width(field)
    return label + min(value, most)


def _place(field: Field, x: int, width: int, label_width: int | None) -> list[Piece]:
    """The pieces of one field from column ``x`` on, cut at ``width``."""
    if field.kind in (FieldKind.CHECK, FieldKind.FOLD):
        return _cut(_check_pieces(field, x), width)
    pieces: list[Piece] = []
    if field.label or label_width:
        label = pad(field.label, label_width) if label_width else field.label
        pieces.append(Piece(x, label, Role.LABEL, field.id))
        x += cell_len(label) + 1
    if field.kind is FieldKind.TEXT:
        box = field.width or max(8, width - x - len(CHANGED_MARK))
        value_role = Role.ERROR if field.error else Role.VALUE if field.enabled else Role.OFF
        pieces.append(Piece(x, pad(_tail(field.value, box), box), value_role, field.id))
    elif field.kind is FieldKind.LIST:
        role = Role.ERROR if field.error else Role.VALUE if field.enabled else Role.OFF
        pieces.append(Piece(x, fit(field.shown_value(), max(4, width - x - 4)) + " ▾", role, field.id))
    else:
        pieces += _option_pieces(field, x)
    if field.changed:
        pieces.append(Piece(pieces[-1].end, CHANGED_MARK, Role.CHANGED, field.id))
    return _cut(pieces, width)


def _tail(value: str, box: int) -> str:
    """The end of a value that is longer than its box: of a path that is the part that tells."""
    if cell_len(value) <= box:
        return value
    while cell_len(value) > box - 1:
        value = value[1:]
    return "…" + value


def _check_pieces(field: Field, x: int) -> list[Piece]:
    role = Role.OFF if not field.enabled else Role.CHOSEN if field.value == ON else Role.VALUE
    if field.kind is FieldKind.FOLD:
        glyph = "▾ " if field.value == ON else "▸ "
        return [Piece(x, glyph + field.label, Role.OPTION, field.id)]
    box = "[x]" if field.value == ON else "[ ]"
    label_role = Role.OPTION if field.enabled else Role.OFF
    pieces = [Piece(x, box + " ", role, field.id), Piece(x + 4, field.label, label_role, field.id)]
    if field.changed:
        pieces.append(Piece(pieces[-1].end, CHANGED_MARK, Role.CHANGED, field.id))
    return pieces


def _option_pieces(field: Field, x: int) -> list[Piece]:
    pieces = []
    for option in field.options:
        on = option.value in field.chosen
        if field.kind is FieldKind.MAP:
            text = f"{option.text}{'■' if on else '□'} "
        else:
            text = f"‹{option.text}›" if on else f" {option.text} "
        usable = field.enabled and option.enabled
        role = Role.CHOSEN if on and usable else Role.OPTION if usable else Role.OFF
        pieces.append(Piece(x, text, role, field.id, option.value))
        x = pieces[-1].end
    return pieces


def _error_lines(row: Sequence[Field], indent: int, width: int) -> list[Line]:
    lines: list[Line] = []
    for field in row:
        if field.error:
            text = f"✗ {field.label}: {field.error}" if field.label else f"✗ {field.error}"
            lines += [(Piece(indent, part, Role.ERROR),) for part in wrap(text, width - indent)]
    return lines


def _cut(pieces: list[Piece], width: int) -> list[Piece]:
    """Pieces that begin beyond the width are dropped, one that crosses it is cut; the first always stays."""
    kept = [piece for piece in pieces if piece.x < width] or pieces[:1]
    last = kept[-1]
    if last.end > width:
        text = fit(last.text, max(1, width - last.x))
        kept[-1] = Piece(last.x, text, last.role, last.field, last.option)
    return kept
