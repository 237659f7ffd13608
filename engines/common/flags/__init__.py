"""The command line of an engine."""
