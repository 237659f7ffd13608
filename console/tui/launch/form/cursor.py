"""The moves of a form's cursor, as pure functions of the layout."""

from __future__ import annotations

from collections.abc import Sequence

from console.tui.launch.form.layout import FormLayout, Spot


def above_or_below(layout: FormLayout, fields: Sequence[str], current: str, step: int) -> str | None:
    """The field of the next line with fields, up (``step`` -1) or down (1), that is nearest in columns."""
    here = layout.spots[current]
    others = [(layout.spots[name], name) for name in fields if name in layout.spots]
    beyond = [(spot, name) for spot, name in others if (spot.line - here.line) * step > 0]
    if not beyond:
        return None
    line = min((spot.line for spot, _ in beyond), key=lambda number: number * step)
    return min((pair for pair in beyond if pair[0].line == line), key=lambda pair: _distance(pair[0], here))[
        1
    ]


def beside(layout: FormLayout, fields: Sequence[str], current: str, step: int) -> str | None:
    """The next field of the same line, to the left (``step`` -1) or to the right (1)."""
    here = layout.spots[current]
    same_line = [name for name in fields if name in layout.spots and layout.spots[name].line == here.line]
    return after(same_line, current, step)


def after(fields: Sequence[str], current: str | None, step: int) -> str | None:
    """The field ``step`` places on in reading order; the first or last one when there is no current field."""
    if current not in fields:
        return (fields[0] if step > 0 else fields[-1]) if fields else None
    position = fields.index(current) + step
    return fields[position] if 0 <= position < len(fields) else None


def _distance(spot: Spot, here: Spot) -> int:
    return abs(spot.x - here.x)
