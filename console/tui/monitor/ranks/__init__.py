"""The ranks of the monitor: rows of the table, and readings of NPUs and processes."""
