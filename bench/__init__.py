"""Benchmarks: each module prints a table of what it measured next to its target. Nothing here is a test."""
