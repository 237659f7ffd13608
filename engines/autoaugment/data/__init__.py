"""Data sets on disk, read without any framework."""
