"""The reader: one line of a log in, what it states out."""

from __future__ import annotations

from collections.abc import Sequence

from console.metrics.reader.finish import finish
from console.metrics.reader.grammar import parse
from console.metrics.reader.layouts import Layout, Layouts, Shape, read_by, take_apart
from console.metrics.reader.noise import Sieve
from console.metrics.reader.patterns import NAMELESS_PRINTS, Patterns
from console.metrics.reader.resolve import resolve
from console.metrics.reader.sections import Section
from console.metrics.reader.slots import Plan
from console.metrics.reader.tables import Table, header
from console.metrics.reader.text import (
    EXAMINED,
    bounded,
    by_writer,
    clean,
    is_binary,
    uniform,
    updates,
    without_controls,
)
from console.metrics.reader.tokens import scan
from console.metrics.samples import Reading

_EVENT = b"@event "
_UNKNOWN = Layout(Plan((), None, None), ())
_ROW_STARTS = frozenset(b"%c" % byte for byte in b"0123456789|.-+")
_sieve = Sieve()
_layouts = Layouts()
_nameless = Patterns(NAMELESS_PRINTS)


class LineReader:
    """Reads the lines of one log in their order.

    The ``patterns`` of a profile come first, then the generic reader. It keeps what earlier lines told:
    the columns of a table, the heading of a section, the names under which percentages are printed. Time per
    line grows linearly with its length; of a long line only the beginning and the end are looked at.
    Raises ``UserError`` for a pattern that is no regular expression or catches nothing.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = Patterns(patterns) if patterns else None
        self._section = Section()
        self._table: Table | None = None
        self._percents: set[str] = set()

    def read(self, line: bytes | str) -> Reading | None:
        """What ``line`` (with or without its end) states; ``None`` where it states no metric.

        Of a line that carries several updates, as progress bars write them, the last complete one counts.
        """
        raw = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
        if raw.startswith(_EVENT):
            return None
        if len(raw) > EXAMINED or b"\r" in raw or b"\b" in raw:
            return self._read_updates(raw.rstrip(b"\r\n"))
        return self._read_update(raw)

    def _read_updates(self, raw: bytes) -> Reading | None:
        """The last update; the one before it where the last was cut off, which shows by fields it lacks."""
        newest: Reading | None = None
        for update in updates(raw):
            readings = (self._read_update(part) for part in bounded(update))
            reading = next((one for one in readings if one is not None), None)
            if reading is not None and newest is not None:
                return reading if newest.values.keys() < reading.values.keys() else newest
            newest = newest or reading
        return newest

    def _read_update(self, raw: bytes) -> Reading | None:
        if b"\x1b" in raw:
            raw = without_controls(raw)
        if self._patterns is not None and (caught := self._patterns.read(raw)) is not None:
            return caught
        if self._table is not None and (row := self._read_row(self._table, raw)) is not None:
            return row
        if _sieve.is_noise(raw):
            return None
        reading = self._read_named(uniform(raw))
        if reading is not None and self._section.is_open:
            return self._section.apply(reading)
        return reading

    def _read_named(self, raw: bytes) -> Reading | None:
        shape, numbers = take_apart(raw)
        layout = _layouts.find(shape, _UNKNOWN)
        if layout is None:
            return None
        if layout is not _UNKNOWN:
            try:
                return read_by(layout, numbers, self._percents)
            except ValueError:
                pass
        return self._read_anew(clean(raw), shape, len(numbers))

    def _read_anew(self, text: str, shape: Shape, numbers: int) -> Reading | None:
        """Read a line of a layout not met yet, and remember the layout where it can stand for other lines."""
        if is_binary(text):
            return None
        if (caught := _nameless.read(text.encode())) is not None:
            return caught
        opened = header(text)
        if opened is not None:
            self._table = opened
            return None
        parts = by_writer(text)
        plan = None
        for part in parts:
            line = parse(scan(part))
            plan = resolve(line)
            if plan is not None:
                break
        if plan is None and not numbers:
            self._section.note(text)
        elif numbers and len(parts) == 1 and not line.fragile:
            _layouts.learn(shape, plan, text, numbers)
        return finish(plan, [slot.value for slot in plan.slots], self._percents) if plan is not None else None

    def _read_row(self, table: Table, raw: bytes) -> Reading | None:
        if raw.lstrip()[:1] not in _ROW_STARTS:
            return None
        row = table.row(clean(uniform(raw)))
        plan = resolve(row) if row is not None else None
        if plan is None:
            return None
        reading = finish(plan, [slot.value for slot in plan.slots], self._percents)
        return self._section.apply(reading, is_row=True) if reading is not None else None


def parse_line(text: bytes | str, patterns: Sequence[str] = ()) -> Reading | None:
    """What a single line states, without anything known from lines before it."""
    return LineReader(patterns).read(text)
