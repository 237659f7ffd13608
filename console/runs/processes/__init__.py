"""The processes of runs: who is alive, who holds which lock, and a supervisor of its own for each run."""
