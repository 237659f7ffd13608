"""The reader: one line of a log in, what it states out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from console.metrics.model import Reading
from console.metrics.reader.finish import finish, numbers_of
from console.metrics.reader.grammar import parse
from console.metrics.reader.resolve import resolve
from console.metrics.reader.tables import Table, header
from console.metrics.reader.text import bounded, clean, updates
from console.metrics.reader.tokens import scan

_NEXT_WRITER = re.compile(
    r"(?<=\S)(?=\[rank\s?\d+\]:|\[\d+,\d+\]<std(?:out|err)>)|(?<=\d)(?=(?:INFO|WARNING|ERROR|DEBUG)[: ])"
)
_WRITER = re.compile(r"^\s*\[\d+,\d+\]<std(?:out|err)>:?")


class LineReader:
    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._percents: set[str] = set()
        self._table: Table | None = None

    def read(self, line: bytes | str) -> Reading | None:
        raw = line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")
        if raw.startswith(b"@event "):
            return None
        readings = []
        for update in updates(raw):
            for part in bounded(update):
                reading = self._parse(part)
                if reading is not None:
                    readings.append(reading)
                    break
            if len(readings) == 2:
                break
        if len(readings) == 2 and set(readings[0].values) < set(readings[1].values):
            return readings[1]
        return readings[0] if readings else None

    def _parse(self, raw: bytes) -> Reading | None:
        text = clean(raw)
        if self._table is not None:
            row = self._table.row(text)
            if row is not None:
                resolved = resolve(row)
                if resolved is not None:
                    return finish(resolved, *numbers_of(resolved), self._percents)
            if self._table.is_rule(text): return None
        opened = header(text)
        if opened is not None:
            self._table = opened
            return None
        for piece in _NEXT_WRITER.split(text):
            piece = _WRITER.sub("", piece)
            resolved = resolve(parse(scan(piece)))
            if resolved is not None:
                return finish(resolved, *numbers_of(resolved), self._percents)
        return None


def parse_line(text: bytes | str, patterns: Sequence[str] = ()) -> Reading | None:
    return LineReader(patterns).read(text)
