"""The logs of a run as line sources: each rank's own, and all of them in the order their lines arrived."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from console.metrics.logs.index import LogIndex
from console.tui.monitor.log.folding import FoldedLog
from console.tui.widgets.log.lines import LogLine

MERGED_LINES = 20_000
"""Lines kept of the merged log. The logs carry no times, so that older lines have no order between ranks."""

MERGED_AT_OPEN = 1000
"""Lines of each rank that the merged log begins with."""


class RankLog:
    """The whole log of one rank. What cannot be read any more has no lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._index = LogIndex(path)

    @property
    def first_line(self) -> int:
        """The number of the first line that can be had by now."""
        return self._index.first_line

    @property
    def line_count(self) -> int:
        """The number the next line will have."""
        return self._index.line_count

    @property
    def complete(self) -> bool:
        """True when the lines of a huge log have all been counted."""
        return self._index.complete

    def refresh(self) -> int:
        """Look for new lines; the answer changes whenever there is more to show."""
        try:
            size = self._path.stat().st_size
            self._index.refresh()
        except OSError:
            return 0
        return size + self.line_count

    def lines(self, first: int, count: int) -> list[LogLine]:
        """Up to ``count`` lines from number ``first`` on."""
        try:
            return [LogLine(None, text) for text in self._index.lines(first, count)]
        except OSError:
            return []

    def find(self, text: str, start: int, backwards: bool) -> int | None:
        """The nearest line from ``start`` on that holds ``text``."""
        try:
            return self._index.find(text, start, backwards=backwards)
        except OSError:
            return None


class _Order(NamedTuple):
    """The order of the merged lines, as rank and line number: two columns that begin at merged line ``first``."""

    first: int
    ranks: array[int]
    numbers: array[int]


class MergedLog:
    """The newest lines of several ranks, as they arrived.

    Lines that were there before come first: the logs' ends are laid side by side, since ranks that train in
    step print alike.
    """

    def __init__(self, logs: Mapping[int, RankLog]) -> None:
        self._logs = logs
        self._taken: dict[int, int] = {}
        self._order = _Order(0, array("q"), array("q"))

    @property
    def first_line(self) -> int:
        """The number of the oldest line kept."""
        return self._order.first

    @property
    def line_count(self) -> int:
        """The number of lines merged so far, those no longer kept included."""
        return self._order.first + len(self._order.ranks)

    def refresh(self) -> int:
        """Merge what has come since; the answer changes whenever there is more to show."""
        version = sum(log.refresh() for log in self._logs.values())
        if not self._taken:
            self._begin()
        else:
            self._append(
                [
                    (rank, number)
                    for rank, log in self._logs.items()
                    for number in range(max(self._taken[rank], log.line_count - MERGED_LINES), log.line_count)
                ]
            )
        return version

    def _begin(self) -> None:
        self._taken = {rank: log.line_count for rank, log in self._logs.items()}
        tail = [
            (number - log.line_count, rank, number)
            for rank, log in self._logs.items()
            for number in range(max(log.line_count - MERGED_AT_OPEN, log.first_line), log.line_count)
        ]
        self._append([(rank, number) for _, rank, number in sorted(tail)])

    def _append(self, arrived: Sequence[tuple[int, int]]) -> None:
        if not arrived:
            return
        first, ranks, numbers = self._order
        ranks, numbers = ranks[:], numbers[:]
        ranks.extend(rank for rank, _ in arrived)
        numbers.extend(number for _, number in arrived)
        excess = len(ranks) - MERGED_LINES
        if excess > MERGED_LINES // 4:
            first, ranks, numbers = first + excess, ranks[excess:], numbers[excess:]
        for rank, number in arrived:
            self._taken[rank] = number + 1
        # Replaced as a whole: the event loop reads it at any time.
        self._order = _Order(first, ranks, numbers)

    def lines(self, first: int, count: int) -> list[LogLine]:
        """Up to ``count`` lines from merged number ``first`` on."""
        order = self._order
        start = max(first - order.first, 0)
        found = []
        for rank, number in zip(
            order.ranks[start : start + count], order.numbers[start : start + count], strict=True
        ):
            text = self._logs[rank].lines(number, 1)
            found.append(LogLine(rank, text[0].text if text else ""))
        return found

    def find(self, text: str, start: int, backwards: bool) -> int | None:
        """The nearest merged line from ``start`` on that holds ``text``."""
        wanted = text.lower()
        steps = range(start, self.first_line - 1, -1) if backwards else range(start, self.line_count)
        for number in steps:
            for line in self.lines(number, 1):
                if wanted in line.text.lower():
                    return number
        return None


class RunLogs:
    """The logs of all ranks of a run; only the ones looked at are read.

    ``folds``: whether sources have their repetitions folded.
    """

    def __init__(self, paths: Mapping[int, Path]) -> None:
        self._ranks = {rank: RankLog(path) for rank, path in paths.items()}
        self._merged = MergedLog(self._ranks)
        self._folded = {rank: FoldedLog(log) for rank, log in self._ranks.items()}
        self._folded_merged = FoldedLog(self._merged)
        self.folds = True

    def source(self, rank: int | None) -> RankLog | MergedLog | FoldedLog:
        """The log of one rank, or (``None``) of all."""
        if rank is None and len(self._ranks) > 1:
            return self._folded_merged if self.folds else self._merged
        rank = min(self._ranks) if rank is None else rank
        return self._folded[rank] if self.folds else self._ranks[rank]

    def number_of(self, rank: int, line: int) -> int | None:
        """The number that a line of a rank's log has in its source, ``None`` while it is not settled."""
        if not self.folds:
            return line
        folded = self._folded[rank]
        return folded.number_of(line) if folded.is_settled(line) else None

    def place_of(self, rank: int, line_number: int) -> int | None:
        """The number, in the source of ``rank``, of a line of its file counted from 1; ``None`` until known."""
        log = self._ranks[rank]
        line = log.first_line + line_number - 1
        return self.number_of(rank, line) if log.complete and line < log.line_count else None
