"""A log in which lines that repeat the one before, but for the time, stand there once."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from console.tui.widgets.log.lines import LineKind, LineSource, LogLine, kind_of, shown_text

FOLDED_AT_OPEN = 2000
"""Lines before the end from which on a log is folded when it is first looked at; older ones stay as they are."""

READ_AT_ONCE = 4096
FOLDED_KINDS = (LineKind.PLAIN, LineKind.WARNING)
"""The kinds that may be folded: no line that tells of a metric, an event or an error is ever hidden."""

_TIME = re.compile(r"(?:\d{4}[-/]\d\d[-/]\d\d[ T])?\d\d:\d\d:\d\d(?:[.,:]\d+)*|0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"\d+")


class GrowingSource(LineSource, Protocol):
    """Lines of which more come when one looks."""

    def refresh(self) -> int:
        """Look for new lines; the answer changes whenever there is more to show."""


class _Folds(NamedTuple):
    """The extent of the folding: from ``start`` on, in so many ``groups``, up to ``end``.

    ``firsts`` has the number, in the other source, of the first line of each group; it is only appended to.
    """

    start: int
    firsts: array[int]
    groups: int
    end: int


class FoldedLog:
    """A source over another one. The last line, which may still change, is never folded away.

    Numbers below the first folded line are those of the other source. One thread may :meth:`refresh` while
    another asks for lines.
    """

    def __init__(self, source: GrowingSource) -> None:
        self._source = source
        self._folds = _Folds(0, array("q"), 0, 0)
        self._signature: str | None = None

    @property
    def first_line(self) -> int:
        """The number of the oldest line still there."""
        first = self._source.first_line
        number = self.number_of(first)
        return number + (self._line_of(number) < first)

    @property
    def line_count(self) -> int:
        """The number the next line will have."""
        return self.number_of(self._source.line_count)

    def refresh(self) -> int:
        """Look for new lines, and fold them; the answer is never that of the other source."""
        version = self._source.refresh()
        first, count = self._source.first_line, self._source.line_count
        if self._folds.end == 0 or self._folds.end < first:
            start = max(first, count - FOLDED_AT_OPEN)
            self._folds, self._signature = _Folds(start, array("q"), 0, start), None
        self._fold(count - 1)
        return -1 - version

    def _fold(self, end: int) -> None:
        start, firsts, _, number = self._folds
        while number < end:
            lines = self._source.lines(number, min(READ_AT_ONCE, end - number))
            if not lines:
                break
            for line in lines:
                signature = _signature(line.text)
                if signature is None or signature != self._signature:
                    firsts.append(number)
                self._signature = signature
                number += 1
            # Replaced as a whole: the event loop reads it at any time.
            self._folds = _Folds(start, firsts, len(firsts), number)

    def is_settled(self, line: int) -> bool:
        """True when it is known into which line here a line of the other source is folded."""
        return line < self._folds.end or line == self._source.line_count - 1

    def number_of(self, line: int) -> int:
        """The number here of a line of the other source: that of the line it is folded into."""
        start, firsts, groups, end = self._folds
        if line < start:
            return line
        if line >= end:
            return start + groups + line - end
        return start + bisect_right(firsts, line, 0, groups) - 1

    def lines(self, first: int, count: int) -> Sequence[LogLine]:
        """Up to ``count`` lines from number ``first`` on, with how often each is repeated."""
        found: list[LogLine] = []
        for start, repeats in self._stretches(range(first, min(first + count, self.line_count))):
            lines = self._source.lines(start, len(repeats))
            found += [line._replace(repeats=times) for line, times in zip(lines, repeats, strict=False)]
        return found

    def _stretches(self, numbers: range) -> Iterator[tuple[int, list[int]]]:
        """Lines of the other source that follow each other: the number of the first, the repeats of all."""
        begin, repeats = 0, list[int]()
        for number in numbers:
            line, times = self._line_of(number), self._line_of(number + 1) - self._line_of(number)
            if repeats and line != begin + len(repeats):
                yield begin, repeats
                repeats = []
            begin = begin if repeats else line
            repeats.append(times)
        if repeats:
            yield begin, repeats

    def _line_of(self, number: int) -> int:
        start, firsts, groups, end = self._folds
        group = number - start
        if group < 0:
            return number
        return firsts[group] if group < groups else end + group - groups

    def find(self, text: str, start: int, backwards: bool) -> int | None:
        """The nearest line from ``start`` on that holds ``text``, or has one folded into it that does."""
        begin = self._line_of(start + 1) - 1 if backwards else self._line_of(start)
        found = self._source.find(text, begin, backwards)
        return None if found is None else self.number_of(found)


def _signature(text: str) -> str | None:
    """A line without its times, a warning also without its numbers; ``None`` for one not to be folded."""
    shown = shown_text(text)
    kind = kind_of(shown)
    if kind not in FOLDED_KINDS:
        return None
    timeless = _TIME.sub("#", shown)
    return _NUMBER.sub("#", timeless) if kind is LineKind.WARNING else timeless
