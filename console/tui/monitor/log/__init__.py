"""The log of the monitor: sources of one rank or of all, folded repetitions, and the pane with its search."""
