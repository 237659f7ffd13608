"""The words of an engine: lines, events, results."""
