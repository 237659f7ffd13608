"""The reader: one line of a log in, the metrics it states out.

The stages of a line, each in a file of its own::

    bytes     text.py         the newest update of a rewritten line, without terminal codes, decoded
              patterns.py     a profile's line patterns, tried first: a match skips all that follows
              fast_path.py    noise is dropped by its words; a known template gives its reading at once
    text      lexer.py        text → tokens: numbers, words, marks, bars, opaque pieces (dates, paths)
    tokens    parser/         tokens → items: numbers with their name, unit, total, average
    items     candidates.py   items → candidates for canonical fields, by name and unit: names.py, units.py,
                              vocabulary.py with vocabulary.json
              selection.py    candidates → one number per field; is it a line of metrics at all?
    fields    fields.py       chosen candidates → schema; schema and numbers → ``Reading``
    lines     multiline.py    what holds beyond one line: table headers and headings
"""

from __future__ import annotations

from collections.abc import Sequence

from console.metrics.events import EVENT_PREFIX
from console.metrics.reader.fast_path import (
    CompiledTemplate,
    Prefilter,
    Template,
    TemplateCache,
    read_by_template,
    split_parameters,
)
from console.metrics.reader.fields import Schema, assign_fields, build_reading
from console.metrics.reader.lexer import tokenize
from console.metrics.reader.multiline import Section, Table, parse_header
from console.metrics.reader.parser import parse
from console.metrics.reader.patterns import NAMELESS_PRINTS, Patterns
from console.metrics.reader.text import (
    EXAMINED_BYTES,
    bounded_parts,
    is_binary,
    normalise,
    rewritten_updates,
    split_by_writer,
    strip_controls,
    to_text,
)
from console.metrics.samples import Reading

_UNKNOWN = CompiledTemplate(Schema((), None, None), ())
_ROW_STARTS = frozenset(b"%c" % byte for byte in b"0123456789|.-+")
_prefilter = Prefilter()
_templates = TemplateCache()
_nameless = Patterns(NAMELESS_PRINTS)


class LineReader:
    """Reads the lines of one log in their order.

    The ``patterns`` of a profile come first, then the generic grammar. Kept from line to line are the columns of
    a table, the heading of a section and the names under which percentages are printed. Time per line grows
    linearly with its length; of a long line only the beginning and the end are read.
    Raises ``UserError`` for a pattern that is not a regular expression or has no named group.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = Patterns(patterns) if patterns else None
        self._section = Section()
        self._table: Table | None = None
        self._percents: set[str] = set()

    def read(self, line: bytes | str) -> Reading | None:
        """The reading of ``line`` (with or without its end); ``None`` if it states no metric.

        Of a line that carries several updates, as progress bars write them, the last complete one counts.
        """
        raw = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
        if raw.startswith(EVENT_PREFIX):
            return None
        if len(raw) > EXAMINED_BYTES or b"\r" in raw or b"\b" in raw:
            return self._read_updates(raw.rstrip(b"\r\n"))
        return self._read_update(raw)

    def _read_updates(self, raw: bytes) -> Reading | None:
        """The reading of the last update; of the one before it if the last was cut off and lacks fields."""
        newest: Reading | None = None
        for update in rewritten_updates(raw):
            readings = (self._read_update(part) for part in bounded_parts(update))
            reading = next((one for one in readings if one is not None), None)
            if reading is not None and newest is not None:
                return reading if newest.values.keys() < reading.values.keys() else newest
            newest = newest or reading
        return newest

    def _read_update(self, raw: bytes) -> Reading | None:
        if b"\x1b" in raw:
            raw = strip_controls(raw)
        if self._patterns is not None and (caught := self._patterns.read(raw)) is not None:
            return caught
        if self._table is not None and (row := self._read_row(self._table, raw)) is not None:
            return row
        if _prefilter.is_noise(raw):
            return None
        reading = self._read_by_name(normalise(raw))
        if reading is not None and self._section.is_open:
            return self._section.apply(reading)
        return reading

    def _read_by_name(self, raw: bytes) -> Reading | None:
        template, parameters = split_parameters(raw)
        compiled = _templates.find(template, _UNKNOWN)
        if compiled is None:
            return None
        if compiled is not _UNKNOWN:
            try:
                return read_by_template(compiled, parameters, self._percents)
            except ValueError:
                pass
        return self._parse(to_text(raw), template, len(parameters))

    def _parse(self, text: str, template: Template, parameters: int) -> Reading | None:
        """Parse a line of a new template, and keep the template if it can stand for other lines."""
        if is_binary(text):
            return None
        if (caught := _nameless.read(text.encode())) is not None:
            return caught
        table = parse_header(text)
        if table is not None:
            self._table = table
            return None
        parts = split_by_writer(text)
        schema = None
        for part in parts:
            line = parse(tokenize(part))
            schema = assign_fields(line)
            if schema is not None:
                break
        if schema is None and not parameters:
            self._section.observe(text)
        elif parameters and len(parts) == 1 and not line.value_dependent:
            _templates.learn(template, schema, text, parameters)
        return self._build(schema)

    def _read_row(self, table: Table, raw: bytes) -> Reading | None:
        if raw.lstrip()[:1] not in _ROW_STARTS:
            return None
        row = table.parse_row(to_text(normalise(raw)))
        reading = self._build(assign_fields(row)) if row is not None else None
        return self._section.apply(reading, is_row=True) if reading is not None else None

    def _build(self, schema: Schema | None) -> Reading | None:
        """The reading of the line that ``schema`` was made for."""
        if schema is None:
            return None
        return build_reading(schema, [slot.value for slot in schema.slots], self._percents)


def parse_line(text: bytes | str, patterns: Sequence[str] = ()) -> Reading | None:
    """The reading of a single line, without any line before it."""
    return LineReader(patterns).read(text)
