"""Each canonical metric is complete: examples the reader reads it from, and a title for its chart."""

from __future__ import annotations

import json

import pytest
from reader_cases import formats, stated

from console.i18n.tables import MESSAGES_DIR
from console.metrics.canonical import CANONICAL_NAMES, COUNTERS

EXAMPLES = {name for _, pairs in formats() for _, meant in pairs for name in stated(meant)[0]}
TITLES = json.loads((MESSAGES_DIR / "monitor.json").read_text("utf-8"))


@pytest.mark.parametrize("name", CANONICAL_NAMES)
def test_a_canonical_metric_has_an_example_line(name: str) -> None:
    assert name in EXAMPLES


@pytest.mark.parametrize("name", sorted({*CANONICAL_NAMES} - COUNTERS))
def test_a_canonical_metric_has_a_title(name: str) -> None:
    assert f"panel_{name}" in TITLES
