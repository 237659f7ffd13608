"""Reader of training-log lines: what metrics a line states, whatever program printed it."""

from console.metrics.reader.reader import LineReader, parse_line

__all__ = ["LineReader", "parse_line"]
