"""The reader on lines in the manner of many frameworks."""

from __future__ import annotations

import pytest
from reader_cases import formats, same, stated

from console.metrics.reader import LineReader

FORMATS = list(formats())


@pytest.mark.parametrize("pairs", [pairs for _, pairs in FORMATS], ids=[name for name, _ in FORMATS])
def test_a_format_is_read_as_it_is_meant(pairs: list[tuple[str, str]]) -> None:
    reader = LineReader()
    for line, text in pairs:
        must, may, phase = stated(text)
        reading = reader.read(line)
        values = dict(reading.values) if reading is not None else {}
        found_phase = reading.phase if reading is not None else None
        assert {name for name in values if name not in may} == set(must), line
        assert all(same(value, {**may, **must}[name]) for name, value in values.items()), (line, values)
        assert phase in (None, found_phase), line
