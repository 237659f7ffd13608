"""Run folders, the supervisor, the control channel and the history of runs."""
