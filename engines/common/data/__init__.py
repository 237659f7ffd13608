"""Data sets on disk, read without a framework."""
