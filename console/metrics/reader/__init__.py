"""The reader of training logs: lines of any program → the metrics they state."""

from console.metrics.reader.reader import LineReader, parse_line

__all__ = ["LineReader", "parse_line"]
