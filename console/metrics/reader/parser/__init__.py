"""The parser: tokens of a line → items, its numbers with their names.

``parser`` takes words, marks and bars, ``numbers`` numbers with their ``suffixes``, ``brackets`` brackets; ``state``
is shared by them, ``items`` the result.
"""

from console.metrics.reader.parser.items import Item, ParsedLine, names_only_phase, tags_of
from console.metrics.reader.parser.parser import parse

__all__ = ["Item", "ParsedLine", "names_only_phase", "parse", "tags_of"]
