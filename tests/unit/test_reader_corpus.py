"""The reader on real training logs and on lines made to mislead it; the reached score is held."""

from __future__ import annotations

import pytest
from reader_cases import Score, corpus, score

REACHED = {"dev.jsonl": (356, 358), "hostile.jsonl": (43, 43)}
"""Metric lines read exactly, of how many; raise it when the reader improves."""


@pytest.fixture(scope="module", params=sorted(REACHED))
def scored(request: pytest.FixtureRequest) -> tuple[str, Score]:
    return request.param, score(corpus(request.param))


def test_metric_lines_are_read_exactly(scored: tuple[str, Score]) -> None:
    name, result = scored
    exact, lines = REACHED[name]
    assert result.lines == lines
    assert result.exact >= exact, "\n".join(result.missed + result.wrong)


def test_nothing_is_read_wrongly(scored: tuple[str, Score]) -> None:
    _, result = scored
    assert result.wrong == []
