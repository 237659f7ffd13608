"""Headings that say what the lines below them are about: ``***** Eval results *****``, ``Evaluating``."""

from __future__ import annotations

import dataclasses
import re

from console.metrics.reader.items import tags_of
from console.metrics.reader.vocabulary import split_identifier, word_set
from console.metrics.samples import Reading

_WORD = re.compile(r"[A-Za-z]+|[^\W\d_A-Za-z]+")
_LONGEST_HEADING = 4
_LONGEST_TEXT = 120
_ENDS = word_set("endings")


class Section:
    """The phase that the last heading told of, for the lines below it that do not tell their own.

    It holds for table rows and for lines with a single number, until another heading comes or a line that
    has a step or an epoch beside other numbers.
    """

    def __init__(self) -> None:
        self._phase: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a heading is in force."""
        return self._phase is not None

    def note(self, text: str) -> None:
        """Learn from a line without numbers, which may be a heading."""
        words = [word for part in _WORD.findall(text[:_LONGEST_TEXT]) for word in split_identifier(part)]
        tags = tags_of(words)
        if 0 < len(words) <= _LONGEST_HEADING and ("eval" in tags) != ("train" in tags):
            self._phase = "eval" if "eval" in tags and _ENDS.isdisjoint(words) else None

    def apply(self, reading: Reading, is_row: bool = False) -> Reading:
        """``reading`` with the section's phase where it has none of its own."""
        if self._phase is None or reading.phase is not None:
            return reading
        if is_row or len(reading.values) + len(reading.extra) == 1:
            return dataclasses.replace(reading, phase=self._phase)
        if "step" in reading.values or "epoch" in reading.values:
            self._phase = None
        return reading
