"""The runs screen: all runs, live and ended."""
