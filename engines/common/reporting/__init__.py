"""What an engine tells: lines, events, results."""
