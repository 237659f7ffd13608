"""The lines of a log view: their source, their kinds, and the hits of a search in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from console.runs.last_words import is_harmless

LONGEST_SHOWN = 4096
"""Characters of a line that can be shown; what is beyond is only counted."""

TAB_WIDTH = 8
_UNPRINTABLE = dict.fromkeys((*range(32), *range(127, 160)), "·")


class LogLine(NamedTuple):
    """A line without terminal codes; ``rank`` is ``None`` where it need not be named.

    ``repeats`` is how many lines it stands for: itself, and those after it that say the same.
    """

    rank: int | None
    text: str
    repeats: int = 1


class LineSource(Protocol):
    """Lines by number, of which more may come. A number always means the same line."""

    @property
    def first_line(self) -> int:
        """The number of the oldest line still there."""

    @property
    def line_count(self) -> int:
        """The number the next line will have."""

    def lines(self, first: int, count: int) -> Sequence[LogLine]:
        """Up to ``count`` lines from number ``first`` on."""

    def find(self, text: str, start: int, backwards: bool) -> int | None:
        """The nearest line from ``start`` on (included) that holds ``text``, whatever its case.

        Looks through all lines there are, which can take long: to be called off the event loop.
        """


class LineKind(Enum):
    """The subject of a line."""

    PLAIN = "plain"
    METRIC = "metric"
    EVENT = "event"
    WARNING = "warning"
    ERROR = "error"

    @property
    def glyph(self) -> str:
        """One cell that stands before the line, so that colour is not the only sign."""
        return {LineKind.EVENT: "◆", LineKind.WARNING: "!", LineKind.ERROR: "✗"}.get(self, " ")


_ERROR = re.compile(
    r"Traceback \(most recent call last\)"
    r"|\b[A-Z]\w*(?:Error|Exception|Interrupt)\b(?::|$)"
    r"|(?:^|[\s\[(|<])(?:ERROR|FATAL|CRITICAL|Fatal|Error)(?:[\s\])|>:]|$)"
    r"|Segmentation fault|core dumped|[Oo]ut of memory|\bE[A-Z]\d{4}: |^E\d{4}\b"
    r"|^\d{4}-\d\d-\d\d[ T][\d:.,]+: [EF] "
)
_WARNING = re.compile(
    r"(?:^|[\s\[(|<])(?:WARNING|WARN|Warning)(?:[\s\])|>:]|$)|\b\w+Warning\b"
    r"|^\d{4}-\d\d-\d\d[ T][\d:.,]+: W |^W\d{4} "
)
_METRIC = re.compile(
    r"(?<![\w.])[a-z_][\w@/.-]{0,39} ?[:=] {0,4}"
    r"[-+]?(?:\d[\d.]{0,19}(?:e[-+]?\d{1,3})?|nan|inf)%?(?![\w.\]])",
    re.IGNORECASE,
)


def shown_text(text: str) -> str:
    """A line's text as it stands on the screen: tabs as blanks, cut to size."""
    text = text.expandtabs(TAB_WIDTH)
    if len(text) > LONGEST_SHOWN:
        text = f"{text[:LONGEST_SHOWN]} … +{len(text) - LONGEST_SHOWN}"
    return text if text.isprintable() else text.translate(_UNPRINTABLE)


def kind_of(text: str) -> LineKind:
    """The kind of a shown line, from the beginning of it."""
    head = text[:400]
    if head.startswith("@event "):
        return LineKind.EVENT
    if _ERROR.search(head) and not is_harmless(head):
        return LineKind.ERROR
    if _WARNING.search(head):
        return LineKind.WARNING
    return LineKind.METRIC if _METRIC.search(head) else LineKind.PLAIN


def hits(text: str, needle: str) -> list[tuple[int, int]]:
    """The places of ``needle`` in ``text``, whatever its case: start and end of each."""
    if not needle:
        return []
    folded, wanted = text.lower(), needle.lower()
    if len(folded) != len(text):
        return []
    found, start = [], folded.find(wanted)
    while start >= 0:
        found.append((start, start + len(wanted)))
        start = folded.find(wanted, start + len(wanted))
    return found
